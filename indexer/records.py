"""The indexer's nouns: what is stored, what changes, what an index answers.

Every instant is aware UTC. A version is seen by a query at (`as_of`, `known_at`) when
`observed_at <= known_at < superseded_at`, `valid_from <= as_of < valid_until`, and it was not
published later than `as_of`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from connectors.errors import Remedy
from connectors.records import JsonValue, Semantics, Series
from indexer.hits import Dates, Hits, Vectors

PUSH = "push"
"""The kind of sources that are written to instead of being read."""


class ChangeKind(StrEnum):
    """What one entry of the change log says happened."""

    ADDED = "added"
    """A document version became current; its chunks are to be indexed."""
    RETIRED = "retired"
    """A document version was superseded or removed; its chunks now end at `at`."""
    OBSERVED = "observed"
    """A series received new or revised observations; index views have nothing to do."""
    REEMBEDDED = "reembedded"
    """Vectors by another embedder became the active ones; views start over."""
    ERASED = "erased"
    """A document was erased with all its versions; views start over without it."""


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of the change log. `seq` order is commit order and `at` never decreases along it;
    entries of one transaction share one `at`, the next transaction's is strictly later.
    """

    seq: int
    kind: ChangeKind
    at: datetime
    document_row: int | None = None


@dataclass(frozen=True, slots=True)
class IndexedChunk:
    """A chunk as index views need it: identity, the text, the vector, and its times.

    vector: [d] float16 bytes in native order, L2-normalised before rounding.
    series: the row of the series whose card this is; names: what that series is called.
    """

    chunk: int
    document_row: int
    source: int
    title: str
    text: str
    section: str
    vector: bytes
    published_at: datetime | None
    valid_from: datetime
    valid_until: datetime | None
    observed_at: datetime
    superseded_at: datetime | None
    series: int | None = None
    updated_at: datetime | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownEmbedder:
    """What the database knows an embedder by: its name, as `embed.load` takes it, and identity."""

    name: str
    identity: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Which chunks a search may return: two instants, and filters that narrow.

    Nothing published after as_of is returned. The publication time that counts is that of
    `published.counting`. published_after is inclusive, published_before exclusive; a chunk whose
    publication time is unknown passes neither. The card of a series passes both: it has no time,
    its values have. include_history admits what was superseded by known_at or had expired by
    as_of. sources None means every source; an empty set means none.
    """

    as_of: datetime
    known_at: datetime
    published_after: datetime | None = None
    published_before: datetime | None = None
    sources: frozenset[int] | None = None
    include_history: bool = False


@dataclass(frozen=True, slots=True)
class Legs:
    """Both legs' hits for one query, best first, and the `seq` they were taken at.

    named: cards of series that the query calls by name; the score is the number of words.
    also_dense, also_lexical: what a leg says of chunks that only others found.
    vectors: of every chunk in a leg, with the precision of float16.
    dates: of every chunk in a leg.
    """

    dense: Hits
    lexical: Hits
    seq: int
    named: Hits = field(default_factory=Hits)
    also_dense: Hits = field(default_factory=Hits)
    also_lexical: Hits = field(default_factory=Hits)
    vectors: Vectors = field(default_factory=Vectors, compare=False)
    dates: Dates = field(default_factory=Dates, compare=False)


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """What deciding needs to know of a key's newest stored version."""

    row: int
    key: str
    uid: str
    version: int
    content_hash: str
    is_current: bool
    absent_reads: int
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredSeries:
    """A series and its row."""

    row: int
    series: Series


@dataclass(frozen=True, slots=True)
class StoredObservation:
    """A current observation, as far as deciding needs it."""

    row: int
    value: Decimal
    valid_until: datetime | None
    published_at: datetime | None


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    POSTPONED = "postponed"
    """Nobody asked the source: its host is at rest, or busy with other sources of ours."""


class Trigger(StrEnum):
    SCHEDULE = "schedule"
    MANUAL = "manual"
    PUSH = "push"
    HUB = "hub"


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A configured place we read, and how reading it stands.

    half_life_seconds: infinite where its items never age, None where its kind decides.
    """

    id: int
    name: str
    kind: str
    semantics: Semantics
    options: Mapping[str, JsonValue]
    collection: str
    origin: str
    schedule: str | None
    jitter_seconds: float
    warn_after_seconds: float | None
    error_after_seconds: float | None
    is_enabled: bool
    cursor: Mapping[str, JsonValue]
    last_attempt_at: datetime | None
    last_success_at: datetime | None
    last_changed_at: datetime | None
    next_read_at: datetime | None
    resume_at: datetime | None
    failures_in_row: int
    last_error: str | None
    removed_at: datetime | None = None
    created_at: datetime | None = None
    ttl_seconds: float | None = None
    half_life_seconds: float | None = None
    listed_at: datetime | None = None
    was_listing_whole: bool | None = None
    confirmed_at: datetime | None = None
    failing_since: datetime | None = None
    remedy: Remedy | None = None
    interval_seconds: float | None = None

    @property
    def next_planned_at(self) -> datetime | None:
        """When it is read next: when it is due, though not before it may be read again."""
        if self.next_read_at is None or self.resume_at is None:
            return self.next_read_at
        return max(self.next_read_at, self.resume_at)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run, or one batch of it, did."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    observations_new: int = 0
    observations_changed: int = 0
    failed_items: int = 0
    bytes_read: int = 0

    @property
    def has_changes(self) -> bool:
        documents = self.new + self.changed + self.removed
        return bool(documents + self.observations_new + self.observations_changed)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.removed + other.removed,
            self.observations_new + other.observations_new,
            self.observations_changed + other.observations_changed,
            self.failed_items + other.failed_items,
            self.bytes_read + other.bytes_read,
        )


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One reading of one source, from queue to end."""

    id: int
    source: str
    trigger: Trigger
    status: RunStatus
    slot: str
    queued_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    counts: Counts = field(default_factory=Counts)
    error: str | None = None
    failures: tuple[tuple[str | None, str], ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An item that could not be read; `key` is what the source calls it, or begins with "? "."""

    source: str
    key: str
    reason: str
    first_failed_at: datetime
    last_failed_at: datetime
    times: int


class SubscriptionState(StrEnum):
    OFFERED = "offered"
    """The source names a hub; nobody asked it yet."""
    ASKED = "asked"
    """The hub was asked, and has not confirmed it or no longer does."""
    ACTIVE = "active"
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a source offers at a WebSub hub, and how far we came with it; see `SubscriptionRow`.

    is_wanted: its source is enabled, and read on a schedule.
    """

    source_id: int
    source: str
    is_wanted: bool
    hub: str
    topic: str
    callback: str = field(repr=False)
    secret: str = field(repr=False)
    ask_at: datetime
    asked_at: datetime | None
    asked_under: str | None
    attempts: int
    lease_until: datetime | None
    is_ending: bool
    delivered_at: datetime | None
    last_error: str | None

    def state(self, now: datetime) -> SubscriptionState:
        if self.is_ending:
            return SubscriptionState.ENDING
        if self.lease_until is not None and self.lease_until > now:
            return SubscriptionState.ACTIVE
        return SubscriptionState.OFFERED if self.asked_at is None else SubscriptionState.ASKED


@dataclass(frozen=True, slots=True)
class ErasureRecord:
    """That a document was erased, and how much of it there was; nothing of what it said.

    completed_at: when no byte of it was left in database files, index and snapshots.
    """

    document_id: str
    source: str
    requested_at: datetime
    completed_at: datetime | None
    seq: int
    versions: int
    chunks: int
    receipts: int
