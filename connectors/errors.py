"""What can go wrong while a source is read, sorted by what the caller must do.

ConnectorError
├── RetryLater       the source may work later: wait, read again from the same cursor
│   └── NotNow           its host may not be asked yet, so nothing was tried
├── ItemFailed       one item is unreadable: record it, go on with the next
└── SourceBroken     reading again will not help: a person should look
    ├── InvalidOptions   the source is configured wrongly
    ├── Refused          a server answered that it will not give this url
    └── SourceGone       the source is closed for good, or does not want to be read
        └── Disallowed   robots.txt asks that this url is not read
"""

from enum import StrEnum
from typing import ClassVar


class Remedy(StrEnum):
    """What an operator has to do about a source that failed."""

    WAIT = "wait"
    """Nothing: it is asked again by itself."""
    FIX = "fix"
    """Correct its options, its credentials, or its mapping."""
    GIVE_UP = "give up"
    """Remove it, or find another place to read the same."""


class ConnectorError(Exception):
    """Root of everything a connector raises on purpose."""

    remedy: ClassVar[Remedy] = Remedy.FIX


class RetryLater(ConnectorError):
    """The source is unreachable or busy; `retry_after_seconds` is its own wish, if it had one."""

    remedy = Remedy.WAIT

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class NotNow(RetryLater):
    """The host asked for rest, or others are reading there: the source itself did not fail."""


class ItemFailed(ConnectorError):
    """One item could not be read; connectors catch it and report a `Failure`."""


class SourceBroken(ConnectorError):
    """The source answered, but not with anything this connector can read."""


class InvalidOptions(SourceBroken):
    """The source's options are wrong; the message names the option and what was expected."""


class Refused(SourceBroken):
    """A server answered with a `status` that means no, such as 404, for this one url."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class SourceGone(SourceBroken):
    """The source says that it is closed for good, or that it does not want to be read."""

    remedy = Remedy.GIVE_UP


class Disallowed(SourceGone):
    """The robots.txt of a url's host asks that it is not read; of many urls this one failed."""
