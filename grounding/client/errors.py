"""What can go wrong with a call, by what a caller can do about it.

    GroundingError
    ├── Unreachable        no connection, or it broke: is the service running?
    ├── TimedOut           no answer within the timeout
    ├── Busy               429 or 503: try later (retry_after_seconds)
    ├── ServerFailed       another 5xx, or an answer that cannot be read: look at the service's log
    └── Refused            the service will not do this as it was asked
        ├── InvalidRequest     400, 422: .fields says what is wrong
        ├── Unauthorized       401: api_key is missing or wrong
        ├── NotFound           404
        ├── Conflict           409
        ├── NotFresh           412: the evidence is stale; .reasons says why, by source
        └── TooLarge           413: send less at once

Arguments that can be seen to be wrong before anything is sent, such as a datetime without a time
zone, raise ValueError.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field of a request and what is wrong with it."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What the service said about a failure (RFC 9457 problem details)."""

    title: str = ""
    detail: str = ""
    type: str = "about:blank"
    errors: tuple[FieldProblem, ...] = ()

    def __str__(self) -> str:
        said = self.detail or self.title or "no reason given"
        fields = [
            f"{each.field}: {each.message}" for each in self.errors if each.message not in said
        ]
        return f"{said} ({'; '.join(fields)})" if fields else said


class GroundingError(Exception):
    """Any failure of a call."""


class Unreachable(GroundingError):
    """There is no connection to the service, or it broke before the answer was complete.

    was_sent: the service may have received the request.
    """

    def __init__(self, message: str, *, was_sent: bool) -> None:
        super().__init__(message)
        self.was_sent = was_sent


class TimedOut(GroundingError):
    """The service did not answer in time; whether it did what was asked is not known."""


class Busy(GroundingError):
    """The service cannot answer now. retry_after_seconds is its own estimate, if it gave one."""

    def __init__(self, status: int, problem: Problem, retry_after_seconds: float | None) -> None:
        super().__init__(f"{status}: {problem}")
        self.status = status
        self.problem = problem
        self.retry_after_seconds = retry_after_seconds


class ServerFailed(GroundingError):
    """The service failed, or answered something that this client cannot read."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(f"{status}: {problem}")
        self.status = status
        self.problem = problem


class Refused(GroundingError):
    """The service understood and will not do it; the same request will be refused again."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(f"{status}: {problem}")
        self.status = status
        self.problem = problem


class InvalidRequest(Refused):
    """Something in the request is wrong."""

    @property
    def fields(self) -> dict[str, str]:
        """What is wrong, by field."""
        return {error.field: error.message for error in self.problem.errors}


class Unauthorized(Refused):
    """The API key is missing or wrong."""


class NotFound(Refused):
    """There is no such thing."""


class Conflict(Refused):
    """It contradicts what is there, such as a source whose name is taken."""


class NotFresh(Refused):
    """Fresh evidence was required, and sources do not keep what they promise."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why, one sentence for each stale source."""
        return tuple(error.message for error in self.problem.errors)


class TooLarge(Refused):
    """The request is larger than the service takes."""
