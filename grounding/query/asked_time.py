"""The time a question asks for: a small bounded term beside relevance, shown in every answer."""

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
    since, dated_at = read.preferred_from, evidence.dated_at
    is_since = None if since is None or dated_at is None else dated_at >= since
    return asked_time_of(is_since, recency, read=read)


def asked_time_of(is_since: bool | None, recency: float, *, read: Interpretation) -> float:
    """The term for something of this recency; is_since: whether it is of the time asked for.

    is_since is None where that is not known, or no time is asked for.
    """
    term = recency if read.prefers_newest else 0.0
    if read.preferred_from is None:
        return term
    return term + (0.5 if is_since is None else float(is_since)) * BOUND
