"""How soon a source is read again: after news, after none, and after a failure.

Nothing here reads a clock or a database. A source is never read before the later of what its
schedule says and `resume_at`, unless somebody asks for it by hand.

    read well ──▶ interval (where the schedule leaves it open), what the source asks ──▶ resume_at
    failed ─────▶ its own wish, or a pause that doubles with every failure ─────────────▶ resume_at
"""

import zlib
from datetime import datetime, timedelta

from connectors.errors import Remedy
from indexer.schedule import Schedule

AFTER_NEWS = 2 / 3
AFTER_NONE = 5 / 4
"""An interval settles where about a third of the reads find something: at 0.44 of the mean time
between two changes, whichever that is, as long as floor and ceiling allow it."""

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(days=1)
PAUSE_IF_GONE = timedelta(days=7)
"""One that said it is closed is asked again all the same: such answers have been mistakes."""

TOLERATED = timedelta(seconds=30)
"""How much sooner than asked a source may be read, so that a wish as long as the interval does
not put off every read to the next but one."""


def next_interval(
    schedule: Schedule | None, current_seconds: float | None, *, has_changed: bool
) -> float | None:
    """Return how often to read on, in seconds; None where the schedule leaves no choice."""
    if schedule is None or schedule.interval is None or schedule.longest is None:
        return None
    shortest, longest = schedule.interval.total_seconds(), schedule.longest.total_seconds()
    current = shortest if current_seconds is None else current_seconds
    wanted = current * (AFTER_NEWS if has_changed else AFTER_NONE)
    return min(max(wanted, shortest), longest)


def rest_after_success(
    started_at: datetime,
    *,
    wish_seconds: float | None,
    interval_seconds: float | None,
    promise_seconds: float | None,
) -> datetime | None:
    """Return until when a source that was read well is left alone; None: until it is due.

    A promise of ours, which users rely on, goes before a wish of the source, which is a hint.
    """
    wish = min(wish_seconds or 0.0, LONGEST_PAUSE.total_seconds())
    if promise_seconds is not None:
        wish = min(wish, promise_seconds)
    seconds = max(wish, interval_seconds or 0.0)
    tolerated = min(TOLERATED.total_seconds(), seconds / 10)
    return started_at + timedelta(seconds=seconds - tolerated) if seconds else None


def rest_after_failure(
    now: datetime,
    *,
    source: str,
    failures_in_row: int,
    remedy: Remedy,
    wish_seconds: float | None,
) -> datetime:
    """Return until when a source that failed is left alone.

    What it asks for itself (Retry-After) is kept in full, up to a day.
    """
    longest = LONGEST_PAUSE.total_seconds()
    if wish_seconds is not None:
        return now + timedelta(seconds=min(wish_seconds, longest))
    if remedy is Remedy.GIVE_UP:
        return now + PAUSE_IF_GONE
    pause = doubled(FIRST_PAUSE, failures_in_row, at_most=LONGEST_PAUSE)
    return now + pause * _spread(source, failures_in_row)


def doubled(first: timedelta, times: int, *, at_most: timedelta) -> timedelta:
    """Return the pause after so many failures in a row, which begins with `first`."""
    return min(first * 2.0 ** min(times - 1, 20), at_most)


def _spread(source: str, failures_in_row: int) -> float:
    """Return 0.9 to 1.1, so that sources that failed together are not asked together again."""
    return 0.9 + 0.2 * (zlib.crc32(f"{source}:{failures_in_row}".encode()) % 1000) / 1000
