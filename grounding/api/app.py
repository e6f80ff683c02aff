"""The application: routes, errors, guard and metrics around one service."""

import time
from collections.abc import Awaitable, Callable
from importlib import metadata

from fastapi import FastAPI, Request, Response

from grounding.api import problems
from grounding.api.guard import Guard
from grounding.api.metrics import Metrics
from grounding.api.routes import documents, operations, push, query, sources
from grounding.service import Service


def create_app(service: Service, *, api_key: str | None = None) -> FastAPI:
    """Build the HTTP face of a service; starting and stopping it is the caller's business."""
    app = FastAPI(
        title="grounding",
        version=metadata.version("grounding"),
        summary="Fresh, time-stamped evidence for language models.",
        redoc_url=None,
    )
    metrics = Metrics(service)
    app.state.service = service
    app.state.metrics = metrics
    for router in (query.router, push.router, sources.router, documents.router):
        app.include_router(router, prefix="/v1")
    app.include_router(operations.router)
    problems.install(app)

    @app.middleware("http")
    async def measured(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        begun = time.perf_counter()
        response = await call_next(request)
        route = request.scope.get("route")
        metrics.observe(
            getattr(route, "path", "unknown"), response.status_code, time.perf_counter() - begun
        )
        return response

    server = service.parts.settings.server
    app.add_middleware(
        Guard,
        api_key=api_key,
        allowed_hosts=server.allowed_hosts,
        max_body_bytes=server.max_body_bytes,
    )
    return app
