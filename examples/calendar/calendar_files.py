"""Kind `calendar`: the events of an iCalendar file (RFC 5545), at a URL or a path.

A calendar lists all its events and a deleted one is merely absent, so it is a snapshot.
A cancelled event stays and says so: "it is cancelled" answers more than silence does.

What will happen is known today, so an event has no `valid_from`, with which it would not be
found before it begins: it holds from its CREATED, or its receipt, until it is over. A series
is over after its UNTIL; one with a COUNT, dates of its own or no end at all holds for good.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from icalendar import Component, use_zoneinfo, vBroken, vCategory, vDDDLists, vRecur
from pydantic import Field

from connectors.clock import Clock
from connectors.dates import read_instant
from connectors.doubts import Doubt, Reading, date_as_given, time_flags
from connectors.errors import ItemFailed, SourceBroken
from connectors.http.fetch import Fetcher
from connectors.location import Location, Zone, read_content
from connectors.records import Batch, Cursor, Document, Failure, JsonValue, Semantics
from connectors.text.decoding import decode

_BEGIN = re.compile(r"(?im)^(?=BEGIN:VEVENT[ \t\r]*$)")
_END = re.compile(r"(?im)^END:VEVENT[ \t\r]*$")
_ONE_CALENDAR = Lock()  # icalendar keeps the zones of a calendar for all that it parses
_UNREADABLE = (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, OSError)
_MAILTO = re.compile("^mailto:", re.I)


class CalendarConnector:
    kind: ClassVar[str] = "calendar"
    semantics = Semantics.SNAPSHOT

    class Options(Location):
        """zone: of whole days and floating times. More than `max_events` are refused."""

        zone: Zone | None = None
        max_bytes: int = Field(default=10_000_000, gt=0)
        max_events: int = Field(default=10_000, gt=0)

    def __init__(self, options: Options, *, source: str, fetcher: Fetcher, clock: Clock) -> None:
        del clock  # every time comes from the calendar
        self._options = options
        self._source = source
        self._fetcher = fetcher

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        content = read_content(self._options, cursor, source=self._source, fetcher=self._fetcher)
        if content.is_unmodified:
            yield content.unmodified()
            return
        documents: dict[str, Document] = {}
        failures = []
        for number, event in enumerate(self._events(decode(content.body, content.charset)), 1):
            if isinstance(event, str):
                failures.append(Failure(None, f"event {number}: {event}"))
                continue
            key = _key(event)
            try:
                document = _document(event, key, self._options.zone)
            except ItemFailed as error:
                failures.append(Failure(key or None, f"event {number}: {error}"))
                continue
            if documents.setdefault(key, document) != document:
                failures.append(Failure(key, f"event {number}: takes the place of an earlier one"))
            documents[key] = document
        if failures and not documents:
            raise SourceBroken(f"source {self._source}: nothing is readable: {failures[0].reason}")
        is_complete = not failures  # an event that cannot be read is not gone
        yield from content.in_batches(
            documents=[*documents.values()], failures=failures, is_complete=is_complete
        )

    def _events(self, text: str) -> list[Component | str]:
        """Return each event, or why it cannot be parsed."""
        around, *pieces = _BEGIN.split(text)
        limit = self._options.max_events
        if len(pieces) > limit:
            raise SourceBroken(f"source {self._source}: {len(pieces)} events, max_events = {limit}")
        ends = [found.end() if (found := _END.search(piece)) else None for piece in pieces]
        cut = [(piece[:end], piece[end:]) for piece, end in zip(pieces, ends, strict=True)]
        with _ONE_CALENDAR:
            use_zoneinfo()  # forgets the zones of the one before
            rest = _parsed(around + "".join(after for _, after in cut))
            if isinstance(rest, str) or rest.name != "VCALENDAR" or None in ends:
                start = text.strip()[:60]
                raise SourceBroken(f"source {self._source}: no calendar, or cut short: {start!r}")
            return [_parsed(event) for event, _ in cut]


def _parsed(text: str) -> Component | str:
    try:
        return Component.from_ical(text)
    except _UNREADABLE as error:
        return f"cannot be parsed: {str(error)[:100]}"


def _document(event: Component, key: str, zone: str | None) -> Document:
    if not key:
        raise ItemFailed("has no UID")
    begins, ends = _times(event, zone)
    start, end = _known("DTSTART", begins), _known("DTEND", ends)
    if end < start:
        raise ItemFailed("ends before it begins")
    over = _over(event, ends, end - start, zone)
    created, modified = _read(event, "CREATED", zone), _read(event, "LAST-MODIFIED", zone)
    rule = _rule(event)
    title, place, url = (_text(event, name) for name in ("SUMMARY", "LOCATION", "URL"))
    facts = {
        "When": _in_words(event, start, end, zone),
        "Repeats": _rule_in_words(rule),
        "But not on": ", ".join(f"{day:%d %B %Y}" for day in _days(event, "EXDATE")),
        "Where": place,
        "Status": _text(event, "STATUS").lower(),
    }
    organizer = _first(event, "ORGANIZER")
    metadata: dict[str, JsonValue] = {
        "starts_at": start.isoformat(),
        "location": place,
        "status": facts["Status"],
        "categories": _categories(event),
        "rrule": rule,
        "date_as_given": date_as_given(created, modified),
    }
    lines = "\n".join(f"{name}: {said}" for name, said in facts.items() if said)
    return Document(
        key=key,
        text="\n\n".join(filter(None, (title, lines, _text(event, "DESCRIPTION")))),
        title=title,
        url=url if re.match("https?://", url, re.I) else None,
        author=_parameter(organizer, "CN") or _MAILTO.sub("", _text(event, "ORGANIZER")) or None,
        published_at=created.instant,
        updated_at=modified.instant,
        valid_until=over.instant,
        metadata={name: value for name, value in metadata.items() if value},
        time_flags=time_flags(published_at=created, updated_at=modified, valid_until=over),
    )


def _all(event: Component, name: str) -> list[Any]:  # Any: as many types as there are values
    found = event.get(name, [])
    return found if isinstance(found, list) else [found]


def _first(event: Component, name: str) -> Any:
    return next(iter(_all(event, name)), None)


def _text(event: Component, name: str) -> str:
    return str(_first(event, name) or "").strip()


def _parameter(given: Any, name: str) -> str:
    """Return what stands beside a value, such as its TZID; unquoted commas make a list of it."""
    found = getattr(given, "params", {}).get(name, "")
    return ", ".join(found) if isinstance(found, list) else str(found)


def _key(event: Component) -> str:
    """Return the UID, and of one occurrence of a series which one it takes the place of."""
    place = _first(event, "RECURRENCE-ID")
    occurrence = "" if place is None else f"/{place.to_ical().decode()}"
    return _text(event, "UID") and _text(event, "UID") + occurrence


def _moment(event: Component, name: str) -> date | str | None:
    """Return a date, a `datetime`, or what was written instead."""
    given = _first(event, name)
    found = None if given is None or isinstance(given, vBroken) else getattr(given, "dt", None)
    return found if given is None or isinstance(found, date) else str(given)


def _read(event: Component, name: str, zone: str | None) -> Reading:
    moment = _moment(event, name)
    if isinstance(moment, datetime):
        if isinstance(moment.tzinfo, ZoneInfo):  # without offset, so that a lost hour is told
            return read_instant(moment.replace(tzinfo=None), assumed_zone=moment.tzinfo.key)
        if moment.tzinfo is None and "TZID" in _first(event, name).params:
            return Reading(None, Doubt.UNKNOWN_ZONE, _parameter(_first(event, name), "TZID"))
    return read_instant(moment, assumed_zone=zone)


def _later(reading: Reading, length: timedelta) -> Reading:
    try:
        return replace(reading, instant=reading.instant and reading.instant + length)
    except OverflowError as error:
        raise ItemFailed(f"lasts too long: {length}") from error


def _times(event: Component, zone: str | None) -> tuple[Reading, Reading]:
    """Return when the event, or the first of a series, begins and ends."""
    begins, ends = _read(event, "DTSTART", zone), _read(event, "DTEND", zone)
    given = _first(event, "DURATION")
    is_day = type(_moment(event, "DTSTART")) is date
    length = timedelta(days=is_day) if given is None else _duration(given)
    return begins, _later(begins, length) if ends == Reading(None) else ends


def _duration(given: Any) -> timedelta:
    found = None if isinstance(given, vBroken) else getattr(given, "dt", None)
    if not isinstance(found, timedelta):
        raise ItemFailed(f"DURATION cannot be read: {str(given)[:100]!r}")
    return found


def _known(name: str, reading: Reading) -> datetime:
    if reading.instant is None:
        raise ItemFailed(f"{name} {reading.doubt or 'is missing'}: {reading.given!r}")
    return reading.instant


def _over(event: Component, ends: Reading, length: timedelta, zone: str | None) -> Reading:
    """Return when nothing of it is still to come; without an instant if that is unknown."""
    if not _rule(event) and "RDATE" not in event:
        return ends
    until = next(iter((_first(event, "RRULE") or {}).get("UNTIL", [])), None)
    if until is None or "RDATE" in event:
        return Reading(None)
    is_whole_day = type(until) is date and isinstance(_moment(event, "DTSTART"), datetime)
    return _later(read_instant(until, assumed_zone=zone), length + timedelta(days=is_whole_day))


def _in_words(event: Component, begins: datetime, ends: datetime, zone: str | None) -> str:
    moment = _moment(event, "DTSTART")
    clock = getattr(moment, "tzinfo", None)
    begins, ends = (each.astimezone(clock or ZoneInfo(zone or "UTC")) for each in (begins, ends))
    if type(moment) is date:
        last = max(begins, ends - timedelta(days=1))
        until = "" if last == begins else f" to {last:%A, %d %B %Y}"
        return f"{begins:%A, %d %B %Y}{until}, all day"
    day = "" if ends.date() == begins.date() else "%A, %d %B %Y, "
    until = "" if ends == begins else f" to {ends:{day}%H:%M}"
    named = _parameter(_first(event, "DTSTART"), "TZID") or clock or zone or "no zone given"
    return f"{begins:%A, %d %B %Y, %H:%M}{until} ({named})"


def _rule(event: Component) -> str:
    """Return the RRULE as it is written, "" where there is none."""
    given = _first(event, "RRULE")
    if given is None:
        return ""
    try:
        written = str(given.to_ical(), "utf-8") if isinstance(given, vRecur) else ""
    except _UNREADABLE:
        written = ""
    if not written:
        raise ItemFailed(f"RRULE cannot be read: {str(given)[:100]!r}")
    return written


def _rule_in_words(rule: str) -> str:
    """Say `freq weekly, byday mo tu, count 10`: a rule reads well enough in its own words."""
    return rule.lower().replace(",", " ").replace("=", " ").replace(";", ", ")


def _days(event: Component, name: str) -> list[date]:
    """Return the dates of a list such as EXDATE."""
    lists = [each for each in _all(event, name) if isinstance(each, vDDDLists)]
    return [one.dt for each in lists for one in each.dts if isinstance(one.dt, date)]


def _categories(event: Component) -> list[JsonValue]:
    lists = [each for each in _all(event, "CATEGORIES") if isinstance(each, vCategory)]
    return [str(name) for each in lists for name in each.cats]
