"""One call to the service, without I/O: the request to send, and what to make of the reply."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from grounding.client.errors import (
    Busy,
    Conflict,
    FieldProblem,
    GroundingError,
    InvalidRequest,
    NotFound,
    NotFresh,
    Problem,
    Refused,
    ServerFailed,
    TooLarge,
    Unauthorized,
)

T_co = TypeVar("T_co", covariant=True)

_REFUSALS: Mapping[int, type[Refused]] = {
    400: InvalidRequest,
    401: Unauthorized,
    404: NotFound,
    409: Conflict,
    412: NotFresh,
    413: TooLarge,
    422: InvalidRequest,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `retry_after` is the header as it was written."""

    status: int
    content: bytes
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """A request and the way to read its reply.

    read: makes the result from the status and the JSON body; raises ValueError if it cannot.
    is_repeatable: sending it twice does what sending it once does, and answers the same.
    accepted: statuses besides 2xx that are an answer and not a failure.
    extra_seconds: how much longer than other calls it may take.
    """

    method: str
    path: str
    read: Callable[[int, object], T_co]
    params: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    is_repeatable: bool = True
    accepted: frozenset[int] = frozenset()
    extra_seconds: float = 0.0

    def result(self, reply: Reply) -> T_co:
        """Read a reply.

        Raises:
            GroundingError: Busy, ServerFailed or Refused, by what the reply says.
        """
        if not (200 <= reply.status < 300 or reply.status in self.accepted):
            raise failure(reply)
        try:
            return self.read(reply.status, json.loads(reply.content) if reply.content else None)
        except ValueError as error:
            detail = f"{self.method} {self.path}: the reply cannot be read: {error}"
            raise ServerFailed(reply.status, Problem(detail=detail)) from error


def failure(reply: Reply) -> GroundingError:
    """The error that a reply stands for."""
    problem = _problem(reply.content)
    if reply.status in (429, 503):
        return Busy(reply.status, problem, _seconds(reply.retry_after))
    if reply.status >= 500:
        return ServerFailed(reply.status, problem)
    return _REFUSALS.get(reply.status, Refused)(reply.status, problem)


def _problem(content: bytes) -> Problem:
    """Read problem details as far as there are any: a proxy may have answered instead."""
    try:
        said = json.loads(content)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        return Problem(detail=content[:200].decode(errors="replace").strip())
    errors = said.get("errors")
    return Problem(
        title=str(said.get("title") or ""),
        detail=str(said.get("detail") or ""),
        type=str(said.get("type") or "about:blank"),
        errors=tuple(
            FieldProblem(str(error.get("field", "")), str(error.get("message", "")))
            for error in (errors if isinstance(errors, list) else [])
            if isinstance(error, dict)
        ),
    )


def _seconds(retry_after: str | None) -> float | None:
    """The delay form of Retry-After; its other form, a date, is left to our own backoff."""
    return float(retry_after) if retry_after and retry_after.strip().isdecimal() else None
