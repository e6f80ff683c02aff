"""What is doubtful about a time that a source gave, and how a document says so.

A clock that lies is not corrected: the time is read by a rule that is written here, or not at
all, and the doubt travels with the document.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

LONGEST_GIVEN = 100


class Doubt(StrEnum):
    """Why a time may be another than the source meant. Those that end in "not read" are none."""

    NO_ZONE = "names no zone, read as UTC"
    SET_BACK = "comes twice as clocks are set back, read as the earlier"
    SKIPPED = "is skipped as clocks are set forward, read with the offset before"
    LEAP_SECOND = "is a leap second, read as the last microsecond before it"
    SHORT_YEAR = "has a year of two digits, not read"
    DAY_OR_MONTH = "may have day and month in either order, not read"
    UNKNOWN_ZONE = "names a zone that nobody can place, not read"
    UNREADABLE = "cannot be read as a time"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source's words for a time came to; neither instant nor doubt: it said nothing.

    instant: aware UTC, None where the words name none for sure.
    doubt: one `Doubt`, or several with `; ` between them.
    given: the words, for those who keep what cannot be read; they are no part of equality.
    """

    instant: datetime | None
    doubt: str | None = None
    given: str = field(default="", compare=False)

    def doubted(self, reason: str) -> "Reading":
        return replace(self, doubt="; ".join(filter(None, (self.doubt, reason))))


def local_doubt(local: datetime, zone: ZoneInfo) -> Doubt | None:
    """Say whether the clocks of `zone` show the naive `local` exactly once (PEP 495)."""
    first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if first is None or second is None or first == second:
        return None
    return Doubt.SET_BACK if first > second else Doubt.SKIPPED


def time_flags(**readings: Reading) -> tuple[str, ...]:
    """Return the doubts, under the names of the fields, as `Document.time_flags` has them."""
    return tuple(f"{name}: {each.doubt}" for name, each in readings.items() if each.doubt)


def date_as_given(*readings: Reading) -> str:
    """Return the first words that could not be read, "" when all were."""
    return next((each.given for each in readings if each.given and each.instant is None), "")
