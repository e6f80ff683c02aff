"""What the service itself refuses or fails at, sorted by what the caller must do.

    ServiceError
    ├── InvalidSettings     tell the operator: `grounding.toml` or a variable is wrong
    ├── InvalidQuestion     tell the caller which field of the request is wrong
    ├── NotFresh            tell the caller which sources are stale, and when they are read next
    ├── NotFound            tell the caller: there is no such source, document, run or receipt
    ├── NotAllowed          tell the caller which setting forbids it
    ├── TooManyWait         (grounding.line) tell the caller when to come again
    ├── GatewayError        (grounding.gateway.errors) what keeps an llm from answering
    └── RerankerUnusable    at start: tell the operator; at a question: answer in the fused order
        └── RerankerLate        the same; where it happens often, lower `[reranker] top`

Errors of the client are another tree: see `grounding.client.errors`.
"""

from collections.abc import Mapping
from datetime import datetime


class ServiceError(Exception):
    """Root of everything the service raises on purpose."""


class InvalidSettings(ServiceError):
    """A setting is wrong; the message names the file, the line and what was expected."""


class InvalidQuestion(ServiceError):
    """A request makes no sense; `field` is the one to look at."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotFresh(ServiceError):
    """Fresh evidence was required; `reasons` says by source why it is not.

    next_read_at: when the first of them is read next, if that is planned.
    """

    def __init__(self, reasons: Mapping[str, str], *, next_read_at: datetime | None) -> None:
        super().__init__("; ".join(reasons.values()))
        self.reasons = reasons
        self.next_read_at = next_read_at


class NotFound(ServiceError):
    """What was asked for does not exist."""


class NotAllowed(ServiceError):
    """The configuration forbids this."""


class RerankerUnusable(ServiceError):
    """The reranker cannot be loaded, or what it gives are no scores."""


class RerankerLate(RerankerUnusable):
    """The reranker did not score all texts within its time."""
