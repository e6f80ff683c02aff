"""Durations as people and ISO 8601 write them: "15m", "2h", "1h30m", "P1D", "PT15M".

Years and months are refused: how long they are depends on where they start.
"""

import math
import re
from datetime import timedelta

_NUMBER = r"\d{1,15}(?:\.\d{1,6})?"
_SHORT = re.compile(
    rf"(?:(?P<weeks>{_NUMBER})w)?(?:(?P<days>{_NUMBER})d)?(?:(?P<hours>{_NUMBER})h)?"
    rf"(?:(?P<minutes>{_NUMBER})m)?(?:(?P<seconds>{_NUMBER})s)?",
    re.ASCII,
)
_ISO = re.compile(
    rf"P(?:(?P<weeks>{_NUMBER})W)?(?:(?P<days>{_NUMBER})D)?"
    rf"(?:T(?=\d)(?:(?P<hours>{_NUMBER})H)?(?:(?P<minutes>{_NUMBER})M)?"
    rf"(?:(?P<seconds>{_NUMBER})S)?)?",
    re.ASCII,
)
_STEPS = (("year", 365 * 86_400), ("month", 30 * 86_400), ("day", 86_400), ("hour", 3_600))
TIMELESS = "timeless"
"""The half-life of what never ages."""
_EXPECTED = 'expected a positive duration such as "15m", "2h", "1d" or "PT15M"'


def parse_duration(text: str) -> timedelta:
    """Read a positive duration; units go from the largest to the smallest.

    Raises:
        ValueError: it is no duration, is zero, or is longer than a timedelta holds.
    """
    written = text.strip()
    match = _SHORT.fullmatch(written) or _ISO.fullmatch(written)
    if match is None:
        raise ValueError(f"{text!r}: {_EXPECTED}")
    parts = {unit: float(amount) for unit, amount in match.groupdict().items() if amount}
    try:
        duration = timedelta(**parts)
    except OverflowError as error:
        raise ValueError(f"{text!r}: longer than {timedelta.max.days} days") from error
    if not duration:
        raise ValueError(f"{text!r}: {_EXPECTED}")
    return duration


def parse_half_life(given: object) -> float:
    """Return the seconds of a duration; infinity for "timeless".

    Raises:
        ValueError: it is neither.
    """
    if given == TIMELESS:
        return math.inf
    if isinstance(given, str):
        try:
            return parse_duration(given).total_seconds()
        except ValueError as error:
            raise ValueError(f'{error}, or "{TIMELESS}"') from error
    raise ValueError(f'expected a duration such as "12h" or "2d", or "{TIMELESS}"')


def age_in_words(age: timedelta) -> str:
    """Say an age as a person would: "under a minute", "5 minutes", "2 days", "in 3 hours".

    The number is rounded down: what is 47 hours old is 1 day old, never 2.
    """
    if age < timedelta(0):
        return f"in {age_in_words(-age)}"
    seconds = int(age.total_seconds())
    if seconds < 60:
        return "under a minute"
    for unit, length in _STEPS:
        if seconds >= length:
            return _counted(seconds // length, unit)
    return _counted(seconds // 60, "minute")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
