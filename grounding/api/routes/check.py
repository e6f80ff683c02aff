"""Check an answer against its evidence."""

from fastapi import APIRouter, Response

from grounding.api.checked import CheckIn, CheckOut
from grounding.api.routes.deps import Running
from grounding.api.wire import written
from grounding.checking.records import Verdict
from grounding.checking.wire import as_json
from grounding.receipts.answers import Answered, keep_answer
from grounding.service import Service
from indexer.catalogue import changes

router = APIRouter(prefix="/v1", tags=["check"])


@router.post("/grounding/check", response_model=CheckOut)
def check(body: CheckIn, service: Running) -> Response:
    """Say of each claim of an answer whether its evidence bears it out, and whether that holds."""
    checker = service.parts.checker
    if body.receipt_id is None:
        verdict = checker.of_given(body.answer_candidate, body.shown(), body.when(), body.question)
    else:
        verdict = checker.of_receipt(body.answer_candidate, body.receipt_id)
    said = as_json(verdict, threshold=body.grounding_spec.citation_threshold)
    kept = _kept(body, verdict, service) if body.receipt_id and body.keep else None
    reply = said | {"receipt_id": body.receipt_id, "answer_id": kept}
    return written(CheckOut.model_validate(reply))


def _kept(body: CheckIn, verdict: Verdict, service: Service) -> str:
    """Keep answer and verdict beside the receipt of the prompt, and return their id."""
    with service.parts.database.reading() as session:
        seq, _ = changes.head(session)
    answered = Answered(
        receipt=body.receipt_id or "",
        text=body.answer_candidate,
        at=verdict.checked_at,
        seq=seq,
        verdict=as_json(verdict, with_texts=False),
    )
    return keep_answer(service.parts.retrieval.receipts, answered)
