"""For whoever runs the service: is it alive, can it answer, how does it stand."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from grounding.api import replies
from grounding.api.routes.deps import Running
from grounding.readiness import readiness

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def health() -> replies.Health:
    """Say that the process answers, also when every thread waits for the database."""
    return replies.Health(status="ok")


@router.get("/readyz", responses={503: {"model": replies.Readiness}})
def ready(service: Running, response: Response) -> replies.Readiness:
    """Say whether searches can be answered, and what is in the way."""
    found = readiness(service)
    if not found.is_ready:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return replies.Readiness(
        status="ready" if found.is_ready else "not ready",
        checks=found.checks,
        seq=found.seq,
        applied_seq=found.applied_seq,
        index_rows=found.index_rows,
        device=found.device,
        embedder=found.embedder,
    )


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request) -> Response:
    """Return the metrics in Prometheus's text format."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST)
