"""Instants out of whatever sources write: RFC 822, RFC 3339, ISO 8601, epoch numbers, prose.

What a text leaves open is never filled in. A day without month or year, a month without a day,
a year in two digits, `03/04/2026` (March or April?) and a zone nobody can place are no instant.
Only two things are assumed: a time of day that is missing is midnight, and a zone that is
missing is `assumed_zone`, or UTC.
"""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from email.utils import parsedate_to_datetime
from time import struct_time
from zoneinfo import ZoneInfo

from dateutil.parser import parser, parserinfo

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
_YEAR_FIRST = re.compile(r"[0-9]{4}[-/.]")
_COMMENT_AT_END = re.compile(r"\s*\([^()]*\)$")


def parse_instant(moment: object, *, assumed_zone: str | None = None) -> datetime | None:
    """Return the aware UTC instant that `moment` names, or None when it names none for sure.

    `moment` may be text, an epoch number (in s, ms, µs or ns, told apart by its size and only
    from 1973 on), a `datetime` or `date`, or a `struct_time` in UTC. `assumed_zone` is an IANA
    name and must exist; it holds for what has no zone of its own.
    """
    zone: tzinfo = UTC if assumed_zone is None else ZoneInfo(assumed_zone)
    try:
        found = _read(moment)
        return None if found is None else _plausible(found, zone)
    except (ValueError, OverflowError, ArithmeticError):
        return None


def parse_http_date(text: str) -> datetime | None:
    """Return the instant of an HTTP header (RFC 9110), also in its two obsolete forms."""
    try:
        found = parsedate_to_datetime(text)
        return _plausible(found, UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _read(moment: object) -> datetime | None:
    if isinstance(moment, str):
        return _read_text(" ".join(moment.split()))
    if isinstance(moment, struct_time):
        return datetime.fromtimestamp(calendar.timegm(moment), tz=UTC)
    if isinstance(moment, date) and not isinstance(moment, datetime):
        return datetime.combine(moment, time())
    if isinstance(moment, int | float | Decimal) and 0 < moment < 10**19:
        return _read_number(f"{moment:f}")
    return moment if isinstance(moment, datetime) else None


def _read_number(text: str) -> datetime | None:
    number = _NUMBER.fullmatch(text)
    if number is None:
        return None
    digits, fraction = number.groups()
    if len(digits) in _COMPACT_FORMATS and not (fraction or "").strip(".0"):
        return datetime.strptime(digits, _COMPACT_FORMATS[len(digits)])  # noqa: DTZ007 - zone later
    if len(digits) not in _EPOCH_UNITS:
        return None
    seconds = Decimal(text[:30]) / _EPOCH_UNITS[len(digits)]
    return _EPOCH + timedelta(microseconds=int(seconds * 10**6))


def _read_text(text: str) -> datetime | None:
    if not text or len(text) > _LONGEST:
        return None
    if _NUMBER.fullmatch(text):
        return _read_number(text)
    text = _DAY_WITH_ZONE.sub(r"\1T00:00\2", text)
    if _ISO.match(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # "2026-03-01 10:30 EST" begins like ISO 8601 and is not
    return _read_loosely(_UTC_BEFORE_OFFSET.sub("", _COMMENT_AT_END.sub("", text)))


def _read_loosely(text: str) -> datetime | None:
    """Parse `text` twice with all that it may leave open set differently; both must agree."""
    first, second = (
        _PARSER.parse(text, default=default, dayfirst=is_day_first, tzinfos=_zone_named)
        for default, is_day_first in (
            (datetime(2000, 1, 1), False),  # noqa: DTZ001 - a zone here would count as found
            (datetime(2012, 12, 28), not _YEAR_FIRST.match(text)),  # noqa: DTZ001 - as above
        )
    )
    return first if first == second else None


def _zone_named(name: str | None, offset_seconds: int | None) -> tzinfo | None:
    if offset_seconds is not None:
        return timezone(timedelta(seconds=offset_seconds))
    if name is None:
        return None
    if name.upper() not in _ZONES:
        raise ValueError(f"zone {name!r} is not known")
    return _ZONES[name.upper()]


def _plausible(found: datetime, zone: tzinfo) -> datetime | None:
    instant = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    return instant if EARLIEST_YEAR <= instant.year <= LATEST_YEAR else None


class _FullYears(parserinfo):
    def convertyear(self, year: int, century_specified: bool = False) -> int:
        if not century_specified:
            raise ValueError(f"year {year} has no century")
        return year


_PARSER = parser(_FullYears())
