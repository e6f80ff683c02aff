"""What became of a prompt, for people to read."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Response

from grounding.api.checked import Answer
from grounding.api.routes.deps import Running
from grounding.api.wire import Text, Wire
from grounding.report.pipeline import report
from grounding.report.records import Report
from grounding.report.wire import as_json

router = APIRouter(prefix="/v1", tags=["check"])

_EITHER: dict[int | str, dict[str, Any]] = {  # Any: OpenAPI
    200: {"content": {"text/html": {"schema": {"type": "string"}}}}
}
Form = Annotated[Literal["html", "json"] | None, Query(alias="format")]
Accept = Annotated[str, Header(include_in_schema=False)]


class ReportIn(Wire):
    """An answer to the prompt of a receipt."""

    answer_candidate: Answer


@router.get("/receipts/{receipt_id}/report", response_model=Report, responses=_EITHER)
def report_of_receipt(
    receipt_id: Text, service: Running, form: Form = None, accept: Accept = ""
) -> Response:
    """Report what a prompt was made of, and what of it has changed since."""
    return _written(report(service.parts.checker, service.parts.receipts, receipt_id), form, accept)


@router.post("/receipts/{receipt_id}/report", response_model=Report, responses=_EITHER)
def report_of_answer(
    receipt_id: Text, body: ReportIn, service: Running, form: Form = None, accept: Accept = ""
) -> Response:
    """Report the same with an answer, each claim of which is checked now."""
    parts = service.parts
    found = report(parts.checker, parts.receipts, receipt_id, body.answer_candidate)
    return _written(found, form, accept)


def _written(found: Report, form: str | None, accept: str) -> Response:
    wants_json = "application/json" in accept and "text/html" not in accept
    if form == "json" or (form is None and wants_json):
        return Response(as_json(found), media_type="application/json", headers=_VARIES)
    from grounding.report.page import page, policy

    headers = {
        **_VARIES,
        "Content-Security-Policy": policy(),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return Response(page(found), media_type="text/html", headers=headers)


_VARIES = {"Vary": "Accept"}
