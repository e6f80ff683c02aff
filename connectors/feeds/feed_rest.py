"""How long a feed asks to be left alone: `ttl`, `skipHours`, `skipDays`, the syndication module.

All of it is hints by people who seldom think of them again: each is bounded, and what makes no
sense is as if it were not there.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from connectors.records import JsonValue

LONGEST_TTL = timedelta(hours=6)
LONGEST_SKIP = timedelta(hours=24)

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_HOUR = timedelta(hours=1)
_NUMBER = re.compile(r"[0-9]{1,9}")
# feedparser keeps only the last of several hours or days. What stands in such a list is short.
_LIST = {"hours": re.compile(rb"<skiphours\s*>", re.I), "days": re.compile(rb"<skipdays\s*>", re.I)}
_ITEM = re.compile(r"<(?:hour|day)\s*>\s*(\w{1,12})\s*</", re.I)
_LONGEST_LIST = 2_000


@dataclass(frozen=True, slots=True)
class FeedRest:
    """What one feed asks for. Hours are those of a day in UTC, 0 to 23; 0 is Monday."""

    seconds: float | None = None
    hours: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()

    @classmethod
    def from_cursor(cls, cursor: Mapping[str, object]) -> Self:
        """Read what `as_cursor` wrote; anything else is no wish."""
        kept = cursor.get("rest")
        if not isinstance(kept, dict):
            return cls()
        seconds = kept.get("seconds")
        return cls(
            float(seconds) if isinstance(seconds, int | float) else None,
            _within(kept.get("hours"), 24),
            _within(kept.get("weekdays"), 7),
        )

    def as_cursor(self) -> dict[str, JsonValue]:
        """Return what to keep, so that "unmodified" does not make it forgotten."""
        if self == FeedRest():
            return {}
        return {
            "rest": {
                "seconds": self.seconds,
                "hours": list[JsonValue](sorted(self.hours)),
                "weekdays": list[JsonValue](sorted(self.weekdays)),
            }
        }


def wish_of(*, ttl: str = "", period: str = "", frequency: str = "", xml: bytes = b"") -> FeedRest:
    """Read what a feed says: `period` and `frequency` in RSS's syndication module, and all of
    its `xml`, in UTF-8, where hours and days to be skipped are looked for.
    """
    wishes = [wish for wish in (_ttl(ttl), _period(period, frequency)) if wish is not None]
    longest = max(wishes, default=None)
    hours, weekdays = _skipped(xml)
    return FeedRest(
        None if longest is None else min(longest, LONGEST_TTL).total_seconds(), hours, weekdays
    )


def rest_seconds(rest: FeedRest, now: datetime) -> float | None:
    """Return for how long not to read the feed again; None if it does not say.

    A rest that would end in hours or days to be skipped goes on to their end. Whoever reads it
    at 21:59 is not told of hours to be skipped from 22:00 on: one read may fall into them.
    """
    begin = now + timedelta(seconds=rest.seconds or 0.0)
    end = begin
    while _is_skipped(rest, end) and end < now + LONGEST_SKIP:
        end = end.replace(minute=0, second=0, microsecond=0) + _HOUR
    end = min(end, max(begin, now + LONGEST_SKIP))
    return (end - now).total_seconds() or None


def _is_skipped(rest: FeedRest, at: datetime) -> bool:
    return at.hour in rest.hours or at.weekday() in rest.weekdays


def _ttl(minutes: str) -> timedelta | None:
    return timedelta(minutes=int(minutes)) if _is_positive(minutes) else None


def _period(period: str, frequency: str) -> timedelta | None:
    """Return the time between two updates: by default one a period, and the period a day."""
    if not period and not frequency:
        return None
    length = _PERIODS.get(period.strip().lower() or "daily")
    if length is None:
        return None
    return length / int(frequency) if _is_positive(frequency) else length


def _is_positive(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None and int(text) > 0


def _skipped(xml: bytes) -> tuple[frozenset[int], frozenset[int]]:
    days = _listed(xml, "days")
    return (
        frozenset(_hours(_listed(xml, "hours"))),
        frozenset(_WEEKDAYS.index(day) for day in days if day in _WEEKDAYS),
    )


def _listed(xml: bytes, kind: str) -> list[str]:
    begin = _LIST[kind].search(xml)
    if begin is None:
        return []
    listed = xml[begin.end() : begin.end() + _LONGEST_LIST].decode("utf-8", "replace")
    inner = listed.partition("</skip")[0]
    return [word.lower() for word in _ITEM.findall(inner)]


def _hours(words: Iterable[str]) -> Iterable[int]:
    """RSS 2.0 counts hours from 0 to 23, RSS 0.9x from 1 to 24: 24 is midnight in both."""
    numbers = (int(word) for word in words if _NUMBER.fullmatch(word))
    return [number % 24 for number in numbers if number <= 24]


def _within(values: object, below: int) -> frozenset[int]:
    items = values if isinstance(values, list) else []
    return frozenset(each for each in items if isinstance(each, int) and 0 <= each < below)
