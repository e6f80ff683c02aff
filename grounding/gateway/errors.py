"""What can go wrong between an application and its llm, by what the caller can do.

    GatewayError
    ├── BadRequest            the request makes no sense: `param` says where
    ├── UnknownLlm            no upstream is named like this; the message lists those there are
    ├── Refusal               nothing is sent, and repeating it at once would not help
    │   ├── PromptTooLong     no llm here takes so many tokens, or evidence finds no room
    │   ├── UpstreamBusy      too many wait for it: repeat after `retry_after_seconds`
    │   └── BudgetSpent       what may be spent today is spent
    └── UpstreamBroken        the upstream failed, and has not said how
        ├── UpstreamAway      no connection: nothing was sent, so it can be sent again
        └── UpstreamLate      it did not answer, or stopped answering, in time

An error that an upstream does answer with is relayed as it came and is none of these.
No message holds a key: addresses are shown without credentials, headers never.
"""

from grounding.errors import ServiceError


class GatewayError(ServiceError):
    """Anything that keeps a request from being answered by an llm."""

    status = 502
    code = "upstream_error"
    param: str | None = None
    retry_after_seconds: int | None = None


class BadRequest(GatewayError):
    """The request makes no sense; `param` is the part of it to look at."""

    status = 400
    code = "invalid_request"

    def __init__(self, param: str | None, message: str) -> None:
        super().__init__(message if param is None else f"{param}: {message}")
        self.param = param


class UnknownLlm(GatewayError):
    """No upstream is named like this, or serves it."""

    status = 404
    code = "model_not_found"
    param = "model"


class Refusal(GatewayError):
    """Nothing was sent."""


class PromptTooLong(Refusal):
    """No llm that may be asked takes so many tokens."""

    status = 400
    code = "context_length_exceeded"
    param = "messages"


class UpstreamBusy(Refusal):
    """Too many wait for this upstream already."""

    status = 503
    code = "upstream_busy"

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class BudgetSpent(Refusal):
    """What may be spent in a day is spent."""

    status = 429
    code = "insufficient_quota"

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class UpstreamBroken(GatewayError):
    """The upstream failed without an answer that could be relayed."""

    code = "upstream_broken"


class UpstreamAway(UpstreamBroken):
    """There is no connection to it."""

    code = "upstream_unreachable"


class UpstreamLate(UpstreamBroken):
    """It did not answer in time."""

    status = 504
    code = "upstream_timeout"
