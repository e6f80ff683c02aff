"""Tell what became of every candidate that was looked at, in the order of their scores."""

from collections.abc import Sequence

from grounding.query.records import Candidate, Explained, Explanation, LeftOut

MOST_EXPLAINED = 400
"""A bound for a search that had to look deep; what is shown is always among them."""


def explained(shown: Sequence[Candidate], left_out: Sequence[LeftOut]) -> Explanation:
    """Rank what is shown and what is not by total score; of equals what is shown goes first."""
    told = [
        *((candidate, None) for candidate in shown),
        *((each.candidate, each.reason) for each in left_out),
    ]
    told.sort(key=lambda each: -each[0].scores.total)
    ranked = [Explained(rank, *each) for rank, each in enumerate(told, start=1)]
    spare = MOST_EXPLAINED - len(shown)
    told_of = [each for each in ranked if each.reason is not None][: max(0, spare)]
    kept = {each.rank for each in told_of}
    return Explanation(
        looked_at=len(ranked),
        candidates=tuple(each for each in ranked if each.reason is None or each.rank in kept),
    )
