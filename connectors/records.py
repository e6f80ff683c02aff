"""What connectors produce: batches of documents and observations, and where they left off.

Every instant is aware UTC. `None` for a time means the source did not say: it is never
replaced by the time of reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
Cursor: TypeAlias = Mapping[str, JsonValue]
"""Where a source was left: small, JSON, meaningful only to the connector that wrote it."""


class Semantics(StrEnum):
    """What the absence of an item from a read means."""

    APPEND_ONLY = "append_only"
    """Items appear and roll off a window; absence never removes."""
    SNAPSHOT = "snapshot"
    """Each complete read lists everything; absence from two in a row removes."""
    KEYED_LATEST = "keyed_latest"
    """Each key has one current version; only an explicit removal removes."""
    SERIES = "series"
    """Values over time; a value is revised, never removed."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a document's text that holds for a time of its own: one forecast period.

    `start` and `end` count code points of the text, `end` excluded. Where a time is
    None that of the document holds.
    """

    start: int
    end: int
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One item as the source has it now. `key` is its identity within the source.

    `text` is plain text in which a line starting with one to six `#` is a heading and a blank
    line ends a paragraph; connectors convert other formats to it.

    time_flags: what is doubtful about the times the source gave, in the words `field: reason`:
        `published_at: names no zone, read as UTC`.
    spans: stretches of the text with a validity of their own; in order, never overlapping.
    volatile: names in `metadata` that count as no change, such as a number of views: they are
        stored with the next version that differs in anything else.
    """

    key: str
    text: str
    title: str = ""
    url: str | None = None
    author: str | None = None
    language: str | None = None
    media_type: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    metadata: Mapping[str, JsonValue] = field(default_factory=dict)
    time_flags: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    volatile: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """A named quantity that has values over time, as its source describes it.

    `cadence` is the source's own word ("daily"); `zone` an IANA name; `venue` the market,
    station or place where it is measured.
    """

    key: str
    title: str
    unit: str | None = None
    currency: str | None = None
    cadence: str | None = None
    zone: str | None = None
    description: str = ""
    url: str | None = None
    aliases: tuple[str, ...] = ()
    metadata: Mapping[str, JsonValue] = field(default_factory=dict)
    venue: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """The value of series `series` that holds from `valid_from`.

    `valid_until` None means until the next value. Identity is (`series`, `valid_from`):
    another value for the same pair revises it.
    """

    series: str
    valid_from: datetime
    value: Decimal
    valid_until: datetime | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """One item that could not be read. `key` is None when not even its identity is known."""

    key: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Hub:
    """A WebSub hub, and the topic to subscribe to there (W3C Recommendation, 2018)."""

    url: str
    topic: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step of a read returns; stored together with `cursor` or not at all.

    unchanged: keys seen in this read and known not to have changed, so not read again.
    is_complete: with this batch the whole listing has been seen (`snapshot` only); never set
        it after a partial or failed listing.
    is_unmodified: the source said that nothing at all changed since `cursor`.
    bytes_read: bytes received for this batch, before decompression where known.
    remarks: what an operator should know and that stops nothing: a field that is gone, a page
        that changes on every read.
    rest_seconds: how long the source asks not to be read again; of several batches the longest.
    hub: where the source offers to push its changes (WebSub), if it does.
    """

    cursor: Cursor
    documents: tuple[Document, ...] = ()
    series: tuple[Series, ...] = ()
    observations: tuple[Observation, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    is_complete: bool = False
    is_unmodified: bool = False
    bytes_read: int = 0
    remarks: tuple[str, ...] = ()
    rest_seconds: float | None = None
    hub: Hub | None = None
