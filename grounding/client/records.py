"""What the service answers. Every time is an aware datetime; None means that it is not known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from connectors.records import JsonValue
from grounding.client.answers import (
    Augmented,
    Elsewhere,
    Evidence,
    Explained,
    Explanation,
    Freshness,
    Highlight,
    Interpretation,
    InterpretedTerm,
    InterpretedTime,
    ObservedValue,
    PreviousValue,
    Scores,
    ScreeningFlag,
    SearchReply,
    Sufficiency,
)

__all__ = [
    "Augmented",
    "DeadLetter",
    "Dismissed",
    "DocumentVersion",
    "Elsewhere",
    "Erasure",
    "Evidence",
    "Explained",
    "Explanation",
    "Failure",
    "FieldChange",
    "Freshness",
    "Health",
    "Highlight",
    "Hub",
    "Interpretation",
    "InterpretedTerm",
    "InterpretedTime",
    "Observation",
    "Observations",
    "ObservedValue",
    "PreviousValue",
    "Pushed",
    "Readiness",
    "Removed",
    "Run",
    "Scores",
    "ScreeningFlag",
    "SearchReply",
    "Series",
    "Source",
    "SourceRemoved",
    "Sufficiency",
]


@dataclass(frozen=True, slots=True)
class Failure:
    """One item that could not be taken or read; key is None if even that is not known."""

    key: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did. A search with `min_seq=seq` sees it."""

    seq: int
    source: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    observations_new: int = 0
    observations_changed: int = 0
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that differs from the version before; None where it was or is not there."""

    field: str
    before: object = None
    after: object = None


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """A document as it was from `observed_at` until `superseded_at` (None: still is).

    changes, diff: how it differs from the version before, where that was asked for.
    flags: what screening says against its words, where one document was asked for.
    """

    document_id: str
    version: int
    source: str
    observed_at: datetime
    text: str
    title: str = ""
    key: str | None = None
    collection: str | None = None
    media_type: str | None = None
    url: str | None = None
    author: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    superseded_at: datetime | None = None
    checked_at: datetime | None = None
    metadata: Mapping[str, JsonValue] = field(default_factory=dict)
    state: str = "current"
    time_flags: tuple[str, ...] = ()
    changes: tuple[FieldChange, ...] = ()
    diff: str | None = None
    flags: tuple[ScreeningFlag, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """A document that was taken away; a search with `min_seq=seq` no longer finds it."""

    document_id: str
    seq: int
    was_current: bool


@dataclass(frozen=True, slots=True)
class Erasure:
    """That a document was erased; completed_at is None while traces may be left in files."""

    document_id: str
    source: str
    requested_at: datetime
    seq: int
    versions: int
    chunks: int
    receipts: int
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A named quantity, and the value that held at the instants asked for."""

    source: str
    key: str
    title: str
    unit: str | None = None
    currency: str | None = None
    cadence: str | None = None
    zone: str | None = None
    venue: str | None = None
    description: str = ""
    url: str | None = None
    aliases: tuple[str, ...] = ()
    value: ObservedValue | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One version of one value of a series."""

    value: Decimal
    valid_from: datetime
    observed_at: datetime
    valid_until: datetime | None = None
    published_at: datetime | None = None
    superseded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Observations:
    """Values of one series, the newest first."""

    source: str
    series: str
    title: str
    observations: tuple[Observation, ...]
    unit: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Hub:
    """Where a source offers to push its changes; state is offered, asked, active or ending."""

    url: str
    topic: str
    state: str
    lease_until: datetime | None = None
    delivered_at: datetime | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A configured place that the service reads.

    remedy: what to do about `last_error`: wait, fix, or give up. resume_at: it is not read before
    that, unless somebody asks. interval_seconds: how often it is read at present, where its
    schedule leaves that open. half_life_seconds: after how long its items count half as new; None
    where they are timeless. dead_letters: how many of its items could not be read.
    """

    name: str
    kind: str
    collection: str = "default"
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    schedule: str | None = None
    jitter_seconds: float = 0.0
    ttl_seconds: float | None = None
    half_life_seconds: float | None = None
    enabled: bool = True
    semantics: str | None = None
    origin: str | None = None
    freshness: Freshness | None = None
    failures_in_row: int = 0
    failing_since: datetime | None = None
    last_error: str | None = None
    remedy: str | None = None
    resume_at: datetime | None = None
    interval_seconds: float | None = None
    last_attempt_at: datetime | None = None
    last_changed_at: datetime | None = None
    documents: int | None = None
    observations: int | None = None
    dead_letters: int = 0
    hub: Hub | None = None


@dataclass(frozen=True, slots=True)
class SourceRemoved:
    """A source that is read no more; a search with `min_seq=seq` no longer finds what it said."""

    name: str
    seq: int


@dataclass(frozen=True, slots=True)
class Run:
    """One reading; status is queued, running, ok, failed, postponed or interrupted."""

    id: int
    source: str
    status: str
    trigger: str | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    duration_seconds: float | None = None
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    observations_new: int = 0
    observations_changed: int = 0
    failed_items: int = 0
    bytes_read: int = 0
    error: str | None = None
    failures: tuple[Failure, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An item that could not be read; a key that begins with "? " stands for an unknown one."""

    source: str
    key: str
    reason: str
    first_failed_at: datetime
    last_failed_at: datetime
    times: int = 1


@dataclass(frozen=True, slots=True)
class Dismissed:
    """How many dead letters were forgotten."""

    dismissed: int


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the service runs."""

    status: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the service can answer, and which of its parts cannot.

    seq is the last change stored, applied_seq the last one that a search sees.
    """

    is_ready: bool
    status: str
    checks: Mapping[str, JsonValue] = field(default_factory=dict)
    seq: int | None = None
    applied_seq: int | None = None
    index_rows: int | None = None
    device: str | None = None
    embedder: str | None = None
