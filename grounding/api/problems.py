"""Every error as a problem detail (RFC 9457): what went wrong, in which field, what to do."""

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from connectors.errors import InvalidOptions
from grounding.errors import InvalidQuestion, NotAllowed, NotFound, NotFresh
from grounding.gateway.errors import GatewayError
from grounding.line import TooManyWait
from indexer.errors import (
    CallerLeft,
    EmbedderUnusable,
    IndexBehind,
    InvalidSource,
    SourceExists,
    UnknownSource,
)

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
CALLER_LEFT = 499
"""The status of what is not answered because nobody waits for it; nginx logs the same."""

_TEXT = {"type": "string"}
DOCUMENTED: dict[str, Any] = {  # Any: OpenAPI
    "description": "What went wrong, in which field, and what to do (RFC 9457).",
    "content": {
        MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "title": "Problem",
                "required": ["type", "title", "status", "detail", "errors"],
                "properties": {
                    "type": _TEXT,
                    "title": _TEXT,
                    "status": {"type": "integer"},
                    "detail": _TEXT,
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["field", "message"],
                            "properties": {"field": _TEXT, "message": _TEXT},
                        },
                    },
                },
            }
        }
    },
}

_TITLES = {
    400: "bad request",
    401: "not authorised",
    403: "not allowed",
    404: "not found",
    405: "method not allowed",
    409: "conflict",
    410: "gone",
    412: "not fresh",
    413: "too large",
    415: "unsupported media type",
    422: "invalid request",
    CALLER_LEFT: "caller left",
    429: "too much",
    500: "internal error",
    502: "upstream failed",
    503: "not available now",
    504: "upstream too late",
}


def problem(
    status: int,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body = {
        "type": "about:blank",
        "title": _TITLES.get(status, "error"),
        "status": status,
        "detail": detail,
        "errors": list(errors),
    }
    return JSONResponse(
        body, status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def install(app: FastAPI) -> None:
    """Map every error that may leave a route to its problem detail, in this one place."""
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(InvalidQuestion, _invalid_question)
    app.add_exception_handler(InvalidOptions, _invalid_options)
    app.add_exception_handler(InvalidSource, _invalid_options)
    app.add_exception_handler(NotFresh, _not_fresh)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(UnknownSource, _not_found)
    app.add_exception_handler(SourceExists, _conflict)
    app.add_exception_handler(NotAllowed, _not_allowed)
    app.add_exception_handler(GatewayError, _gateway)
    app.add_exception_handler(TooManyWait, _too_many)
    app.add_exception_handler(IndexBehind, _behind)
    app.add_exception_handler(CallerLeft, _caller_left)
    app.add_exception_handler(EmbedderUnusable, _embedder_away)
    app.add_exception_handler(OperationalError, _database_away)
    app.add_exception_handler(PoolTimeoutError, _database_away)
    app.add_exception_handler(Exception, _bug)


async def response_to(request: Request, error: Exception) -> Response | None:
    """Return what `install` has an error answered with; None if that is for the server to do."""
    handlers = request.app.exception_handlers
    for kind in type(error).__mro__[:-2]:
        if kind in handlers and kind is not Exception:
            answer: Response = handlers[kind](request, error)
            return answer
    return None


def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    del request
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    found = [(_field(each), _message(each)) for each in error.errors()]
    # A parameter that a route and what it depends on both read is checked twice.
    errors = [{"field": field, "message": message} for field, message in dict.fromkeys(found)]
    return problem(422, "; ".join(f"{e['field']}: {e['message']}" for e in errors), errors=errors)


def _message(error: Mapping[str, Any]) -> str:  # Any: as pydantic has it
    said = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "timezone_aware":
        said = "names no zone"
    elif not error["type"].startswith("datetime_"):
        return said
    return f"{said}; expected 2026-11-23T08:00:00Z, or an offset (in a URL, + is %2B)"


def _field(error: Mapping[str, Any]) -> str:
    """Name the field as the caller wrote it, without the part of the request it stands in."""
    if error["type"] == "json_invalid":
        return "body"  # its location is a position in the text
    _, *path = error["loc"]
    return ".".join(str(part) for part in path) or "body"


def _http(request: Request, error: Exception) -> JSONResponse:
    del request
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    return problem(error.status_code, str(error.detail), headers=error.headers)


def _invalid_question(request: Request, error: Exception) -> JSONResponse:
    del request
    field = getattr(error, "field", "body")
    detail = f"{field}: {error}"
    return problem(422, detail, errors=[{"field": field, "message": str(error)}])


def _invalid_options(request: Request, error: Exception) -> JSONResponse:
    del request
    return problem(422, str(error), errors=[{"field": "source", "message": str(error)}])


def _not_fresh(request: Request, error: Exception) -> JSONResponse:
    """Say which sources are stale, and when one is read again: then it may be worth asking."""
    assert isinstance(error, NotFresh)  # noqa: S101 - registered for this class
    errors = [
        {"field": "require_fresh", "message": reason} for _, reason in sorted(error.reasons.items())
    ]
    headers = {}
    if error.next_read_at is not None:
        clock = request.app.state.service.parts.tools.clock
        seconds = (error.next_read_at - clock()).total_seconds()
        headers["Retry-After"] = str(max(1, math.ceil(seconds)))
    return problem(412, str(error), errors=errors, headers=headers)


def _not_found(request: Request, error: Exception) -> JSONResponse:
    del request
    return problem(404, str(error))


def _conflict(request: Request, error: Exception) -> JSONResponse:
    del request
    return problem(409, str(error))


def _not_allowed(request: Request, error: Exception) -> JSONResponse:
    del request
    return problem(403, str(error))


def _behind(request: Request, error: Exception) -> JSONResponse:
    del request
    return problem(503, str(error), headers={"Retry-After": "1"})


def _gateway(request: Request, error: Exception) -> JSONResponse:
    del request
    assert isinstance(error, GatewayError)  # noqa: S101 - registered for this class
    errors = [{"field": error.param, "message": str(error)}] if error.param else []
    return problem(
        error.status, str(error), errors=errors, headers=_retry_after(error.retry_after_seconds)
    )


def _too_many(request: Request, error: Exception) -> JSONResponse:
    del request
    assert isinstance(error, TooManyWait)  # noqa: S101 - registered for this class
    return problem(503, str(error), headers=_retry_after(error.retry_after_seconds))


def _retry_after(seconds: int | None) -> dict[str, str]:
    return {} if seconds is None else {"Retry-After": str(seconds)}


def _caller_left(request: Request, error: Exception) -> JSONResponse:
    del request
    return problem(CALLER_LEFT, str(error))


def _embedder_away(request: Request, error: Exception) -> JSONResponse:
    logger.error("nothing can be embedded on %s: %s", _route(request), error)
    return problem(503, str(error), headers={"Retry-After": "60"})


def _database_away(request: Request, error: Exception) -> JSONResponse:
    logger.error("database failed on %s: %s", _route(request), error)
    return problem(
        503, "the database cannot be reached, is busy or is full", headers={"Retry-After": "5"}
    )


def _bug(request: Request, error: Exception) -> JSONResponse:
    logger.error("failed on %s", _route(request), exc_info=error)
    return problem(500, "something is wrong on our side; it was logged")


def _route(request: Request) -> str:
    """Name the route, not the path: that of a hub's callback is a secret."""
    return getattr(request.scope.get("route"), "path", "an unknown path")
