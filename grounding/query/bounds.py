"""Between what a candidate's total score lies, as far as that can be told before it is loaded.

Times add to relevance what its date and its source say, and both are known of all that is found but
the cards of series: those are dated by the value that they stand for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from grounding.query import asked_time
from grounding.query.fused import Fused
from grounding.query.interpretation import Interpretation
from grounding.query.recency import RecencyPolicy
from indexer.hits import Dates
from indexer.views.times import micros

_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that each total may be, [n], in the order of the scores."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]


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


def bounds_of(scores: Fused, dates: Dates, terms: Terms) -> Bounds:
    """Return the bounds of everything that was found; dates: in the order of the scores."""
    total, added = scores.total, _added(dates, terms)
    is_told = dates.is_told
    return Bounds(
        total + np.where(is_told, added, 0.0), total + np.where(is_told, added, terms.most)
    )


def _added(dates: Dates, terms: Terms) -> NDArray[np.float64]:
    """Return what times add, [n], as `recency` and `asked_time` say it."""
    read, bound = terms.read, terms.policy.bound
    age = np.maximum(micros(terms.as_of) - dates.at, 0) / _MICROSECONDS
    half_lives = _half_lives(dates.sources, terms)
    term = np.where(dates.is_dated, bound * 0.5 ** (age / half_lives), bound / 2)
    term[np.isnan(half_lives)] = 0.0
    added = 2 * term if read.prefers_newest else term
    if read.preferred_from is not None:
        is_since = np.where(dates.is_dated, dates.at >= micros(read.preferred_from), 0.5)
        added = added + is_since * asked_time.BOUND
    return added


def _half_lives(sources: NDArray[np.int64], terms: Terms) -> NDArray[np.float64]:
    """Return after how many seconds what is of these sources counts half, NaN if it never ages."""
    ageing = {
        row: terms.policy.half_lives[name]
        for name, row in terms.sources.items()
        if name in terms.policy.half_lives
    }
    return np.array([ageing.get(source, np.nan) for source in sources.tolist()], dtype=float)
