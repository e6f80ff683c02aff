"""The two instants that everything which is asked of the service is seen through."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from connectors.clock import Clock
from grounding.errors import InvalidQuestion
from grounding.query.times import zone
from indexer.catalogue import changes


@dataclass(frozen=True, slots=True)
class Moment:
    """When it was asked, the instant in the world, and the instant up to which we knew things."""

    now: datetime
    as_of: datetime
    known_at: datetime


def moment(as_of: datetime | None, known_at: datetime | None, *, now: datetime) -> Moment:
    """Return the instants to look through; each is the present unless given.

    Raises:
        InvalidQuestion: an instant lies in the future.
    """
    for name, given in (("as_of", as_of), ("known_at", known_at)):
        if given is not None and given > now:
            raise InvalidQuestion(name, f"{given.isoformat()} is in the future")
    return Moment(now, as_of or now, known_at or now)


def present(session: Session, clock: Clock) -> datetime:
    """Return the present, never before the newest stored change: a clock may step back."""
    now = clock()
    _, newest = changes.head(session)
    return now if newest is None else max(now, newest)


def zone_of(timezone: str) -> ZoneInfo:
    """Return the zone a question is asked in.

    Raises:
        InvalidQuestion: there is no such zone.
    """
    try:
        return zone(timezone)
    except ValueError as error:
        raise InvalidQuestion("timezone", str(error)) from error


def require_on_calendar(as_of: datetime, timezone: str) -> None:
    """Refuse what a clock cannot show: the first hours of year 1 west of Greenwich.

    Raises:
        InvalidQuestion: the instant is none there.
    """
    try:
        as_of.astimezone(zone(timezone))
    except OverflowError as error:
        raise InvalidQuestion("as_of", f"outside the calendar in {timezone}") from error
