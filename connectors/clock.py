"""The time seam: whoever needs the present is given a `Clock` and calls it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present as an aware UTC instant. May repeat a value and may step backwards."""


def utc_now() -> datetime:
    return datetime.now(UTC)
