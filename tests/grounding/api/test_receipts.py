"""Receipts over HTTP: verified, made again, compared with now, and kept valid when erased from."""

from typing import Any

import pytest

from grounding.client.records import Augmented
from grounding.receipts.keys import KeyRing, new_key
from indexer.catalogue import erasures
from tests.fakes import START, FakeClock
from tests.grounding.api.problem import problem_of
from tests.grounding.serving import DAY, HOUR, Plan, Running, document, serving

FIRE = "The Oak Fire has burned 500 acres and is 20 percent contained, officials said on Monday."
GREW = "The Oak Fire has burned 700 acres and is 20 percent contained, officials said on Tuesday."
ANSWER = "The Oak Fire has burned 500 acres [1]."
BRENT = {"key": "brent", "title": "Brent crude oil spot price", "unit": "USD per barrel"}


@pytest.fixture
def made(running: Running) -> Augmented:
    seq = running.push(document("oak", FIRE), source="fires")
    return running.client.augment("How large is the Oak Fire?", min_seq=seq)


def test_receipt_is_what_it_was(running: Running, made: Augmented) -> None:
    found = running.client.verify_receipt(made.receipt_id)

    assert (found.valid, found.faults, found.is_signed) == (True, (), False)
    assert found.position is not None


def test_altered_receipt_is_found(running: Running, made: Augmented) -> None:
    with running.service.parts.database.writing() as session:
        body = erasures.receipt_bodies(session, [made.receipt_id])[made.receipt_id]
        altered = body.replace(b"How large", b"How small")
        erasures.replace_receipt(session, made.receipt_id, altered)

    found = running.client.verify_receipt(made.receipt_id)

    assert found.valid is False
    assert found.faults == ("it is not what it was when it was chained",)


def test_prompt_is_made_again(running: Running, made: Augmented, clock: FakeClock) -> None:
    clock.advance(HOUR)
    running.push(document("oak", GREW), source="fires")

    again = running.client.replay_receipt(made.receipt_id)

    assert again.matches
    assert again.text == made.text
    assert again.messages == made.messages


@pytest.mark.parametrize("dialect", ["openai", "anthropic", "cohere", "plain"])
@pytest.mark.parametrize("datamark", [True, False])
def test_prompts_of_all_kinds_are_made_again(
    running: Running, dialect: Any, datamark: bool
) -> None:
    seq = running.push(document("oak", FIRE), source="fires")
    made = running.client.augment(
        "How large is the Oak Fire?", min_seq=seq, dialect=dialect, datamark=datamark
    )

    again = running.client.replay_receipt(made.receipt_id)

    assert again.reason == ""
    assert (again.messages, again.text, again.system, again.documents) == (
        made.messages,
        made.text,
        made.system,
        made.documents,
    )


def test_difference_names_what_changed(running: Running, made: Augmented, clock: FakeClock) -> None:
    clock.advance(HOUR)
    seq = running.push(
        document("oak", GREW), document("elm", "The Elm Fire is out."), source="fires"
    )
    running.titles("fire", min_seq=seq)

    found = running.client.diff_receipt(made.receipt_id)

    assert not found.is_same
    changes = {each.change: each for each in found.items}
    assert changes["changed"].was == made.evidence[0].id
    assert changes["changed"].now == made.evidence[0].id.replace("@1", "@2")
    assert changes["added"].title == "elm"


def test_difference_shows_both_values(running: Running, clock: FakeClock) -> None:
    before = {"series": "brent", "valid_from": START - DAY, "value": "84.12"}
    seq = running.client.push_observations([before], series=[BRENT]).seq
    made = running.client.augment("Brent crude oil spot price", min_seq=seq)
    clock.advance(HOUR)
    after = {"series": "brent", "valid_from": START, "value": "85.90"}
    running.client.push_observations([after])

    (item,) = running.client.diff_receipt(made.receipt_id).items

    assert item.change == "changed"
    assert item.value_was == "84.12 from 2026-02-28T12:00:00Z"
    assert item.value_now == "85.90 from 2026-03-01T12:00:00Z"


def test_nothing_differs_at_once(running: Running, made: Augmented) -> None:
    found = running.client.diff_receipt(made.receipt_id)

    assert found.is_same
    assert [each.change for each in found.items] == ["same"]


def test_checked_answer_is_kept_beside_its_receipt(running: Running, made: Augmented) -> None:
    checked = running.client.check(ANSWER, made.receipt_id)

    (kept,) = running.client.answers_of(made.receipt_id)
    assert kept.id == checked.answer_id
    assert kept.answer == ANSWER
    assert kept.verdict is not None
    assert kept.verdict["outcome"] == "supported"
    assert running.client.verify_receipt(kept.id).valid


def test_answer_is_not_kept_where_that_is_not_wanted(running: Running, made: Augmented) -> None:
    running.client.check(ANSWER, made.receipt_id, keep=False)

    assert running.client.answers_of(made.receipt_id) == ()


def test_erasure_keeps_the_chain_valid(running: Running, made: Augmented) -> None:
    answer = running.client.check(f"{FIRE} [1]", made.receipt_id).answer_id or ""

    running.client.erase_document(made.evidence[0].document_id)

    for name in (made.receipt_id, answer):
        found = running.client.verify_receipt(name)
        assert (found.valid, found.redacted_at is not None) == (True, True)
    report = running.service.parts.receipts.all_verified()
    assert (report.faults, report.redacted) == ((), 2)
    (kept,) = running.client.answers_of(made.receipt_id)
    assert (kept.answer, kept.verdict) == ("[erased]", None)


def test_erased_prompt_says_why_it_is_not_made_again(running: Running, made: Augmented) -> None:
    running.client.erase_document(made.evidence[0].document_id)

    again = running.client.replay_receipt(made.receipt_id)

    assert (again.matches, again.text) == (False, None)
    assert "not stored" in again.reason


@pytest.mark.parametrize("what", ["verify", "replay", "diff"])
def test_unknown_receipt_is_not_found(running: Running, what: str) -> None:
    reply = running.http.post(f"/v1/receipts/rcpt_none/{what}")

    assert problem_of(reply, 404)["detail"] == "no receipt is named rcpt_none"


def test_deleted_receipt_is_told_from_one_that_never_was(
    running: Running, made: Augmented, clock: FakeClock
) -> None:
    running.service.parts.receipts.prune_before(clock() + DAY)

    reply = running.http.get(f"/v1/receipts/{made.receipt_id}")

    assert "its body was deleted" in problem_of(reply, 404)["detail"]
    assert running.service.parts.receipts.all_verified().faults == ()


def test_service_signs_with_the_key_of_its_settings(tmp_path: Any) -> None:
    new_key(tmp_path / "keys")
    with serving(Plan(tmp_path, receipts={"keys": tmp_path / "keys"})) as running:
        seq = running.push(document("oak", FIRE))
        made = running.client.augment("How large is the Oak Fire?", min_seq=seq)
        found = running.client.verify_receipt(made.receipt_id)

    assert found.is_signed
    assert found.key == KeyRing(tmp_path / "keys").current().name
