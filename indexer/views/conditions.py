"""What a scope asks of a row, in a form that can be asked of many rows at once, or of a range.

Of a tile whose least and greatest values are known, a condition can often say without looking
at its rows that all of them meet it, or that none does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.records import Scope
from indexer.views.times import UNKNOWN, micros

Column = Callable[[str], NDArray[np.int64]]
"""Returns the values of a column by its name."""
Mask = NDArray[np.bool_]

_ENDLESS: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Ranges:
    """The least and the greatest value of each column, for many sets of rows: [sets] each."""

    low: Column
    high: Column


class Condition(Protocol):
    """Asked of rows: which meet it. Asked of ranges: of which all rows meet it, of which none.

    Both may answer false where the ranges do not tell.
    """

    def met_by(self, rows: Column) -> Mask: ...

    def all_meet(self, ranges: Ranges) -> Mask: ...

    def none_meets(self, ranges: Ranges) -> Mask: ...


@dataclass(frozen=True, slots=True)
class AtMost:
    """The value of a column is `most` or less."""

    column: str
    most: int

    def met_by(self, rows: Column) -> Mask:
        return rows(self.column) <= self.most

    def all_meet(self, ranges: Ranges) -> Mask:
        return ranges.high(self.column) <= self.most

    def none_meets(self, ranges: Ranges) -> Mask:
        return ranges.low(self.column) > self.most


@dataclass(frozen=True, slots=True)
class Above:
    """The value of a column is greater than `bound`."""

    column: str
    bound: int

    def met_by(self, rows: Column) -> Mask:
        return rows(self.column) > self.bound

    def all_meet(self, ranges: Ranges) -> Mask:
        return ranges.low(self.column) > self.bound

    def none_meets(self, ranges: Ranges) -> Mask:
        return ranges.high(self.column) <= self.bound


@dataclass(frozen=True, slots=True)
class PublishedIn:
    """Published at `first` or later and before `end`, which is known; or the card of a series."""

    first: int
    end: int

    def met_by(self, rows: Column) -> Mask:
        published = rows("published_at")
        inside: Mask = (published >= self.first) & (published < self.end)
        inside |= rows("series") != 0
        return inside

    def all_meet(self, ranges: Ranges) -> Mask:
        low, high = ranges.low("published_at"), ranges.high("published_at")
        inside: Mask = (low >= self.first) & (high < self.end)
        inside |= ranges.low("series") > 0
        return inside

    def none_meets(self, ranges: Ranges) -> Mask:
        low, high = ranges.low("published_at"), ranges.high("published_at")
        outside: Mask = (high < self.first) | (low >= self.end)
        outside &= ranges.high("series") == 0
        return outside


@dataclass(frozen=True, slots=True)
class OfSources:
    """Of one of these sources, [n] ascending."""

    sources: NDArray[np.int64]

    def met_by(self, rows: Column) -> Mask:
        found = rows("source")
        if len(self.sources) == 1:
            of_one: Mask = found == self.sources[0]
            return of_one
        return np.isin(found, self.sources, kind="table" if self._is_dense else None)

    def all_meet(self, ranges: Ranges) -> Mask:
        low, high = ranges.low("source"), ranges.high("source")
        same: Mask = low == high
        same &= np.isin(low, self.sources)
        return same

    def none_meets(self, ranges: Ranges) -> Mask:
        first = np.searchsorted(self.sources, ranges.low("source"))
        after = np.searchsorted(self.sources, ranges.high("source"), side="right")
        none: Mask = first == after
        return none

    @property
    def _is_dense(self) -> bool:
        return len(self.sources) > 0 and int(self.sources[-1]) < 1_000_000


def conditions_of(scope: Scope) -> tuple[Condition, ...]:
    """Return what a row has to meet to be in `scope`."""
    known_at, as_of = micros(scope.known_at), micros(scope.as_of)
    found: list[Condition] = [AtMost("observed_at", known_at), AtMost("valid_from", as_of)]
    if not scope.include_history:
        found += [Above("superseded_at", known_at), Above("valid_until", as_of)]
    if scope.as_of < scope.known_at:  # else everything known was published by then
        found.append(AtMost("published_at", as_of))
    if scope.published_after is not None or scope.published_before is not None:
        after, before = scope.published_after, scope.published_before
        found.append(
            PublishedIn(
                UNKNOWN + 1 if after is None else micros(after),
                _ENDLESS if before is None else micros(before),
            )
        )
    if scope.sources is not None:
        found.append(OfSources(np.array(sorted(scope.sources), dtype=np.int64)))
    return tuple(found)
