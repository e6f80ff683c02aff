"""Instants out of whatever sources write: RFC 822, RFC 3339, ISO 8601, epoch numbers, prose.

What a text leaves open is never filled in. A day without month or year, a month without a day,
a year in two digits, `03/04/2026` (March or April?) and a zone nobody can place are no instant.
Only two things are assumed: a time of day that is missing is midnight, and a zone that is
missing is `assumed_zone`, or UTC. What is doubtful even so is said in `Reading.doubt`.
"""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from email.utils import parsedate_to_datetime
from time import struct_time
from zoneinfo import ZoneInfo

from dateutil.parser import parser, parserinfo

from connectors.doubts import LONGEST_GIVEN, Doubt, Reading, local_doubt
from connectors.text.fields import one_line

EARLIEST_YEAR = 1900
LATEST_YEAR = 2200

# RFC 822 fixes the American ones (so CST is not China's). Other names that several countries
# use for different times, such as IST, are left out.
_ZONES_BY_HOURS = {
    -10: "HST", -9: "AKST", -8: "PST AKDT", -7: "MST PDT", -6: "CST MDT", -5: "EST CDT",
    -4: "AST EDT", -3.5: "NST", -3: "ADT", -2.5: "NDT", 0: "UTC GMT UT Z WET",
    1: "CET MEZ BST WEST", 2: "EET CEST MESZ SAST", 3: "MSK EEST", 8: "HKT SGT AWST", 9: "JST KST",
    9.5: "ACST", 10: "AEST", 10.5: "ACDT", 11: "AEDT", 12: "NZST", 13: "NZDT",
}  # fmt: skip
_ZONES = {
    name: timezone(timedelta(hours=hours))
    for hours, names in _ZONES_BY_HOURS.items()
    for name in names.split()
}

# Number of digits → how many of the unit make a second. Twelve digits could also be a date.
_EPOCH_UNITS = {9: 1, 10: 1, 13: 10**3, 15: 10**6, 16: 10**6, 18: 10**9, 19: 10**9}
_COMPACT_FORMATS = {8: "%Y%m%d", 14: "%Y%m%d%H%M%S"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 80

_NUMBER = re.compile(r"([0-9]{1,19})(\.[0-9]+)?")
_ISO = re.compile(r"[0-9]{4}-?([0-9]{2}-?[0-9]{2}|W[0-9]{2}-?[0-9])([Tt ]|$)")
_DAY_WITH_ZONE = re.compile(
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})$"
)  # XML Schema
# "GMT+1" is one hour ahead to all who write it, and one behind to POSIX and so to dateutil.
_UTC_BEFORE_OFFSET = re.compile(r"\b(GMT|UTC)(?=[+-][0-9])")
# How feeds and mails write nearly every date: quick to read, and nothing about it is open.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MAIL_DATE = re.compile(
    rf"(?:[A-Z][a-z]{{2}}, )?([0-9]{{1,2}}) ({'|'.join(_MONTHS)}) ([0-9]{{4}})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2})"
    rf" (?:({'|'.join(_ZONES)})|([+-])([0-9]{{2}})([0-9]{{2}}))"
)
_YEAR_FIRST = re.compile(r"[0-9]{4}[-/.]")
_COMPACT_LEAP_SECOND = re.compile(r"^([0-9]{8})[Tt]?([0-9]{2})([0-9]{2})(?=60(?![0-9]))")
_LEAP_SECOND = re.compile(r"(?<=[0-9]:[0-9]{2}:)60([.,][0-9]+)?(?![0-9])")
_COMMENT_AT_END = re.compile(r"\s*\([^()]*\)$")


def parse_instant(moment: object, *, assumed_zone: str | None = None) -> datetime | None:
    """Return the instant that `read_instant` finds, for those who keep no doubts."""
    return read_instant(moment, assumed_zone=assumed_zone).instant


def read_instant(moment: object, *, assumed_zone: str | None = None) -> Reading:
    """Read the aware UTC instant that `moment` names, and what is doubtful about it.

    `moment` may be text, an epoch number (in s, ms, µs or ns, told apart by its size and only
    from 1973 on), a `datetime` or `date`, or a `struct_time` in UTC; None and blank text say
    nothing. `assumed_zone` is an IANA name and must exist; it holds for what names no zone.
    """
    zone = None if assumed_zone is None else ZoneInfo(assumed_zone)
    if moment is None or (isinstance(moment, str) and not moment.strip()):
        return Reading(None)
    given = one_line(moment)[:LONGEST_GIVEN] if isinstance(moment, str) else ""
    try:
        found, is_leap_second = _read(moment)
        instant = _plausible(found, zone)
    except _Refused as refusal:
        return Reading(None, refusal.doubt, given)
    except (ValueError, OverflowError, ArithmeticError):
        return Reading(None, Doubt.UNREADABLE, given)
    reading = Reading(instant, _zone_doubt(found, zone), given)
    return _at_leap_second(reading) if is_leap_second else reading


def parse_http_date(text: str) -> datetime | None:
    """Return the instant of an HTTP header (RFC 9110), also in its two obsolete forms."""
    try:
        found = parsedate_to_datetime(text)
        return _plausible(found, None)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


class _Refused(ValueError):
    """Not read, for a reason that is worth telling from "unreadable"."""

    def __init__(self, doubt: Doubt) -> None:
        super().__init__(doubt)
        self.doubt = doubt


def _read(moment: object) -> tuple[date, bool]:
    """Return a `datetime`, or a `date` where no time of day is named; and if a leap second is."""
    if isinstance(moment, str):
        return _read_text(" ".join(moment.split()))
    if isinstance(moment, int | float | Decimal) and 0 < moment < 10**19:
        return _read_text(f"{moment:f}")
    if isinstance(moment, struct_time):
        return datetime.fromtimestamp(calendar.timegm(moment), tz=UTC), False
    if isinstance(moment, date):
        return moment, False
    raise _Refused(Doubt.UNREADABLE)


def _read_text(text: str) -> tuple[date, bool]:
    """Read text; of a leap second the last microsecond before it, as no `datetime` has a 60."""
    if not text or len(text) > _LONGEST:
        raise _Refused(Doubt.UNREADABLE)
    if "60" not in text:
        return _read_common(text), False
    text = _COMPACT_LEAP_SECOND.sub(r"\1T\2:\3:", text)
    text, leap_seconds = _LEAP_SECOND.subn("59.999999", text)
    return _read_common(text), leap_seconds > 0


def _read_common(text: str) -> date:
    if _NUMBER.fullmatch(text):
        return _read_number(text)
    if day := _DAY_WITH_ZONE.match(text):
        text = f"{day[1]}T00:00{day[2]}"
    iso = _ISO.match(text)
    if iso:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            pass  # "2026-03-01 10:30 EST" begins like ISO 8601 and is not
        else:
            return found if iso[2] else found.date()
    mail = _MAIL_DATE.fullmatch(text)
    if mail:
        return _read_mail_date(mail)
    return _read_loosely(_UTC_BEFORE_OFFSET.sub("", _COMMENT_AT_END.sub("", text)))


def _read_mail_date(found: re.Match[str]) -> datetime:
    day, month, year, hour, minute, second, zone, sign, *offset = found.groups(default="0")
    ahead = timedelta(hours=int(offset[0]), minutes=int(offset[1]))
    return datetime(
        int(year),
        _MONTHS.index(month) + 1,
        int(day),
        int(hour),
        int(minute),
        int(second),
        tzinfo=_ZONES.get(zone) or timezone(-ahead if sign == "-" else ahead),
    )


def _read_number(text: str) -> date:
    digits, _, fraction = text.partition(".")
    if len(digits) in _COMPACT_FORMATS and not fraction.strip("0"):
        found = datetime.strptime(digits, _COMPACT_FORMATS[len(digits)])  # noqa: DTZ007 - zone later
        return found if len(digits) > 8 else found.date()
    if len(digits) not in _EPOCH_UNITS:
        raise _Refused(Doubt.UNREADABLE)
    seconds = Decimal(text[:30]) / _EPOCH_UNITS[len(digits)]
    return _EPOCH + timedelta(microseconds=int(seconds * 10**6))


def _read_loosely(text: str) -> date:
    """Parse `text` twice with all that it may leave open set differently; both must agree.

    The hour is what they may differ in: then the text names a day without a time of day.
    """
    first, second = (
        _PARSER.parse(text, default=default, dayfirst=is_day_first, tzinfos=_zone_named)
        for default, is_day_first in (
            (datetime(2000, 1, 1), False),  # noqa: DTZ001 - a zone here would count as found
            (datetime(2012, 12, 28, 23), not _YEAR_FIRST.match(text)),  # noqa: DTZ001 - as above
        )
    )
    is_day = first.time() == time() and second.time() == time(23) and first.tzinfo is None
    if first == second.replace(hour=first.hour):
        return first.date() if is_day else first
    is_swapped = (first.year, first.month, first.day) == (second.year, second.day, second.month)
    raise _Refused(Doubt.DAY_OR_MONTH if is_swapped else Doubt.UNREADABLE)


def _zone_named(name: str | None, offset_seconds: int | None) -> tzinfo | None:
    if offset_seconds is not None:
        return timezone(timedelta(seconds=offset_seconds))
    if name is None:
        return None
    if name.upper() not in _ZONES:
        raise _Refused(Doubt.UNKNOWN_ZONE)
    return _ZONES[name.upper()]


def _plausible(found: date, zone: ZoneInfo | None) -> datetime:
    local = found if isinstance(found, datetime) else datetime.combine(found, time())
    instant = (local if local.tzinfo else local.replace(tzinfo=zone or UTC)).astimezone(UTC)
    if not EARLIEST_YEAR <= instant.year <= LATEST_YEAR:
        raise _Refused(Doubt.UNREADABLE)
    return instant


def _zone_doubt(found: date, zone: ZoneInfo | None) -> Doubt | None:
    if not isinstance(found, datetime) or found.tzinfo is not None:
        return None
    return Doubt.NO_ZONE if zone is None else local_doubt(found, zone)


def _at_leap_second(reading: Reading) -> Reading:
    """Refuse a second 60 that does not end an hour of UTC, where all leap seconds are."""
    instant = reading.instant
    if instant is None or (instant.minute, instant.second) != (59, 59):
        return Reading(None, Doubt.UNREADABLE, reading.given)
    return reading.doubted(Doubt.LEAP_SECOND)


class _FullYears(parserinfo):
    def convertyear(self, year: int, century_specified: bool = False) -> int:
        if not century_specified:
            raise _Refused(Doubt.SHORT_YEAR)
        return year


_PARSER = parser(_FullYears())
