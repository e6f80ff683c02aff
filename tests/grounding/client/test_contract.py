"""The client and the API name the same things: checked against the API's own schemas."""

from dataclasses import fields
from typing import Any

import pytest

from grounding.api import (
    chat_requests,
    checked,
    interpreted,
    judged,
    readings,
    replies,
    requests,
    stored,
)
from grounding.api import proofs as api_proofs
from grounding.client import checks, options, proofs, records

MADE_BY_THE_CLIENT = {"is_ready"}
SECOND_NAMES = {"start_date", "end_date"}


@pytest.mark.parametrize(
    ("offered", "taken", "positional"),
    [
        (options.SearchOptions, requests.SearchIn, {"query"}),
        (options.AugmentOptions, requests.AugmentIn, {"query", "messages"}),
        (options.ChatOptions, chat_requests.GroundingIn, set()),
        (options.SourceSettings, requests.SourceFields, set()),
    ],
)
def test_every_option_of_the_service_can_be_given_and_no_other(
    offered: Any, taken: Any, positional: set[str]
) -> None:
    assert offered.__annotations__.keys() | positional == taken.model_fields.keys() - SECOND_NAMES


@pytest.mark.parametrize(
    ("record", "reply"),
    [
        (records.SearchReply, replies.SearchOut),
        (records.Augmented, replies.AugmentOut),
        (records.Evidence, replies.CitedEvidence),
        (records.Elsewhere, replies.Elsewhere),
        (records.Interpretation, interpreted.Interpretation),
        (records.InterpretedTerm, interpreted.InterpretedTerm),
        (records.InterpretedTime, interpreted.InterpretedTime),
        (records.ObservedValue, replies.ObservedValue),
        (records.PreviousValue, replies.PreviousValue),
        (records.Scores, judged.Scores),
        (records.Sufficiency, judged.Sufficiency),
        (records.Explained, judged.Explained),
        (records.Explanation, judged.Explanation),
        (checks.Checked, checked.CheckOut),
        (proofs.ReceiptStanding, api_proofs.ReceiptStanding),
        (proofs.ReplayedPrompt, api_proofs.ReplayedPrompt),
        (proofs.KeptAnswer, api_proofs.KeptAnswer),
        (proofs.ChangedItem, api_proofs.ChangedItem),
        (proofs.ReceiptDifference, api_proofs.ReceiptDifference),
        (checks.CheckedClaim, checked.ClaimOut),
        (checks.CheckedChunk, checked.ChunkOut),
        (checks.Finding, checked.FindingOut),
        (checks.AlignedText, checked.AlignedOut),
        (checks.Support, checked.SupportOut),
        (checks.Standing, checked.StandingOut),
        (checks.EvidenceConflict, checked.ConflictOut),
        (checks.OutwardFlag, checked.FlagOut),
        (records.Freshness, replies.Freshness),
        (records.Pushed, replies.Pushed),
        (records.Failure, replies.Failure),
        (records.FieldChange, stored.FieldChange),
        (records.Removed, stored.DocumentRemoved),
        (records.Erasure, stored.Erasure),
        (records.Series, stored.Series),
        (records.Observation, stored.Observation),
        (records.Observations, stored.Observations),
        (records.SourceRemoved, replies.SourceRemoved),
        (records.Source, replies.Source),
        (records.Hub, replies.Hub),
        (records.Run, readings.Run),
        (records.DeadLetter, readings.DeadLetter),
        (records.Dismissed, readings.Dismissed),
        (records.Health, replies.Health),
        (records.Readiness, replies.Readiness),
    ],
)
def test_a_record_holds_exactly_what_the_service_answers(record: Any, reply: Any) -> None:
    names = {field.name for field in fields(record)} - MADE_BY_THE_CLIENT

    assert names == set(reply.model_fields)


def test_a_document_holds_what_it_is_answered_with_alone_and_as_a_version() -> None:
    names = {field.name for field in fields(records.DocumentVersion)}

    assert names == stored.Version.model_fields.keys() | stored.ScreenedDocument.model_fields.keys()
