"""What the service answers to a question. None for a time means that it is not known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from connectors.records import JsonValue


@dataclass(frozen=True, slots=True)
class Freshness:
    """How a source stands against its promise; status is pass, warn, error or unknown."""

    name: str
    status: str
    age_seconds: float | None = None
    last_success_at: datetime | None = None
    next_read_at: datetime | None = None
    warn_after_seconds: float | None = None
    error_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """Why an item ranks where it does."""

    dense: float | None = None
    lexical: float | None = None
    fused: float | None = None
    neighbours: float | None = None
    recency: float | None = None
    asked_time: float | None = None
    succession: float | None = None
    named: float | None = None
    reranked: float | None = None


@dataclass(frozen=True, slots=True)
class PreviousValue:
    value: Decimal
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class ObservedValue:
    """The value of a series that was valid at the `as_of` of the answer."""

    series: str
    title: str
    value: Decimal
    valid_from: datetime
    observed_at: datetime
    unit: str | None = None
    currency: str | None = None
    cadence: str | None = None
    zone: str | None = None
    venue: str | None = None
    valid_until: datetime | None = None
    published_at: datetime | None = None
    previous: PreviousValue | None = None
    change: Decimal | None = None
    change_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another passage that says what an item says, and that was not listed for that reason."""

    id: str
    document_id: str
    source: str
    title: str = ""
    url: str | None = None
    published_at: datetime | None = None
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScreeningFlag:
    """What screening says against an item.

    rule: "injection", "topics", "words" or "classifier".
    action: "flag", or "quarantine" for what is in no prompt.
    """

    rule: str
    action: str
    label: str
    reason: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Highlight:
    """A sentence of an item's text: `text[start:end]`, in code points."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One item found: what it says, where it stands, and when it holds.

    kind: "document" or "series".
    state: "current", or with include_history "superseded", "removed" or "expired".
    time_flags: what is doubtful about the times that the source gave.
    corroborated_by, also_in: the other sources, and the passages, that say the same.
    passages: positions in the document of the passages that `text` is from, wholly or in part.
    highlight: the sentence of `text` that comes nearest to the question.
    flags: what screening says against it.
    cite: the number by which a prompt names it, as in [1]; None outside of a prompt.
    """

    id: str
    document_id: str
    version: int
    kind: str
    title: str
    text: str
    source: str
    collection: str
    valid_from: datetime
    observed_at: datetime
    score: float
    digest: str
    checked_at: datetime | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    valid_until: datetime | None = None
    age_seconds: float | None = None
    url: str | None = None
    section: str = ""
    start: int = 0
    end: int = 0
    scores: Scores = field(default_factory=Scores)
    metadata: Mapping[str, JsonValue] = field(default_factory=dict)
    observation: ObservedValue | None = None
    corroborated_by: tuple[str, ...] = ()
    also_in: tuple[Elsewhere, ...] = ()
    superseded_at: datetime | None = None
    state: str = "current"
    time_flags: tuple[str, ...] = ()
    passages: tuple[int, ...] = ()
    highlight: Highlight | None = None
    flags: tuple[ScreeningFlag, ...] = ()
    cite: str | None = None

    @property
    def is_quarantined(self) -> bool:
        """Whether it is to be in no prompt."""
        return any(flag.action == "quarantine" for flag in self.flags)


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """Whether what was found answers the question: a probability, compared with a threshold.

    reasons: what it rests on, for a person to read.
    """

    probability: float
    is_enough: bool
    threshold: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """A candidate that was looked at. reason: why it is not shown; None if it is."""

    rank: int
    id: str
    title: str
    source: str
    score: float
    is_shown: bool
    url: str | None = None
    scores: Scores = field(default_factory=Scores)
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The candidates by rank. looked_at: how many there were; of very many the best are told."""

    looked_at: int
    candidates: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class InterpretedTerm:
    """A part of the question that is looked for as it is written, such as a name or a number."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class InterpretedTime:
    """A time that the question names: the window [after, before).

    used: "filter", "preference", "as_of" or "none"; reason: why.
    """

    text: str
    used: str
    reason: str
    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What the words of the question did to its search."""

    terms: tuple[InterpretedTerm, ...] = ()
    times: tuple[InterpretedTime, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchReply:
    """Results, best first, and how the sources they come from stand.

    sufficiency: None from a service that does not judge. explanation: with `explain`.
    interpretation: None where `interpret` was false.
    """

    query: str
    results: tuple[Evidence, ...]
    server_time: datetime
    as_of: datetime
    known_at: datetime
    seq: int
    sources: tuple[Freshness, ...] = ()
    warnings: tuple[str, ...] = ()
    sufficiency: Sufficiency | None = None
    explanation: Explanation | None = None
    interpretation: Interpretation | None = None


@dataclass(frozen=True, slots=True)
class Augmented:
    """A prompt with evidence: `messages` for a chat model, and `text`, the same as one string.

    dialect: its form: "openai", "anthropic", "cohere" or "plain", which has no messages.
    system, documents: what Anthropic and Cohere take beside the messages; empty elsewhere.
    token_count: tokens of what was added to the user's turn, counted with `tokenizer`.
    sufficiency, explanation, interpretation: as in a `SearchReply`.
    """

    messages: tuple[dict[str, JsonValue], ...]
    text: str
    evidence: tuple[Evidence, ...]
    receipt_id: str
    server_time: datetime
    as_of: datetime
    known_at: datetime
    seq: int
    token_count: int
    tokenizer: str = "embedder"
    dialect: str = "openai"
    system: tuple[dict[str, JsonValue], ...] = ()
    documents: tuple[dict[str, JsonValue], ...] = ()
    sources: tuple[Freshness, ...] = ()
    warnings: tuple[str, ...] = ()
    sufficiency: Sufficiency | None = None
    explanation: Explanation | None = None
    interpretation: Interpretation | None = None
