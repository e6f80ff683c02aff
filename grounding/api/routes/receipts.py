"""Receipts: read, verify, make again, and compare with now."""

import json
from typing import Any

from fastapi import APIRouter

from grounding.api import proofs
from grounding.api.routes.deps import Running
from grounding.api.wire import Json, Text
from grounding.query.records import Rendered
from grounding.receipts.comparing import difference
from grounding.receipts.service import body_of, prompt_of
from indexer.catalogue import receipts

router = APIRouter(prefix="/v1", tags=["receipts"])


@router.get("/receipts/{receipt_id}")
def receipt(receipt_id: Text, service: Running) -> Json:
    """Return the record of what a prompt was made of, or of an answer to one."""
    with service.parts.database.reading() as session:
        return body_of(session, receipt_id)


@router.get("/receipts/{receipt_id}/answers", response_model=proofs.ReceiptAnswers)
def answers(receipt_id: Text, service: Running) -> proofs.ReceiptAnswers:
    """Return the answers to a prompt that were kept, the newest first."""
    with service.parts.database.reading() as session:
        body_of(session, receipt_id)
        found = receipts.answers_of(session, receipt_id)
    return proofs.ReceiptAnswers(
        answers=[proofs.KeptAnswer.of(name, json.loads(body)) for name, body in found]
    )


@router.post("/receipts/{receipt_id}/verify", response_model=proofs.ReceiptStanding)
def verify(receipt_id: Text, service: Running) -> proofs.ReceiptStanding:
    """Say whether a receipt is what it was when it was made, as far as the chain tells."""
    found = service.parts.receipts.verified(receipt_id)
    return proofs.ReceiptStanding(
        id=found.id,
        valid=not found.faults,
        position=found.position,
        is_signed=found.is_signed,
        key=found.key,
        body_sha256=found.body_sha256,
        redacted_at=found.redacted_at,
        faults=list(found.faults),
    )


@router.post("/receipts/{receipt_id}/replay", response_model=proofs.ReplayedPrompt)
def replay(receipt_id: Text, service: Running) -> proofs.ReplayedPrompt:
    """Make a prompt again, byte for byte, from the stored versions that its receipt names."""
    found = service.parts.receipts.replayed(receipt_id)
    return proofs.ReplayedPrompt(
        id=found.id,
        matches=found.matches,
        expected_sha256=found.expected_sha256,
        rendered_sha256=found.rendered_sha256,
        reason=found.reason,
        **_prompt(found.rendered),
    )


@router.post("/receipts/{receipt_id}/diff", response_model=proofs.ReceiptDifference)
def diff(receipt_id: Text, service: Running) -> proofs.ReceiptDifference:
    """Ask the question of a receipt again, now, and say what is shown instead."""
    with service.parts.database.reading() as session:
        stored = prompt_of(session, receipt_id)
    found = difference(receipt_id, stored, service.parts.retrieval)
    return proofs.ReceiptDifference(
        id=found.id,
        at=found.at,
        now_at=found.now_at,
        is_same=found.is_same,
        items=[proofs.ChangedItem.model_validate(item) for item in found.items],
    )


def _prompt(rendered: Rendered | None) -> dict[str, Any]:  # Any: JSON
    names = ("messages", "system", "documents")
    if rendered is None:
        return dict.fromkeys((*names, "dialect", "text"))
    parts = {name: [dict(each) for each in getattr(rendered, name)] for name in names}
    return {**parts, "dialect": rendered.dialect.value, "text": rendered.text}
