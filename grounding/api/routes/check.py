"""Check an answer against its evidence."""

from fastapi import APIRouter, Response

from grounding.api.checked import CheckIn, CheckOut
from grounding.api.routes.deps import Running
from grounding.api.wire import written
from grounding.checking.wire import as_json

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
    reply = said | {"receipt_id": body.receipt_id, "answer_id": None}
    return written(CheckOut.model_validate(reply))
