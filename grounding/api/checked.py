"""What is asked of a check, and what it answers."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from grounding.api.requests import ZoneName
from grounding.api.wire import DayOrInstant, Instant, JsonIn, Reply, Text, Wire
from grounding.checking.evidence import given
from grounding.checking.records import Shown, When

_UNSTORABLE = dict.fromkeys([0, *range(0xD800, 0xE000)], "\ufffd")
_MOST_CHARACTERS = 2_000_000


def _of_one_length(text: str) -> str:
    """Replace what no database holds, one for one, so that offsets stay the caller's."""
    return text.translate(_UNSTORABLE)


Answer = Annotated[str, Field(max_length=_MOST_CHARACTERS), AfterValidator(_of_one_length)]


class FactIn(Wire):
    """A piece of evidence as the caller has it; attributes: whatever he wants to tell it by."""

    fact_text: Annotated[str, Field(min_length=1), AfterValidator(_of_one_length)]
    title: Text = ""
    id: Annotated[Text, Field(min_length=1, max_length=500)] | None = None
    published_at: DayOrInstant | None = None
    valid_from: DayOrInstant | None = None
    valid_until: DayOrInstant | None = None
    attributes: JsonIn = {}

    def shown(self, number: int) -> Shown:
        return given(
            number,
            self.fact_text,
            title=self.title,
            id=self.id,
            published_at=self.published_at,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )


class GroundingSpecIn(Wire):
    """citation_threshold: the least score at which a claim is given citations."""

    citation_threshold: Annotated[float, Field(ge=0, le=1)] = 0.0


class CheckIn(Wire):
    """An answer, and what it is to be held against: facts, or what a receipt was made of.

    as_of, timezone: the clock that the answer's author was shown, with facts; a receipt has both.
    question: what it is an answer to, with facts: addresses in it lead nowhere new.
    keep: the answer and its verdict beside the receipt.
    """

    answer_candidate: Answer
    facts: Annotated[list[FactIn], Field(max_length=200)] | None = None
    receipt_id: Annotated[Text, Field(min_length=1, max_length=64)] | None = None
    grounding_spec: GroundingSpecIn = GroundingSpecIn()
    question: Text = ""
    as_of: Instant | None = None
    timezone: ZoneName = "UTC"
    keep: bool = True

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.facts is None) == (self.receipt_id is None):
            raise ValueError("give either facts or receipt_id")
        if self.receipt_id is not None and self.as_of is not None:
            raise ValueError("as_of is for facts: a receipt has its own")
        return self

    def shown(self) -> list[Shown]:
        facts = self.facts or []
        return [fact.shown(number) for number, fact in enumerate(facts, start=1)]

    def when(self) -> When | None:
        return None if self.as_of is None else When(self.as_of, self.timezone)


class ChunkOut(Reply):
    """A piece of evidence that the answer was held against; texts are null where none is kept."""

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


class FindingOut(Reply):
    """What became of a number, date, name or quotation of a claim."""

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


class AlignedOut(Reply):
    cite: str
    chunk_start_pos: int
    chunk_end_pos: int
    score: float


class SupportOut(Reply):
    supported: float
    contradicted: float
    related: float
    judged_by: str
    features: dict[str, float]
    aligned: list[AlignedOut]


class StandingOut(Reply):
    """How a piece of evidence stands at the check; `newer`: what stands in its place."""

    cite: str
    status: str
    at: datetime
    since: datetime | None
    reason: str
    newer: ChunkOut | None


class ConflictOut(Reply):
    cites: list[str]
    at: list[datetime | None]
    says: list[str]
    agrees: str
    reason: str


class ClaimOut(Reply):
    """A claim of the answer; offsets are code points, the end exclusive."""

    start_pos: int
    end_pos: int
    claim_text: str
    citations: list[str]
    citation_indices: list[int]
    grounding_check_required: bool
    outcome: str | None
    score: float | None
    reasons: list[str]
    still_true: bool | None
    findings: list[FindingOut]
    support: SupportOut | None
    standings: list[StandingOut]
    conflicts: list[ConflictOut]


class FlagOut(Reply):
    """Something in the answer that leads outward."""

    kind: str
    start_pos: int
    end_pos: int
    call: int | None
    reason: str


class CheckOut(Reply):
    """What is said of an answer. answer_id: of the kept answer; null where none is kept."""

    outcome: str
    support_score: float | None
    answered_at: datetime
    checked_at: datetime
    newest_at: datetime | None
    reasons: list[str]
    cited_chunks: list[ChunkOut]
    claims: list[ClaimOut]
    flags: list[FlagOut]
    receipt_id: str | None
    answer_id: str | None
