"""Order candidates by relevance plus recency."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from grounding.query.recency import RecencyPolicy, recency
from grounding.query.records import Candidate
from grounding.query.succession import succeeded


def rank(
    candidates: Iterable[Candidate], *, as_of: datetime, policy: RecencyPolicy
) -> list[Candidate]:
    """Add each candidate's recency and sort best first; ties go to the lower chunk.

    Of items of one title the newest stands in the place of the best; see `succession`.
    """
    scored = [_with_recency(candidate, as_of, policy) for candidate in candidates]
    ranked = sorted(scored, key=lambda candidate: (-candidate.scores.total, candidate.chunk))
    return succeeded(ranked, ageing=policy.half_lives)


def _with_recency(candidate: Candidate, as_of: datetime, policy: RecencyPolicy) -> Candidate:
    term = recency(candidate.evidence, as_of=as_of, policy=policy)
    return replace(candidate, scores=replace(candidate.scores, recency=term))
