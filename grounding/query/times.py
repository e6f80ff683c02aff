"""Instants as a prompt shows them: separated ISO form, never compact (which costs accuracy)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def instant(time: datetime) -> str:
    """RFC 3339 in UTC, to the second: 2026-11-20T00:00:00Z."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


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


# Not strftime: its names depend on the process's locale, and a prompt must not.
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
