"""Dates of the calendar as people write them, where no part of them can be read two ways.

5/3/2024 may be in March or in May, so it is no date here; 2024-03-05 is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from grounding.query.analysis.almanac import shifted, start_of
from grounding.query.analysis.vocabulary import MONTHS, WEEKDAYS

_MONTH_NAMES = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_DAY_NAMES = (
    "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?"
    "|sat(?:urday)?|sun(?:day)?"
)
_MONTH = rf"(?P<month>{_MONTH_NAMES})\b\.?"
_DAY = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?\b(?![.,:]?[0-9%])"
_YEAR = r"(?P<year>[12][0-9]{3})\b(?![.,:/][0-9]|[%°])"
_OF = r"(?:,?\s+|\s+of\s+)"
_WEEKDAY = rf"(?:(?:{_DAY_NAMES})\b\.?,?\s+(?:the\s+)?)?"
_NTH = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
_NTHS = "|".join(_NTH)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_ISO = (
    r"(?P<year>[12][0-9]{3})(?P<mark>[-/])(?P<month>[01]?[0-9])(?P=mark)(?P<day>[0-3]?[0-9])"
    r"(?![0-9T]|[-/.][0-9])"
)
_DAY_FIRST = rf"{_WEEKDAY}{_DAY}{_OF}{_MONTH}(?:,?\s+{_YEAR})?"


def _compiled(*shapes: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(shape, re.IGNORECASE) for shape in shapes)


# Each ordered so that the longest reading comes first.
_AFTER_LETTERS = _compiled(
    _DAY_FIRST,
    rf"{_WEEKDAY}{_MONTH}\s+(?:the\s+)?{_DAY}(?:,?\s+{_YEAR})?",
    rf"{_MONTH}{_OF}{_YEAR}",
    rf"(?P<half>[QH][1-4])(?:{_OF}|-)?{_YEAR}",
    rf"(?P<nth>{_NTHS})\s+(?P<part>quarter|half)\s+of\s+(?:the\s+year\s+)?{_YEAR}",
    rf"(?P<alone>{_MONTH_NAMES})\b",
)
_AFTER_TWO_DIGITS = _compiled(
    _DAY_FIRST,
    r"(?P<short>[2-9]0)['’]?s\b",
    rf"(?P<nth>{_NTHS})\s+(?P<part>quarter|half)\s+of\s+(?:the\s+year\s+)?{_YEAR}",
)
_AFTER_FOUR_DIGITS = _compiled(
    _ISO,
    rf"{_YEAR}(?:\s+|-)?(?P<half>[QH][1-4])\b",
    r"(?P<decade>[12][0-9]{2}0)['’]?s\b",
    _YEAR,
)
_SHAPES = {
    0: _AFTER_LETTERS,
    1: _AFTER_TWO_DIGITS,
    2: _AFTER_TWO_DIGITS,
    4: _AFTER_FOUR_DIGITS,
}
_DIGITS = re.compile("[0-9]*")
WORDS = frozenset(
    {*_NTH, *MONTHS, *WEEKDAYS, "q1", "q2", "q3", "q4", "h1", "h2"}
    | {"mon", "tue", "tues", "wed", "thu", "thurs", "fri", "sat", "sun"}
)
"""Words with which a date can begin."""

Kind = Literal["full", "day", "month", "alone", "part", "decade", "year"]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a date says; `month_count` is how many months it lasts if it names no day."""

    kind: Kind
    year: int | None = None
    month: int | None = None
    day: int | None = None
    month_count: int = 1

    @property
    def order(self) -> tuple[int, int]:
        return self.month or 0, self.day or 0


def parts_at(text: str, position: int) -> tuple[Parts, int] | None:
    """Return the date that begins at a position, and where it ends."""
    digits = _DIGITS.match(text, position)
    for shape in _SHAPES.get(len(digits[0]) if digits else 0, ()):
        if match := shape.match(text, position):
            parts = _parts(match)
            return None if parts is None else (parts, match.end())
    return None


def bounds(parts: Parts) -> tuple[date, date | None] | None:
    """Return the first day and the day after the last; None if there is no such date."""
    if parts.year is None:
        return None
    try:
        first = date(parts.year, parts.month or 1, parts.day or 1)
    except ValueError:
        return None
    if parts.kind == "decade":
        return start_of(first, "decade"), shifted(start_of(first, "decade"), "decade", 1)
    if parts.day is not None:
        return first, shifted(first, "day", 1)
    if parts.month is not None:
        return first, shifted(first, "month", parts.month_count)
    return first, shifted(first, "year", 1)


def with_nearest_year(parts: Parts, today: date, *, is_ahead: bool) -> Parts:
    """Give a date without a year the latest that has begun, or else the first not yet over."""
    if parts.year is not None:
        return parts
    step = 1 if is_ahead else -1
    for year in range(today.year, today.year + 9 * step, step):
        found = bounds(dated := replace(parts, year=year))
        if found is None:
            continue
        first, end = found
        if (end is None or end > today) if is_ahead else first <= today:
            return dated
    return parts


def month_number(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _parts(match: re.Match[str]) -> Parts | None:
    said = match.groupdict()
    for group, read in _READERS:
        if said.get(group):
            return read(said)
    return _month_and_day(said)


def _month_and_day(said: dict[str, str | None]) -> Parts | None:
    month, day, year = said.get("month") or "", said.get("day"), said.get("year")
    number = int(month) if month.isdigit() else month_number(month) if month else None
    found_year = None if year is None else int(year)
    if day is not None:
        return Parts("full" if year else "day", found_year, number, int(day))
    return Parts("month" if number else "year", found_year, number)


def _half(said: dict[str, str | None]) -> Parts | None:
    half = said["half"] or ""
    return _part(int(half[1]), 3 if half[0] in "qQ" else 6, said)


def _nth(said: dict[str, str | None]) -> Parts | None:
    months = 3 if (said["part"] or "").lower() == "quarter" else 6
    return _part(_NTH[(said["nth"] or "").lower()], months, said)


def _part(number: int, months: int, said: dict[str, str | None]) -> Parts | None:
    if number * months > 12:
        return None
    first = (number - 1) * months + 1
    return Parts("part", int(said["year"] or 0), first, month_count=months)


def _decade(said: dict[str, str | None]) -> Parts | None:
    return Parts("decade", int(said["decade"] or 0))


def _short_decade(said: dict[str, str | None]) -> Parts | None:
    return Parts("decade", 1900 + int(said["short"] or 0))


def _alone(said: dict[str, str | None]) -> Parts | None:
    return Parts("alone", month=month_number(said["alone"] or ""))


_READERS: tuple[tuple[str, Callable[[dict[str, str | None]], Parts | None]], ...] = (
    ("half", _half),
    ("nth", _nth),
    ("decade", _decade),
    ("short", _short_decade),
    ("alone", _alone),
)
