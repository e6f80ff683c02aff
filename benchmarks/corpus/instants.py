"""Instants as the suites write them, read by the standard library only."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def instant_of(given: object) -> datetime | None:
    """Read RFC 3339, ISO 8601, RFC 822 or a tuple in UTC; None for anything else."""
    if isinstance(given, tuple):
        return _aware(lambda: datetime(*given[:6]))  # noqa: DTZ001 - UTC is added
    if not isinstance(given, str):
        return None
    return _aware(lambda: datetime.fromisoformat(given.strip())) or _aware(
        lambda: parsedate_to_datetime(given)
    )


def _aware(read: Callable[[], datetime]) -> datetime | None:
    try:
        found = read()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
