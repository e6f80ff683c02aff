"""What search and augment answer besides the evidence: whether it is enough, and why it is this."""

from grounding.api.wire import Reply
from grounding.query.explain import explained
from grounding.query.question import Found
from grounding.query.records import Candidate
from grounding.query.records import Explained as ExplainedRecord


class Scores(Reply):
    dense: float | None
    lexical: float | None
    fused: float
    neighbours: float
    recency: float
    asked_time: float
    succession: float
    named: float
    reranked: float | None


class Sufficiency(Reply):
    """How likely it is that what was found answers the question, and what that rests on."""

    probability: float
    is_enough: bool
    threshold: float
    reasons: list[str]


class Explained(Reply):
    """A candidate that was looked at; `reason` says why it is not shown, null if it is."""

    rank: int
    id: str
    title: str
    source: str
    url: str | None
    score: float
    scores: Scores
    is_shown: bool
    reason: str | None

    @classmethod
    def of(cls, each: ExplainedRecord) -> "Explained":
        cited, scores = each.candidate.evidence, each.candidate.scores
        return cls(
            rank=each.rank,
            id=cited.id,
            title=cited.title,
            source=cited.source,
            url=cited.url,
            score=scores.total,
            scores=Scores.model_validate(scores),
            is_shown=each.reason is None,
            reason=each.reason,
        )


class Explanation(Reply):
    """The candidates by rank, and how many were looked at: of very many only the best are told."""

    looked_at: int
    candidates: list[Explained]


def sufficiency(found: Found) -> Sufficiency:
    return Sufficiency.model_validate(found.sufficiency)


def explanation(shown: tuple[Candidate, ...], found: Found) -> Explanation | None:
    """Return what became of all candidates; None where that was not asked for."""
    if found.left_out is None:
        return None
    told = explained(shown, found.left_out)
    return Explanation(
        looked_at=told.looked_at, candidates=[Explained.of(each) for each in told.candidates]
    )
