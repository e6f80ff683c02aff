"""What can go wrong while a source is read, sorted by what the caller must do.

ConnectorError
├── RetryLater       the source may work later: wait, read again from the same cursor
├── ItemFailed       one item is unreadable: record it, go on with the next
└── SourceBroken     reading again will not help: a person should look
    └── InvalidOptions   the source is configured wrongly
"""


class ConnectorError(Exception):
    """Root of everything a connector raises on purpose."""


class RetryLater(ConnectorError):
    """The source is unreachable or busy; `retry_after_seconds` is its own wish, if it had one."""

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ItemFailed(ConnectorError):
    """One item could not be read; connectors catch it and report a `Failure`."""


class SourceBroken(ConnectorError):
    """The source answered, but not with anything this connector can read."""


class InvalidOptions(SourceBroken):
    """The source's options are wrong; the message names the option and what was expected."""
