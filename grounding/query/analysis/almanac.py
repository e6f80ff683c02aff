"""Calendar arithmetic in one zone around one present, which never leaves the years 1 to 9999.

What would lie beyond the calendar is None, an open end. Weeks begin on Monday. Days, weeks and
longer units follow the clock on the wall, so that a day may have 23 or 25 hours; hours and
shorter ones are elapsed time.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Unit = Literal["second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade"]

_MONTHS = {"month": 1, "quarter": 3, "year": 12, "decade": 120}
_DAYS = {"day": 1, "week": 7}
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}


@dataclass(frozen=True, slots=True)
class Window:
    """Instants in UTC from `after`, inclusive, to `before`, exclusive; None is open."""

    after: datetime | None
    before: datetime | None

    @property
    def is_sound(self) -> bool:
        """Whether it restricts anything and holds at least one instant."""
        if self.after is None or self.before is None:
            return self.after is not self.before
        return self.after < self.before


@dataclass(frozen=True, slots=True)
class Almanac:
    """The calendar as it hangs on a wall in `zone` at `now`, which is aware."""

    now: datetime
    zone: ZoneInfo

    @property
    def local(self) -> datetime:
        try:
            return self.now.astimezone(self.zone)
        except OverflowError:
            return self.now.astimezone(UTC)

    @property
    def today(self) -> date:
        return self.local.date()

    def at(self, day: date | None, hour: int = 0) -> datetime | None:
        """Return the instant at which the hour begins on that day."""
        return None if day is None else self._instant(datetime.combine(day, time(hour)))

    def days(self, first: date | None, end: date | None) -> Window:
        return Window(self.at(first), self.at(end))

    def day(self, offset: int) -> Window:
        return self.days(shifted(self.today, "day", offset), shifted(self.today, "day", offset + 1))

    def calendar_unit(self, unit: Unit, offset: int) -> Window:
        """Return this (0), the last (-1) or another day, week, month and so on."""
        first = start_of(self.today, unit)
        return self.days(shifted(first, unit, offset), shifted(first, unit, offset + 1))

    def shifted_now(self, unit: Unit, count: int) -> datetime | None:
        if seconds := _SECONDS.get(unit):
            try:
                return self.now + timedelta(seconds=seconds * count)
            except OverflowError:
                return None
        day = shifted(self.today, unit, count)
        wall = self.local.time()
        return None if day is None else self._instant(datetime.combine(day, wall))

    def _instant(self, wall: datetime) -> datetime | None:
        try:
            return wall.replace(tzinfo=self.zone).astimezone(UTC)
        except (OverflowError, ValueError):
            return None


def start_of(day: date, unit: Unit) -> date:
    """Return the first day of the week, month, quarter, year or decade that holds a day."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit not in _MONTHS:
        return day
    year = max(day.year // 10 * 10, 1) if unit == "decade" else day.year
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1}.get(unit, 1)
    return date(year, month, 1)


def shifted(day: date | None, unit: Unit, count: int) -> date | None:
    """Return the day so many units later; the 31st becomes the last of a shorter month."""
    if day is None:
        return None
    try:
        if unit in _DAYS:
            return day + timedelta(days=_DAYS[unit] * count)
        months = day.year * 12 + day.month - 1 + _MONTHS[unit] * count
        return date(months // 12, months % 12 + 1, min(day.day, _length(months)))
    except (OverflowError, ValueError):
        return None


def _length(months: int) -> int:
    year, month = divmod(months, 12)
    if month == 1:
        return 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28
    return 30 if month in {3, 5, 8, 10} else 31
