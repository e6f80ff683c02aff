"""The query path's nouns: what is ranked, what is cited, what a prompt is made of.

    Hit ── fuse ──▶ Scores ── load ──▶ Candidate ── rank, dedupe ──▶ Candidate
                                        Candidate ── pack, render ──▶ Context ──▶ receipt

`Evidence` says what was found and when it holds; only a `Candidate` has scores.
Every instant is aware UTC. None for `published_at` or `updated_at` means that the source did not
say; it is shown as "unknown" and never replaced by the time of reading.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from connectors.records import JsonValue
from grounding.query import neutralise
from indexer.published import counting, dated

Message: TypeAlias = Mapping[str, JsonValue]
"""One chat message as OpenAI clients send it: `role`, `content` (text or parts), and the rest."""


class EvidenceKind(StrEnum):
    DOCUMENT = "document"
    SERIES = "series"


class EvidenceState(StrEnum):
    """How evidence stood at the instants of the query; all but the first is history."""

    CURRENT = "current"
    EXPIRED = "expired"
    """Its validity had ended by `as_of`."""
    SUPERSEDED = "superseded"
    """A newer version had been received by `known_at`."""
    REMOVED = "removed"
    """The source had taken it away by `known_at`."""


class DialectName(StrEnum):
    """The form of a prompt: that of OpenAI, Anthropic or Cohere, or one text."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    COHERE = "cohere"
    PLAIN = "plain"


class FreshnessStatus(StrEnum):
    """How a source stands against its promise."""

    PASS = "pass"  # noqa: S105 - a status, not a password
    WARN = "warn"
    ERROR = "error"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Freshness:
    """A source's promise and how it is kept at the time of the query."""

    name: str
    status: FreshnessStatus
    age_seconds: float | None = None
    last_success_at: datetime | None = None
    next_read_at: datetime | None = None
    warn_after_seconds: float | None = None
    error_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class PreviousValue:
    """The value that held before, for the change between the two."""

    value: Decimal
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class ValueAt:
    """The value of a series that is valid at the query's `as_of`."""

    series: str
    title: str
    value: Decimal
    valid_from: datetime
    observed_at: datetime
    unit: str | None = None
    currency: str | None = None
    valid_until: datetime | None = None
    published_at: datetime | None = None
    previous: PreviousValue | None = None
    cadence: str | None = None
    zone: str | None = None
    venue: str | None = None

    @property
    def published_or_begun_at(self) -> datetime:
        """What publication filters look at: a value that has no date of its own begins then."""
        published = counting(self.published_at, self.observed_at)
        return published or min(self.valid_from, self.observed_at)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another passage that says what a piece of evidence says, and that it stands for."""

    id: str
    document_id: str
    source: str
    title: str
    url: str | None
    published_at: datetime | None
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class ScreeningFlag:
    """What a rule of the screening says of a passage.

    rule: "injection", "topics", "words" or "classifier". action: "flag" where it may be shown,
        "quarantine" where it may be found and is in no prompt.
    label: what a prompt says of it. score: from 0 to 1, None where the rule has none.
    """

    rule: str
    action: str
    label: str
    reason: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage of a document version, or the value of a series: what an answer cites.

    text: for a document `document_text[start:end]` in code points; for a series the statement of
        its value (`statement.with_value`).
    corroborated_by: other sources that say the same, in these words or nearly so.
    also_in: the passages that this one stands for, of other sources and of its own.
    superseded_at: when it ceased to be current, as far as that was known by `known_at`.
    time_flags: what is doubtful about the times that its source gave.
    ordinal: of the passage it was found by, and is named after.
    passages: ordinals of all passages that `text` is from, wholly or in part; empty for that alone.
    highlight: the sentence of `text` that comes nearest to the question, as offsets into `text`
        in code points; None where no sentence has any of its words.
    flags: what screening says against it.
    """

    document_id: str
    version: int
    ordinal: int
    kind: EvidenceKind
    title: str
    text: str
    start: int
    end: int
    source: str
    source_kind: str
    collection: str
    valid_from: datetime
    observed_at: datetime
    checked_at: datetime
    valid_until: datetime | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    url: str | None = None
    section: str = ""
    metadata: Mapping[str, JsonValue] = field(default_factory=dict)
    observation: ValueAt | None = None
    corroborated_by: tuple[str, ...] = ()
    also_in: tuple[Elsewhere, ...] = ()
    superseded_at: datetime | None = None
    state: EvidenceState = EvidenceState.CURRENT
    time_flags: tuple[str, ...] = ()
    passages: tuple[int, ...] = ()
    highlight: tuple[int, int] | None = None
    flags: tuple[ScreeningFlag, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.document_id}@{self.version}#{self.ordinal}"

    @property
    def digest(self) -> str:
        """SHA-256 of the text, named as such."""
        return f"sha256:{hashlib.sha256(self.text.encode()).hexdigest()}"

    @property
    def dated_at(self) -> datetime | None:
        """The latest time the source itself gives to this statement; None if it gives none."""
        if self.observation is not None:
            return self.observation.valid_from
        return dated(self.published_at, self.updated_at, self.observed_at)


class Scores(NamedTuple):
    """Why a candidate ranks where it does. A tuple: hundreds are made for each question.

    dense and lexical are the legs' own raw scores, None where a leg says nothing of the chunk;
    fused is their combination. neighbours is added to it for what is near in meaning and fits the
    question better, or worse; recency; asked_time, where the question says when; succession, where
    places among items of one title were exchanged; and named, where the question calls a series by
    its name.
    reranked is the reranker's own raw score, None where it did not read the candidate;
    `rerank.reranked` then brings fused to its scale, and neighbours have no say.
    """

    dense: float | None = None
    lexical: float | None = None
    fused: float = 0.0
    neighbours: float = 0.0
    recency: float = 0.0
    asked_time: float = 0.0
    succession: float = 0.0
    named: float = 0.0
    reranked: float | None = None

    @property
    def relevance(self) -> float:
        """How well it fits the question, whatever its age."""
        return self.fused + self.neighbours

    @property
    def total(self) -> float:
        relevance = self.fused + self.neighbours
        return relevance + self.recency + self.asked_time + self.succession + self.named

    def with_times(self, recency: float, asked_time: float) -> "Scores":
        """Return these with other terms of time; `_replace` takes twice as long, for hundreds."""
        return Scores(
            self.dense,
            self.lexical,
            self.fused,
            self.neighbours,
            recency,
            asked_time,
            self.succession,
            self.named,
            self.reranked,
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A hit being ranked: the chunk, what it would be cited as, and its scores.

    signature: tells near-duplicates; None where there is none.
    letters: of the evidence's text, as `comparison.letters_of`; None where it is not known.
    """

    chunk: int
    evidence: Evidence
    scores: Scores = field(default_factory=Scores)
    signature: bytes | None = None
    letters: int | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What a rendering depends on besides the evidence and the caller's messages.

    timezone: IANA name of the zone the clock is shown in.
    nonce: random per request; marks where evidence begins and ends.
    freshness: status by source name; a source that is not in it is shown as "unknown".
    base_url: what this service is reached by from outside, for what has no URL of its own.
    datamark: whether a mark stands between the words of quoted prose, see `datamarks`.
    neutraliser: the version of `neutralise` that fields go through.
    """

    as_of: datetime
    known_at: datetime
    nonce: str
    timezone: str = "UTC"
    freshness: Mapping[str, FreshnessStatus] = field(default_factory=dict)
    base_url: str | None = None
    datamark: bool = False
    neutraliser: int = neutralise.VERSION


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A candidate that is not shown, and why."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A candidate that was looked at, and what became of it.

    rank: its place by total score among all that were looked at, from 1.
    reason: why it is not shown; None if it is.
    """

    rank: int
    candidate: Candidate
    reason: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of the candidates that were looked at, best first; of very many, of the best.

    looked_at: how many there were.
    """

    looked_at: int
    candidates: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class Packed:
    """The candidates that go into the context, in the order they are shown, and the rest.

    token_count: tokens of the clock and the evidence as they are sent in the dialect.
        The fixed instructions and the user's own words are not in it.
    """

    candidates: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]
    token_count: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """A context as a prompt: what goes into a request, and the same as one string.

    messages: none in the plain dialect, whose request is the text.
    system, documents: what Anthropic and Cohere take beside the messages.
    """

    messages: tuple[Message, ...]
    text: str
    dialect: DialectName = DialectName.OPENAI
    system: tuple[Message, ...] = ()
    documents: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """Everything one call to augment made: the prompt, and what it was made from."""

    asked: tuple[Message, ...]
    frame: Frame
    packed: Packed
    rendered: Rendered
