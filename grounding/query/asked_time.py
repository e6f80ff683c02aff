"""The time a question asks for: a small bounded term beside relevance, shown in every answer."""

from datetime import datetime

from grounding.query.interpretation import NOT_INTERPRETED, Interpretation
from grounding.query.records import Evidence

BOUND = 0.25
"""What being published since the time asked for adds, in deviations of the fused scores."""


def asked_time(
    evidence: Evidence, recency: float, *, read: Interpretation = NOT_INTERPRETED
) -> float:
    """The term for one item: at most `BOUND` for its date, and its recency where that is asked for.

    An item whose source gives no time gets the middle, `BOUND / 2`, whether it is of that time or
    not: that is not known.
    """
    term = recency if read.prefers_newest else 0.0
    if read.preferred_from is None:
        return term
    return term + _share(evidence.dated_at, read.preferred_from) * BOUND


def _share(dated_at: datetime | None, preferred_from: datetime) -> float:
    if dated_at is None:
        return 0.5
    return float(dated_at >= preferred_from)
