"""Which rows a search may return, worked out no further than each question needs.

Whole tiles are admitted or refused by the ranges of their columns; only of the others the rows
are looked at. So the cost grows with the number of tiles that a scope cuts through.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indexer.records import Scope
from indexer.views.conditions import Condition, Mask, conditions_of
from indexer.views.rows import RowTable

_ALL_BITS: Final = 255


class Kept:
    """The rows that meet all `conditions`; valid until the rows change.

    Rows stand in tiles, each of which has two lists: the present (2t) and the past (2t + 1).
    The rows after the last whole tile are in no list. within: only these positions, from a tile's
    first to before another's or to the end.
    """

    def __init__(
        self,
        rows: RowTable,
        conditions: Sequence[Condition],
        *,
        within: tuple[int, int] | None = None,
    ) -> None:
        self._rows = rows
        self._conditions = conditions
        self._first, self._end = within or (0, len(rows))

    def between(self, first: int, end: int) -> "Kept":
        """Return those of the rows whose positions are from `first` to before `end`."""
        within = max(first, self._first), min(end, self._end)
        return Kept(self._rows, self._conditions, within=within)

    def meets(self, positions: NDArray[np.int64]) -> Mask:
        """Return which of the rows at these positions are kept, [n]."""
        met = [c.met_by(lambda name: self._rows.column(name)[positions]) for c in self._conditions]
        return _all([*met, self._first <= positions, positions < self._end], len(positions))

    @cached_property
    def lists(self) -> NDArray[np.int64]:
        """The lists, ascending, that may hold kept rows."""
        return np.flatnonzero(self._whole | self._partial)

    @cached_property
    def newest(self) -> NDArray[np.int64]:
        """The kept positions, ascending, of rows that are in no list."""
        first = max(self._rows.tiled, self._first)
        end = max(first, self._end)
        if first == end:
            return np.empty(0, dtype=np.int64)
        return first + np.flatnonzero(self._met(first, end, self._conditions))

    @cached_property
    def count(self) -> int:
        sizes = self._rows.sizes
        masks = self._partial_masks
        listed = int(sizes[self._whole & ~self._is_cut.repeat(2)].sum())
        return listed + sum(int(np.count_nonzero(m)) for m in masks.values()) + len(self.newest)

    def counts(self, width: int) -> NDArray[np.int64]:
        """Return how many rows are kept of each `width` rows, which is a multiple of the tile."""
        rows = self._rows
        whole = np.where(self._whole & ~self._is_cut.repeat(2), rows.sizes, 0)
        of_tiles = whole.reshape(-1, 2).sum(axis=1)
        for first, mask in self._partial_masks.items():
            tile = first // rows.tile
            some = mask.reshape(-1, rows.tile).sum(axis=1)
            of_tiles[tile : tile + len(some)] += some
        counts = np.zeros(-(-len(rows) // width), dtype=np.int64)
        np.add.at(counts, np.arange(len(of_tiles)) * rows.tile // width, of_tiles)
        np.add.at(counts, self.newest // width, 1)
        return counts

    @property
    def share(self) -> float:
        return 1.0 if not len(self._rows) else self.count / len(self._rows)

    def bits(self) -> NDArray[np.uint8] | None:
        """Return a bit for each row that is in a list, the lowest first, or None for no need.

        Of rows in lists that are not among `lists` the bit says nothing.
        """
        if not self._partial_masks:
            return None
        bits = np.full((self._rows.tiled + 7) // 8, _ALL_BITS, dtype=np.uint8)
        for first, mask in self._partial_masks.items():
            packed = np.packbits(mask, bitorder="little")
            bits[first // 8 : first // 8 + len(packed)] = packed
        return bits

    def positions(self) -> NDArray[np.int64]:
        """Return every kept position, ascending."""
        return np.flatnonzero(self.mask())

    def mask(self) -> Mask:
        """Return for every row whether it is kept, [rows]."""
        rows = self._rows
        kept = np.zeros(len(rows), dtype=np.bool_)
        for tile in np.flatnonzero(self._whole.reshape(-1, 2).any(axis=1) & ~self._is_cut):
            first, end = int(tile) * rows.tile, int(tile + 1) * rows.tile
            of_present, of_past = self._whole[2 * tile : 2 * tile + 2]
            kept[first:end] = np.where(rows.is_past(first, end), of_past, of_present)
        for first, mask in self._partial_masks.items():
            kept[first : first + len(mask)] = mask
        kept[self.newest] = True
        return kept

    def admitted(self, chunks: Sequence[int]) -> list[bool]:
        """Return for each chunk whether it is here and kept."""
        positions = self._rows.positions_of(chunks)
        known = positions >= 0
        kept = np.zeros(len(positions), dtype=np.bool_)
        kept[known] = self.meets(positions[known])
        found: list[bool] = kept.tolist()
        return found

    def __contains__(self, chunk: int) -> bool:
        return self.admitted([chunk])[0]

    @cached_property
    def _all_meet(self) -> list[Mask]:
        """Of which lists all rows meet each condition."""
        ranges = self._rows.ranges
        return [condition.all_meet(ranges) for condition in self._conditions]

    @cached_property
    def _whole(self) -> Mask:
        return _all([self._is_searched, *self._all_meet], len(self._rows.sizes))

    @cached_property
    def _partial(self) -> Mask:
        ranges = self._rows.ranges
        some = self._is_searched & ~self._whole
        if some.any():
            for condition in self._conditions:
                some &= ~condition.none_meets(ranges)
        return some

    @cached_property
    def _is_searched(self) -> Mask:
        """Whether a list has rows, and its tile is within the positions, [lists]."""
        searched: Mask = self._rows.sizes > 0
        if (self._first, self._end) != (0, len(self._rows)):
            tiles = np.arange(len(searched)) // 2 * self._rows.tile
            searched &= (tiles >= self._first) & (tiles < self._end)
        return searched

    @cached_property
    def _is_cut(self) -> Mask:
        """Whether the rows of a tile must be looked at, [tiles]."""
        cut: Mask = self._partial[::2] | self._partial[1::2]
        return cut

    @cached_property
    def _partial_masks(self) -> dict[int, Mask]:
        """The kept rows of each run of cut tiles, by the first position of the run."""
        tile = self._rows.tile
        return {
            first * tile: self._met(first * tile, end * tile, self._open(first, end))
            for first, end in _runs(self._is_cut)
        }

    def _open(self, first: int, end: int) -> list[Condition]:
        """Return the conditions that some row of these tiles may fail."""
        here = slice(2 * first, 2 * end)
        is_empty = self._rows.sizes[here] == 0
        met = zip(self._conditions, self._all_meet, strict=True)
        return [condition for condition, all_ in met if not (all_[here] | is_empty).all()]

    def _met(self, first: int, end: int, conditions: Iterable[Condition]) -> Mask:
        rows = self._rows
        met = [each.met_by(lambda name: rows.column(name)[first:end]) for each in conditions]
        return _all(met, end - first)


def kept_in(rows: RowTable, scope: Scope) -> Kept:
    """Return the rows that are in `scope`."""
    return Kept(rows, conditions_of(scope))


def _all(masks: Sequence[Mask], length: int) -> Mask:
    if not masks:
        return np.ones(length, dtype=np.bool_)
    found = masks[0].copy()
    for mask in masks[1:]:
        found &= mask
    return found


def _runs(mask: Mask) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for at in np.flatnonzero(mask).tolist():
        if runs and runs[-1][1] == at:
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((at, at + 1))
    return runs
