"""Hold the dates of a claim against those of the evidence, and against its items' own times."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from grounding.checking.facts import days
from grounding.checking.facts.asked import MOST_ASKED, MOST_NEAR, Asked
from grounding.checking.facts.reading import Held
from grounding.checking.facts.records import Day, Relative, TimeOfDay
from grounding.checking.records import FactKind, Finding, Span

_MARGIN: Final = 0.35
"""How much more alike a sentence with another date must be than one with the date."""


def dated(asked: Asked) -> Iterator[Finding]:
    """Yield what became of each date, time of day and time told from the present."""
    said = asked.said
    for day in said.days[:MOST_ASKED]:
        yield _of_day(asked, day)
    for clock in said.clock_times[:MOST_ASKED]:
        yield _of_clock(asked, clock)
    if not any(True for held in asked.held for _ in _times(asked, held)) and asked.held:
        return
    for relative in asked.relatives[:MOST_ASKED]:
        yield _of_relative(asked, relative)


def _of_day(asked: Asked, said: Day) -> Finding:
    found = _agreeing(asked, said)
    if found is not None:
        if (other := _displaced(asked, said)) is not None:
            held, day = other
            place = Span(day.start, day.end)
            return asked.differs(FactKind.DATE, (said.start, said.end), held, place)
        return asked.matched(FactKind.DATE, said.start, said.end, *found)
    other = _in_its_place(asked, said)
    if other is not None:
        held, day = other
        return asked.differs(FactKind.DATE, (said.start, said.end), held, Span(day.start, day.end))
    return asked.missing(FactKind.DATE, said.start, said.end)


def _agreeing(asked: Asked, said: Day) -> tuple[Held, Span | None] | None:
    for held in asked.held:
        for day in held.text.days_like(said):
            if days.agrees(said, day, held.years):
                return held, Span(day.start, day.end)
    for held in asked.held:
        if (place := _bare_year(said, held)) is not None:
            return held, place
        if any(days.agrees(said, day, held.years) for day in held.title.days_like(said)):
            return held, None
        if any(days.holds(said, at) for at in _times(asked, held)):
            return held, None
    return None


def _displaced(asked: Asked, said: Day) -> tuple[Held, Day] | None:
    """Return what stands in the place of a date that evidence has only somewhere else.

    That is in a sentence with all words of the claim that any sentence with the date has, and more.
    """
    own = [
        held.text.sentence_at(day.start)
        for held in asked.held
        for day in held.text.days_like(said)
        if days.agrees(said, day, held.years)
    ]
    if not own:
        return None
    best = max(asked.likeness(said.start, said.end, sentence) for sentence in own)
    other = _in_its_place(asked, said, more_alike_than=best + _MARGIN)
    if other is None:
        return None
    held, day = other
    place = held.text.sentence_at(day.start)
    has_all = all(asked.shared(said.start, said.end, each) <= place.stems for each in own)
    return other if has_all else None


def _bare_year(said: Day, held: Held) -> Span | None:
    """Return where a year is a bare number of the evidence, as in a table."""
    if said.year is None or said.month is not None or said.last_year is not None:
        return None
    found = held.text.numbers.get(Decimal(said.year))
    return None if found is None else Span(found.start, found.end)


def _times(asked: Asked, held: Held) -> Iterator[datetime]:
    item = held.item
    zone = ZoneInfo(asked.when.timezone)
    own = (item.published_at, item.updated_at, item.valid_from, item.observed_at)
    value = () if item.value is None else (item.value.valid_from, item.value.published_at)
    for at in (*own, *value):
        if at is not None:
            yield at.astimezone(zone)


def _in_its_place(asked: Asked, said: Day, more_alike_than: float = 0.0) -> tuple[Held, Day] | None:
    for likeness, held, sentence in asked.alike(said.start, said.end):
        if likeness <= more_alike_than:
            break
        if not asked.is_about_same(held):
            continue
        others = [day for day in sentence.days if days.same_kind(said, day)][:MOST_NEAR]
        if others:
            near = max(
                others,
                key=lambda day: asked.nearness(
                    said.start, said.end, held.text, (day.start, day.end)
                ),
            )
            return held, near
    return None


def _of_clock(asked: Asked, said: TimeOfDay) -> Finding:
    for held in asked.held:
        for other in held.text.clock_times:
            if days.clocks_agree(said, other):
                place = Span(other.start, other.end)
                return asked.matched(FactKind.DATE, said.start, said.end, held, place)
        if any(at.hour * 60 + at.minute == said.minute for at in _times(asked, held)):
            return asked.matched(FactKind.DATE, said.start, said.end, held, None)
    return asked.missing(FactKind.DATE, said.start, said.end)


def _of_relative(asked: Asked, said: Relative) -> Finding:
    words = said.text.casefold()
    for held in asked.held:
        at = held.text.text.casefold().find(words)
        if at >= 0 and len(held.text.text.casefold()) == len(held.text.text):
            place = Span(at, at + len(words))
            return asked.matched(FactKind.DATE, said.start, said.end, held, place)
        for day in held.text.days:
            if (instant := _noon(asked, day)) is not None and days.within(said, instant):
                place = Span(day.start, day.end)
                return asked.matched(FactKind.DATE, said.start, said.end, held, place)
        if any(days.within(said, at) for at in _times(asked, held)):
            return asked.matched(FactKind.DATE, said.start, said.end, held, None)
    return asked.missing(FactKind.DATE, said.start, said.end)


def _noon(asked: Asked, day: Day) -> datetime | None:
    if day.month is None or day.day is None:
        return None
    year = day.year or asked.when.now.year
    try:
        return datetime(year, day.month, day.day, 12, tzinfo=ZoneInfo(asked.when.timezone))
    except ValueError:
        return None
