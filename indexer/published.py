"""Which publication time counts, and what is doubtful about one, where a clock cannot be right.

What a source says is stored and shown as it said it. What filters and orders is the time that
counts: nobody published later than we received it, and a clock that stands at the beginning of
1970 was never set.
"""

from datetime import UTC, datetime, timedelta

NEVER_SET_FROM = datetime(1970, 1, 1, tzinfo=UTC)
NEVER_SET_UNTIL = datetime(1970, 1, 2, tzinfo=UTC)
TOLERATED = timedelta(minutes=5)
"""How far a clock may be ahead of ours before it is worth a remark."""


def counting(published_at: datetime | None, observed_at: datetime) -> datetime | None:
    """Return the publication time that filters and orders; None if it is unknown."""
    if published_at is None or was_never_set(published_at):
        return None
    return min(published_at, observed_at)


def dated(
    published_at: datetime | None, updated_at: datetime | None, observed_at: datetime
) -> datetime | None:
    """Return the latest time a source gives to what it says; None if it gives none.

    Nothing we hold was said after we received it, so a clock that is ahead makes nothing newer.
    """
    published = counting(published_at, observed_at)
    updated = counting(updated_at, observed_at)
    if published is None or updated is None:
        return published or updated
    return max(published, updated)


def was_never_set(at: datetime) -> bool:
    return NEVER_SET_FROM <= at < NEVER_SET_UNTIL


def doubts(field: str, at: datetime | None, *, observed_at: datetime) -> tuple[str, ...]:
    """Say what is doubtful about a time of the past that a source gave, as `field: reason`."""
    if at is None:
        return ()
    if was_never_set(at):
        return (f"{field}: 1970-01-01, a clock that was never set",)
    if at - observed_at > TOLERATED:
        return (f"{field}: later than its receipt, a clock that is ahead",)
    return ()
