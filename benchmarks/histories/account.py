"""What a service has to have stored after a list of happenings, kept by hand.

Versions are never dropped, only given an end. When each change was stored is told from outside
(`Stamps`): one stamp for each change that the contract demands, and none may be left over.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple

from benchmarks.histories.fakes import START
from benchmarks.histories.happenings import (
    Added,
    Batch,
    Habit,
    Happening,
    Item,
    Passed,
    Push,
    Read,
    Removed,
    Source,
    Value,
)

UNSET_CLOCK = date(1970, 1, 1)
"""Whoever publishes on that day has a clock that was never set, and says nothing by it."""


class Differs(Exception):
    """The service stored something else than the contract demands."""


class Change(NamedTuple):
    """One kind of change of one subject: an item begins or ends, a card does, values come in."""

    kind: str
    source: str
    key: str


class Stamps:
    """When each change of one happening was stored; a subject's changes in their order."""

    def __init__(self, stamps: list[tuple[Change, datetime]]) -> None:
        self._left: dict[Change, deque[datetime]] = defaultdict(deque)
        for change, at in stamps:
            self._left[change].append(at)

    def take(self, change: Change) -> datetime:
        if not self._left[change]:
            raise Differs(f"not stored: {change}")
        return self._left[change].popleft()

    def require_none_left(self) -> None:
        left = [change for change, instants in self._left.items() if instants]
        if left:
            raise Differs(f"stored without a reason: {left}")


@dataclass(slots=True)
class Version:
    """One version of an item, and from when to when it was the current one."""

    source: str
    number: int
    item: Item
    observed_at: datetime
    superseded_at: datetime | None = None


@dataclass(slots=True)
class Card:
    """A series under the name it had from when to when."""

    source: str
    series: str
    edition: int
    observed_at: datetime
    superseded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A value, with the end that its source's ttl gives it, and when it came in."""

    source: str
    value: Value
    observed_at: datetime


@dataclass(slots=True)
class Account:
    """Everything that was ever stored, and which items are missing from how many listings."""

    clock: datetime = START
    sources: dict[str, Source] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    values: list[Received] = field(default_factory=list)
    missing: dict[tuple[str, str], int] = field(default_factory=dict)

    def take(self, happening: Happening, stamps: Stamps) -> None:
        """Write down what this happening changed.

        Raises:
            Differs: the stamps are not those of the changes that it must cause.
        """
        match happening:
            case Read():
                self._read(happening, stamps)
            case Push(source, batch):
                self._store(source, batch, stamps)
            case Added(source):
                self.sources[source.name] = source
            case Removed(source):
                self._remove_source(source, stamps)
            case Passed(step):
                self.clock += step
        stamps.require_none_left()

    def current(self, source: str) -> dict[str, Version]:
        return {
            version.item.key: version
            for version in self.versions
            if version.source == source and version.superseded_at is None
        }

    def newest_value(self, source: str, series: str, valid_from: datetime) -> Value | None:
        """Return what was last received for this pair."""
        pair = (source, series, valid_from)
        same = [
            one.value
            for one in self.values
            if (one.source, one.value.series, one.value.valid_from) == pair
        ]
        return same[-1] if same else None

    def _read(self, read: Read, stamps: Stamps) -> None:
        seen: set[str] = set()
        for batch in read.batches:
            listed = {item.key for item in batch.items} | set(batch.unchanged)
            seen |= listed
            is_listing = self.sources[read.source].habit is Habit.LISTING
            for key in listed:
                self.missing.pop((read.source, key), None)
            if is_listing and batch.is_complete and seen:
                self._miss(read.source, seen, stamps)
            self._store(read.source, batch, stamps)

    def _miss(self, source: str, seen: set[str], stamps: Stamps) -> None:
        """Count what a complete listing lacks; the second time in a row it is gone."""
        for key, version in self.current(source).items():
            if key in seen:
                continue
            count = self.missing.get((source, key), 0) + 1
            self.missing[source, key] = count
            if count == 2:
                self._end(version, stamps)

    def _store(self, source: str, batch: Batch, stamps: Stamps) -> None:
        current = self.current(source)
        for item in batch.items:
            known = current.get(item.key)
            if known is None or known.item != item or self._begins_anew(known):
                self._begin(source, item, known, stamps)
        for key in batch.removed:
            if key in current:
                self._end(current[key], stamps)
        self._store_values(source, batch, stamps)

    def _begins_anew(self, known: Version) -> bool:
        """Tell whether an item that tells no time, said again, holds from now on again."""
        item, ttl = known.item, self.sources[known.source].ttl
        is_dated = item.published_at is not None and item.published_at.date() != UNSET_CLOCK
        if ttl is None or is_dated or item.valid_from or item.valid_until:
            return False
        return self.clock >= known.observed_at + ttl / 2

    def _begin(self, source: str, item: Item, known: Version | None, stamps: Stamps) -> None:
        at = stamps.take(Change("added", source, item.key))
        if known is not None and self._end(known, stamps) != at:
            raise Differs(f"{item.key} was not replaced in one instant")
        versions = [v for v in self.versions if (v.source, v.item.key) == (source, item.key)]
        self.versions.append(Version(source, len(versions) + 1, item, at))

    def _end(self, version: Version, stamps: Stamps) -> datetime:
        at = stamps.take(Change("retired", version.source, version.item.key))
        version.superseded_at = at
        self.missing.pop((version.source, version.item.key), None)
        return at

    def _store_values(self, source: str, batch: Batch, stamps: Stamps) -> None:
        for series in dict.fromkeys(value.series for value in batch.values):
            self._name(source, series, batch.edition, stamps)
            told = [
                self._lasting(source, value) for value in batch.values if value.series == series
            ]
            new = [
                value
                for value in told
                if self.newest_value(source, series, value.valid_from) != value
            ]
            if new:
                at = stamps.take(Change("observed", source, series))
                self.values += [Received(source, value, at) for value in new]

    def _lasting(self, source: str, value: Value) -> Value:
        """Return the value with its end; to say what went without saying is no revision."""
        ttl = self.sources[source].ttl
        if value.valid_until is not None or ttl is None:
            return value
        return replace(value, valid_until=value.valid_from + ttl)

    def _name(self, source: str, series: str, edition: int, stamps: Stamps) -> None:
        known = [card for card in self._current_cards(source) if card.series == series]
        if any(card.edition == edition for card in known):
            return
        at = stamps.take(Change("card", source, series))
        for card in known:
            card.superseded_at = stamps.take(Change("card gone", source, series))
            if card.superseded_at != at:
                raise Differs(f"the card of {series} was not replaced in one instant")
        self.cards.append(Card(source, series, edition, at))

    def _remove_source(self, source: str, stamps: Stamps) -> None:
        for version in self.current(source).values():
            self._end(version, stamps)
        for card in self._current_cards(source):
            card.superseded_at = stamps.take(Change("card gone", source, card.series))

    def _current_cards(self, source: str) -> list[Card]:
        return [c for c in self.cards if c.source == source and c.superseded_at is None]
