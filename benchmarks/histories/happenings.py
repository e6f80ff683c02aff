"""What can happen to a service, and what can be asked of it, in words of their own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum


class Habit(StrEnum):
    """How a source lists its items, and so what a missing one means."""

    LISTING = "snapshot"
    WINDOW = "append_only"
    KEYED = "keyed_latest"
    VALUES = "series"


@dataclass(frozen=True, slots=True)
class Source:
    """A place items come from. `ttl`: how long they hold that do not say so themselves."""

    name: str
    collection: str
    habit: Habit
    is_pushed: bool
    ttl: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of an item that holds for a time of its own; the item's where it says none."""

    text: str
    valid_from: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Item:
    """One item as its source has it at one time; equal items have equal content.

    stretches: what follows `text`, each for a time of its own.
    """

    key: str
    title: str
    text: str
    url: str | None = None
    author: str | None = None
    note: str | None = None
    published_at: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    stretches: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """What a source says a series is from `valid_from`."""

    series: str
    valid_from: datetime
    number: Decimal
    valid_until: datetime | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One step of a read, or one push.

    edition: counts how often the source has changed what it calls its series.
    unchanged: keys seen, but not read again.
    """

    items: tuple[Item, ...] = ()
    values: tuple[Value, ...] = ()
    edition: int = 0
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """A source is read; `fails`: it breaks off after the last batch."""

    source: str
    batches: tuple[Batch, ...]
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Push:
    source: str
    batch: Batch


@dataclass(frozen=True, slots=True)
class Added:
    """A source begins, or comes back after its removal."""

    source: Source


@dataclass(frozen=True, slots=True)
class Removed:
    source: str


@dataclass(frozen=True, slots=True)
class Passed:
    """The clock is set forward, or back."""

    step: timedelta


@dataclass(frozen=True, slots=True)
class Restarted:
    """The service stops and starts from its files."""


Happening = Read | Push | Added | Removed | Passed | Restarted


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, with which filters; None does not filter. `now` is when it is asked."""

    text: str
    now: datetime
    as_of: datetime | None = None
    known_at: datetime | None = None
    published_after: datetime | None = None
    published_before: datetime | None = None
    max_age: timedelta | None = None
    sources: frozenset[str] | None = None
    collections: frozenset[str] | None = None
    include_history: bool = False


@dataclass(frozen=True, slots=True)
class SeenItem:
    """A version, or a stretch of it, that an answer shows or has to show."""

    source: str
    key: str
    version: int
    text: str


@dataclass(frozen=True, slots=True)
class SeenValue:
    """A series in an answer: its value, the one before, and since when each holds."""

    source: str
    series: str
    edition: int
    number: Decimal
    valid_from: datetime
    previous: tuple[Decimal, datetime] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything one question finds, in no order."""

    items: frozenset[SeenItem]
    values: frozenset[SeenValue]
