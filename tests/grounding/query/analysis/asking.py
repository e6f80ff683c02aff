"""Ask what a question says about time, and write its window short."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from grounding.query.analysis.records import TimeExpression, Times
from grounding.query.analysis.times import read_times, time_window

WEDNESDAY = datetime(2024, 5, 15, 10, 30, tzinfo=UTC)
GREENWICH = ZoneInfo("UTC")

LONGEST_SECONDS = 0.5  # far above what it takes, far below what runaway matching would
"""For a question of 4,000 characters, in processor time."""


def read(question: str) -> Times:
    return read_times(question, now=WEDNESDAY, zone=GREENWICH)


def window(question: str, *, now: datetime = WEDNESDAY, zone: str = "UTC") -> TimeExpression:
    found = time_window(question, now=now, zone=ZoneInfo(zone))
    assert found is not None
    return found


def shown(found: TimeExpression) -> tuple[str, str]:
    return found.text, f"{_instant(found.after)}/{_instant(found.before)}"


def _instant(at: datetime | None) -> str:
    if at is None:
        return ""
    written = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
    return written.removesuffix(":00").removesuffix("T00")


def seconds(ask: Callable[[str], object], question: str) -> float:
    """Return the processor time of the quickest of three."""
    best = float("inf")
    for _ in range(3):
        begun = time.thread_time()
        ask(question)
        best = min(best, time.thread_time() - begun)
    return best
