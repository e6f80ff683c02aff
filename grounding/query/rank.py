"""Order candidates by relevance plus recency, and by the time the question asks for."""

from collections.abc import Iterable
from datetime import datetime

from grounding.query.asked_time import asked_time
from grounding.query.interpretation import NOT_INTERPRETED, Interpretation
from grounding.query.recency import RecencyPolicy, recency
from grounding.query.records import Candidate
from grounding.query.succession import succeeded


def rank(
    candidates: Iterable[Candidate],
    *,
    as_of: datetime,
    policy: RecencyPolicy,
    read: Interpretation = NOT_INTERPRETED,
) -> list[Candidate]:
    """Add each candidate's recency and asked time, and sort best first; ties go to the lower chunk.

    Of items of one title the newest stands in the place of the best; see `succession`.
    """
    scored = [_with_times(candidate, as_of, policy, read) for candidate in candidates]
    ranked = sorted(scored, key=lambda candidate: (-candidate.scores.total, candidate.chunk))
    return succeeded(ranked, ageing=policy.half_lives)


def _with_times(
    candidate: Candidate, as_of: datetime, policy: RecencyPolicy, read: Interpretation
) -> Candidate:
    term = recency(candidate.evidence, as_of=as_of, policy=policy)
    asked = asked_time(candidate.evidence, term, read=read)
    if not term and not asked:
        return candidate
    scores = candidate.scores.with_times(term, asked)
    return Candidate(
        candidate.chunk, candidate.evidence, scores, candidate.signature, candidate.letters
    )
