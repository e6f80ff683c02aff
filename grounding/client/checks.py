"""What a check of an answer says. Offsets are code points, the end exclusive."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CheckedChunk:
    """A piece of evidence that an answer was held against."""

    cite: str
    id: str
    source: str | None
    kind: str
    title: str | None
    chunk_text: str | None
    published_at: datetime | None
    updated_at: datetime | None
    valid_from: datetime | None
    valid_until: datetime | None
    observed_at: datetime | None
    value: str | None
    state: str
    freshness: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a number, date, name or quotation of a claim.

    match: "matched", "missing" or "differs"; then `says` is what the evidence says instead.
    """

    kind: str
    match: str
    start_pos: int
    end_pos: int
    text: str
    cite: str | None
    chunk_start_pos: int | None
    chunk_end_pos: int | None
    says: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class AlignedText:
    """A stretch of evidence that bears on a claim."""

    cite: str
    chunk_start_pos: int
    chunk_end_pos: int
    score: float


@dataclass(frozen=True, slots=True)
class Support:
    """How far evidence bears a claim out, and what was weighed for that."""

    supported: float
    contradicted: float
    related: float
    judged_by: str
    features: Mapping[str, float]
    aligned: tuple[AlignedText, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a piece of evidence stands at the check; newer: what stands in its place."""

    cite: str
    status: str
    at: datetime
    since: datetime | None
    reason: str
    newer: CheckedChunk | None


@dataclass(frozen=True, slots=True)
class EvidenceConflict:
    """Two pieces of evidence that contradict each other, the later one second."""

    cites: tuple[str, ...]
    at: tuple[datetime | None, ...]
    says: tuple[str, ...]
    agrees: str
    reason: str


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A claim of an answer; outcome: None where it states nothing.

    still_true: whether it follows from what holds at the check; None where that is not known.
    """

    start_pos: int
    end_pos: int
    claim_text: str
    citations: tuple[str, ...]
    citation_indices: tuple[int, ...]
    grounding_check_required: bool
    outcome: str | None
    score: float | None
    reasons: tuple[str, ...]
    still_true: bool | None
    findings: tuple[Finding, ...]
    support: Support | None
    standings: tuple[Standing, ...]
    conflicts: tuple[EvidenceConflict, ...]


@dataclass(frozen=True, slots=True)
class OutwardFlag:
    """Something in an answer that leads outward: a link, an image, a tool call."""

    kind: str
    start_pos: int
    end_pos: int
    call: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What is said of an answer.

    outcome: "supported", "partly", "unsupported", "contradicted", "stale", "conflict" or
        "insufficient".
    """

    outcome: str
    support_score: float | None
    answered_at: datetime
    checked_at: datetime
    newest_at: datetime | None
    reasons: tuple[str, ...]
    cited_chunks: tuple[CheckedChunk, ...]
    claims: tuple[CheckedClaim, ...]
    flags: tuple[OutwardFlag, ...]
    receipt_id: str | None
    answer_id: str | None


def facts_of(facts: Iterable[str | Mapping[str, object]] | None) -> list[object] | None:
    """Return facts as the service takes them; a text alone is a fact."""
    if facts is None:
        return None
    return [{"fact_text": each} if isinstance(each, str) else dict(each) for each in facts]
