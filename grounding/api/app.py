"""The application: routes, errors, guard and metrics around one service."""

from importlib import metadata
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI

from grounding.api import problems
from grounding.api.admission import Admission
from grounding.api.guard import Guard
from grounding.api.metrics import Measured, Metrics
from grounding.api.routes import (
    chat,
    check,
    dead_letters,
    documents,
    operations,
    push,
    query,
    receipts,
    reports,
    series,
    sources,
    websub,
)
from grounding.api.routes.deps import only_known_parameters
from grounding.gateway_wiring import build_gateway
from grounding.line import Line
from grounding.processes.board import Seat
from grounding.service import Service
from grounding.settings import ServerSettings


def create_app(
    service: Service, *, api_key: str | None = None, seat: Seat | None = None
) -> FastAPI:
    """Build the HTTP face of a service; starting and stopping it is the caller's business.

    seat: which process it is, if several serve on one address.
    """
    app = FastAPI(
        title="grounding",
        version=metadata.version("grounding"),
        summary="Fresh, time-stamped evidence for language models.",
        redoc_url=None,
        responses={"default": problems.DOCUMENTED},
        dependencies=[Depends(only_known_parameters)],
    )
    server = service.parts.settings.server
    line = Line(most_running=server.max_running, most_waiting=server.max_waiting)
    metrics = Metrics(service, line, seat)
    app.state.gateway = build_gateway(service.parts, line)
    app.state.service = service
    app.state.metrics = metrics
    asked = (query, receipts, reports, chat, check)
    kept = (push, sources, dead_letters, documents, series, websub, operations)
    for part in (*asked, *kept):
        app.include_router(part.router)
    problems.install(app)

    app.add_middleware(Admission, line=line)
    app.add_middleware(
        Guard,
        api_key=api_key,
        allowed_hosts=[*server.allowed_hosts, *_own_hosts(server)],
        max_body_bytes=server.max_body_bytes,
    )
    app.add_middleware(Measured, metrics=metrics)  # around the guard: refusals count too
    return app


def _own_hosts(server: ServerSettings) -> list[str]:
    """Return the host name that others know the service under, if they were told one."""
    host = urlsplit(server.public_url or "").hostname or ""
    return [f"[{host}]" if ":" in host else host] if host else []
