"""Recency: a small bounded term beside relevance, with a half-life per kind of source.

It is added to the fused score and shown on its own in every answer, so that what the age of an
item did to its place can be seen. Fused scores have a deviation of about 1; with the default bound
a new item overtakes an old one that is a quarter of a deviation more relevant, and no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from grounding.query.records import Evidence

HALF_LIVES: Mapping[str, timedelta] = {
    "feed": timedelta(days=2),
    "json": timedelta(days=2),
    "push": timedelta(days=7),
}
"""By kind of source. A kind that is not named here is timeless: a handbook does not age."""


@dataclass(frozen=True, slots=True)
class RecencyPolicy:
    """How much being new counts: at most `bound`, half of it after one half-life."""

    bound: float = 0.25
    half_lives: Mapping[str, timedelta] = field(default_factory=lambda: HALF_LIVES)


def recency(evidence: Evidence, *, as_of: datetime, policy: RecencyPolicy) -> float:
    """The term for one item: `bound` when brand-new, falling towards 0.

    An item whose source gives no time gets the middle, `bound / 2`: it is neither new nor old.
    """
    half_life = policy.half_lives.get(evidence.source_kind)
    if half_life is None:
        return 0.0
    if evidence.dated_at is None:
        return policy.bound / 2
    age = max(as_of - evidence.dated_at, timedelta(0))
    return float(policy.bound * 0.5 ** (age / half_life))
