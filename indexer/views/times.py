"""Instants as 64-bit microseconds since 1970 UTC, the form in which views compare them."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

OPEN: Final = 2**63 - 1
"""The end of what has no end: later than every instant."""
UNKNOWN: Final = -(2**63)
"""An instant nobody stated: earlier than every instant, and to be excluded by name."""


def micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def micros_or(at: datetime | None, missing: int) -> int:
    return missing if at is None else micros(at)
