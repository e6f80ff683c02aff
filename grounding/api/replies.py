"""What the service answers."""

from datetime import datetime
from typing import Any

from connectors.secrets import shown
from grounding.api.interpreted import Interpretation
from grounding.api.judged import Explanation, Scores, Sufficiency
from grounding.api.wire import ExactNumber, Json, Reply
from grounding.query.recency import half_life_seconds
from grounding.query.records import Candidate, ValueAt
from grounding.query.records import Evidence as EvidenceRecord
from grounding.query.records import Freshness as FreshnessRecord
from grounding.query.statement import change, change_percent
from indexer.reading import Outcome
from indexer.records import SourceRecord, Subscription


class Freshness(Reply):
    name: str
    status: str
    age_seconds: float | None
    last_success_at: datetime | None
    next_read_at: datetime | None
    warn_after_seconds: float | None
    error_after_seconds: float | None


class PreviousValue(Reply):
    value: ExactNumber
    valid_from: datetime


class ObservedValue(Reply):
    series: str
    title: str
    value: ExactNumber
    unit: str | None
    currency: str | None
    cadence: str | None
    zone: str | None
    venue: str | None
    valid_from: datetime
    valid_until: datetime | None
    published_at: datetime | None
    observed_at: datetime
    previous: PreviousValue | None
    change: ExactNumber | None
    change_percent: ExactNumber | None

    @classmethod
    def of(cls, value: ValueAt) -> "ObservedValue":
        names = cls.model_fields.keys() - {"change", "change_percent"}
        return cls.model_validate(
            {name: getattr(value, name) for name in names}
            | {"change": change(value), "change_percent": change_percent(value)}
        )


class Elsewhere(Reply):
    id: str
    document_id: str
    source: str
    title: str
    url: str | None
    published_at: datetime | None
    observed_at: datetime


class Highlight(Reply):
    """The sentence of a text that comes nearest to the question; offsets in code points."""

    start: int
    end: int
    text: str


class ScreeningFlag(Reply):
    """What screening says against a passage; what is quarantined is in no prompt."""

    rule: str
    action: str
    label: str
    reason: str
    score: float | None


class Evidence(Reply):
    id: str
    document_id: str
    version: int
    kind: str
    title: str
    url: str | None
    text: str
    section: str
    start: int
    end: int
    passages: list[int]
    highlight: Highlight | None
    source: str
    collection: str
    published_at: datetime | None
    updated_at: datetime | None
    valid_from: datetime
    valid_until: datetime | None
    observed_at: datetime
    checked_at: datetime
    superseded_at: datetime | None
    state: str
    time_flags: list[str]
    age_seconds: float | None
    score: float
    scores: Scores
    digest: str
    metadata: Json
    corroborated_by: list[str]
    also_in: list[Elsewhere]
    flags: list[ScreeningFlag]
    observation: ObservedValue | None

    @classmethod
    def of(cls, candidate: Candidate, *, as_of: datetime) -> "Evidence":
        return cls.model_validate(evidence_fields(candidate, as_of=as_of))


class CitedEvidence(Evidence):
    cite: str


class SearchOut(Reply):
    server_time: datetime
    as_of: datetime
    known_at: datetime
    seq: int
    query: str
    interpretation: Interpretation | None
    results: list[Evidence]
    sources: list[Freshness]
    warnings: list[str]
    sufficiency: Sufficiency
    explanation: Explanation | None


class AugmentOut(Reply):
    """A prompt: in `plain` the text alone; `system` is of `anthropic`, `documents` of `cohere`."""

    server_time: datetime
    as_of: datetime
    known_at: datetime
    seq: int
    dialect: str
    messages: list[dict[str, Any]]
    text: str
    system: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    evidence: list[CitedEvidence]
    receipt_id: str
    token_count: int
    tokenizer: str
    interpretation: Interpretation | None
    sources: list[Freshness]
    warnings: list[str]
    sufficiency: Sufficiency
    explanation: Explanation | None


class Failure(Reply):
    key: str | None
    reason: str


class Pushed(Reply):
    seq: int
    source: str
    new: int
    changed: int
    unchanged: int
    removed: int
    observations_new: int
    observations_changed: int
    failures: list[Failure]

    @classmethod
    def of(cls, outcome: Outcome, source: str) -> "Pushed":
        counts = outcome.counts
        return cls(
            seq=outcome.seq,
            source=source,
            new=counts.new,
            changed=counts.changed,
            unchanged=counts.unchanged,
            removed=counts.removed,
            observations_new=counts.observations_new,
            observations_changed=counts.observations_changed,
            failures=[Failure(key=key, reason=reason) for key, reason in outcome.failures],
        )


class Hub(Reply):
    """How far a subscription to a source's changes has come; what is secret of it is left out."""

    url: str
    topic: str
    state: str
    lease_until: datetime | None
    delivered_at: datetime | None
    last_error: str | None

    @classmethod
    def of(cls, subscription: Subscription, now: datetime) -> "Hub":
        return cls(
            url=subscription.hub,
            topic=subscription.topic,
            state=subscription.state(now).value,
            lease_until=subscription.lease_until,
            delivered_at=subscription.delivered_at,
            last_error=subscription.last_error,
        )


class Source(Reply):
    name: str
    kind: str
    semantics: str
    origin: str
    options: Json
    collection: str
    schedule: str | None
    jitter_seconds: float
    ttl_seconds: float | None
    half_life_seconds: float | None
    enabled: bool
    freshness: Freshness
    failures_in_row: int
    failing_since: datetime | None
    last_error: str | None
    remedy: str | None
    resume_at: datetime | None
    interval_seconds: float | None
    last_attempt_at: datetime | None
    last_changed_at: datetime | None
    documents: int
    observations: int
    dead_letters: int
    hub: Hub | None

    @classmethod
    def of(
        cls,
        source: SourceRecord,
        *,
        fresh: FreshnessRecord,
        documents: int,
        observations: int,
        dead_letters: int,
        hub: Hub | None,
    ) -> "Source":
        return cls(
            name=source.name,
            kind=source.kind,
            semantics=source.semantics.value,
            origin=source.origin,
            options=shown(source.options),
            collection=source.collection,
            schedule=source.schedule,
            jitter_seconds=source.jitter_seconds,
            ttl_seconds=source.ttl_seconds,
            half_life_seconds=half_life_seconds(source),
            enabled=source.is_enabled,
            freshness=Freshness.model_validate(fresh),
            failures_in_row=source.failures_in_row,
            failing_since=source.failing_since,
            last_error=source.last_error,
            remedy=source.remedy and source.remedy.value,
            resume_at=source.resume_at,
            interval_seconds=source.interval_seconds,
            last_attempt_at=source.last_attempt_at,
            last_changed_at=source.last_changed_at,
            documents=documents,
            observations=observations,
            dead_letters=dead_letters,
            hub=hub,
        )


class Sources(Reply):
    sources: list[Source]


class SourceRemoved(Reply):
    name: str
    seq: int


class Health(Reply):
    status: str


class Readiness(Reply):
    status: str
    checks: dict[str, str]
    seq: int
    applied_seq: int
    index_rows: int
    device: str
    embedder: str


_AS_THEY_ARE = tuple(
    Evidence.model_fields.keys() - {"age_seconds", "score", "scores", "observation", "highlight"}
)


def evidence_fields(candidate: Candidate, *, as_of: datetime) -> dict[str, Any]:
    """Return the wire fields of a candidate's evidence."""
    cited, scores = candidate.evidence, candidate.scores
    dated = cited.dated_at
    return {name: getattr(cited, name) for name in _AS_THEY_ARE} | {
        "kind": cited.kind.value,
        "state": cited.state.value,
        "time_flags": list(cited.time_flags),
        "passages": list(cited.passages or (cited.ordinal,)),
        "highlight": _highlight(cited),
        "metadata": dict(cited.metadata),
        "corroborated_by": list(cited.corroborated_by),
        "flags": [ScreeningFlag.model_validate(each) for each in cited.flags],
        "also_in": [Elsewhere.model_validate(each) for each in cited.also_in],
        "age_seconds": None if dated is None else (as_of - dated).total_seconds(),
        "score": scores.total,
        "scores": Scores.model_validate(scores),
        "observation": cited.observation and ObservedValue.of(cited.observation),
    }


def _highlight(cited: EvidenceRecord) -> Highlight | None:
    if cited.highlight is None:
        return None
    start, end = cited.highlight
    return Highlight(start=start, end=end, text=cited.text[start:end])
