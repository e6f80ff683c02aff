"""Instants as a prompt shows them: separated ISO form, never compact (which costs accuracy)."""

from datetime import UTC, datetime
from datetime import time as clock_time
from zoneinfo import ZoneInfo


def instant(time: datetime) -> str:
    """RFC 3339 in UTC, to the second: 2026-11-20T00:00:00Z."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def minute(time: datetime) -> str:
    """RFC 3339 in UTC, with seconds only where there are any: 2026-11-20T06:00Z."""
    utc = time.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="seconds" if utc.second else "minutes") + "Z"


def day_or_minute(time: datetime) -> str:
    """The day alone where the time is midnight in UTC, as of what only has a date: 2026-11-20."""
    utc = time.astimezone(UTC).replace(tzinfo=None)
    return minute(time) if utc.time() != MIDNIGHT else utc.date().isoformat()


def clock(time: datetime, timezone: str) -> str:
    """The time on a clock in a zone: 2026-11-20T01:00:00+01:00 (Friday, Europe/Berlin).

    Raises:
        ValueError: `timezone` is not the name of an IANA zone.
    """
    local = time.astimezone(zone(timezone))
    return f"{local.isoformat(timespec='seconds')} ({_WEEKDAYS[local.weekday()]}, {timezone})"


def zone(name: str) -> ZoneInfo:
    """Look an IANA zone up.

    Raises:
        ValueError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            f"timezone {name!r}: expected an IANA name such as UTC or Europe/Berlin"
        ) from error


MIDNIGHT = clock_time()

# Not strftime: its names depend on the process's locale, and a prompt must not.
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
