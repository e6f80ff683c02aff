"""Order candidates by relevance plus recency."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from grounding.query.recency import RecencyPolicy, recency
from grounding.query.records import Candidate

_DEFAULT_POLICY = RecencyPolicy()


def rank(
    candidates: Iterable[Candidate], *, as_of: datetime, policy: RecencyPolicy = _DEFAULT_POLICY
) -> list[Candidate]:
    """Add each candidate's recency and sort best first; ties go to the lower chunk."""
    scored = [_with_recency(candidate, as_of, policy) for candidate in candidates]
    return sorted(scored, key=lambda candidate: (-candidate.scores.total, candidate.chunk))


def _with_recency(candidate: Candidate, as_of: datetime, policy: RecencyPolicy) -> Candidate:
    term = recency(candidate.evidence, as_of=as_of, policy=policy)
    return replace(candidate, scores=replace(candidate.scores, recency=term))
