"""Recency: a small bounded term beside relevance, with a half-life for each source.

It is added to the fused score and shown on its own in every answer, so that what the age of an
item did to its place can be seen. Fused scores have a deviation of about 1; with the default bound
a new item overtakes an old one that is half a deviation more relevant, and no more.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from grounding.query.records import Evidence
from indexer.records import SourceRecord

BOUND = 0.5
HALF_LIVES: Mapping[str, timedelta] = {
    "feed": timedelta(days=7),
    "json": timedelta(days=7),
    "push": timedelta(days=30),
}
"""By kind of source, for those that have none of their own. A kind that is not named here is
timeless: a handbook does not age."""


@dataclass(frozen=True, slots=True)
class RecencyPolicy:
    """How much being new counts: at most `bound`, half of it after one half-life.

    half_lives: seconds by name of source; the items of one that is not in it never age.
    """

    half_lives: Mapping[str, float]
    bound: float = BOUND


def recency_policy(known: Iterable[SourceRecord], *, bound: float = BOUND) -> RecencyPolicy:
    """Return the policy for answers from these sources."""
    all_of_them = {source.name: half_life_seconds(source) for source in known}
    ageing = {name: seconds for name, seconds in all_of_them.items() if seconds is not None}
    return RecencyPolicy(ageing, bound)


def half_life_seconds(source: SourceRecord) -> float | None:
    """Return after how long its items count half as new, as set or as usual for its kind.

    None if they never age.
    """
    if source.half_life_seconds is None:
        usual = HALF_LIVES.get(source.kind)
        return None if usual is None else usual.total_seconds()
    return None if math.isinf(source.half_life_seconds) else source.half_life_seconds


def recency(evidence: Evidence, *, as_of: datetime, policy: RecencyPolicy) -> float:
    """The term for one item: `bound` when brand-new, falling towards 0.

    An item whose source gives no time gets the middle, `bound / 2`: it is neither new nor old.
    """
    half_life = policy.half_lives.get(evidence.source)
    if half_life is None:
        return 0.0
    if evidence.dated_at is None:
        return policy.bound / 2
    age = max(as_of - evidence.dated_at, timedelta(0))
    return float(policy.bound * 0.5 ** (age.total_seconds() / half_life))
