"""Between what a candidate's total score lies, as far as that can be told before it is loaded.

Times add to relevance what its date and its source say, and both are known of all that is found but
the cards of series: those are dated by the value that they stand for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from grounding.query import asked_time
from grounding.query.interpretation import Interpretation
from grounding.query.recency import RecencyPolicy, recency_at
from grounding.query.records import Scores
from indexer.records import Dated
from indexer.views.times import micros

_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """By chunk, the least and the most that its total may be."""

    low: Mapping[int, float]
    high: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Terms:
    """What times add: see `recency` and `asked_time`. sources: the rows of those that are known."""

    as_of: datetime
    policy: RecencyPolicy
    read: Interpretation
    sources: Mapping[str, int]

    @property
    def most(self) -> float:
        """What they add at most, whatever the date."""
        bound = self.policy.bound
        asked = bound if self.read.prefers_newest else 0.0
        return bound + asked + (asked_time.BOUND if self.read.preferred_from else 0.0)


def bounds_of(scores: Mapping[int, Scores], dated: Mapping[int, Dated], terms: Terms) -> Bounds:
    """Return the bounds of everything that was found; scores: without what times add."""
    most = terms.most
    added = _added(dated, terms)
    low, high = {}, {}
    for chunk, each in scores.items():
        total = each.total
        low[chunk] = total + added.get(chunk, 0.0)
        high[chunk] = total + added.get(chunk, most)
    return Bounds(low, high)


def _added(dated: Mapping[int, Dated], terms: Terms) -> dict[int, float]:
    policy, read, as_of = terms.policy, terms.read, micros(terms.as_of)
    since = None if read.preferred_from is None else micros(read.preferred_from)
    ageing = {
        row: policy.half_lives[name]
        for name, row in terms.sources.items()
        if name in policy.half_lives
    }
    found = {}
    for chunk, (source, at) in dated.items():
        age = None if at is None else (as_of - at) / _MICROSECONDS
        term = recency_at(age, half_life=ageing.get(source), bound=policy.bound)
        is_since = None if at is None or since is None else at >= since
        found[chunk] = term + asked_time.asked_time_of(is_since, term, read=read)
    return found
