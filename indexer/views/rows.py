"""What every row of an index view is, beside its vector and its words: identity and times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indexer.published import counting
from indexer.records import IndexedChunk, Scope
from indexer.views.times import OPEN, UNKNOWN, micros, micros_or

COLUMNS: Final = (
    "chunk",
    "document_row",
    "source",
    "published_at",
    "valid_from",
    "valid_until",
    "observed_at",
    "superseded_at",
    "series",
)
_FIRST_CAPACITY: Final = 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """The chunks a search may return; `mask` None means all of them."""

    mask: NDArray[np.bool_] | None
    positions: Mapping[int, int]

    def __contains__(self, chunk: int) -> bool:
        position = self.positions.get(chunk)
        return position is not None and (self.mask is None or bool(self.mask[position]))

    @property
    def share(self) -> float:
        return 1.0 if self.mask is None else float(np.count_nonzero(self.mask) / len(self.mask))


class RowTable:
    """Growing columns of int64, one per name in `COLUMNS`; a row's position is its vector's.

    Rows arrive in the order in which they were observed, so a window of `known_at` is a run of
    positions. Nothing here relies on that but speed. `published_at` holds the time that counts,
    `series` the series whose card a row is, 0 for all others.
    """

    def __init__(self) -> None:
        self._data: NDArray[np.int64] = np.empty((len(COLUMNS), _FIRST_CAPACITY), dtype=np.int64)
        self._count = 0
        self.positions: dict[int, int] = {}

    def __len__(self) -> int:
        return self._count

    def column(self, name: str) -> NDArray[np.int64]:
        """Return a view of one column, valid until the next append."""
        return self._data[COLUMNS.index(name), : self._count]

    def block(self) -> NDArray[np.int64]:
        """Return a copy of everything, [columns, rows]."""
        return self._data[:, : self._count].copy()

    def append(self, block: NDArray[np.int64]) -> None:
        """Add rows given as [columns, rows]; see `as_block`."""
        start, end = self._count, self._count + block.shape[1]
        self._reserve(end)
        self._data[:, start:end] = block
        self._count = end
        self.positions.update(zip(block[0].tolist(), range(start, end), strict=True))

    def retire(self, document_rows: Sequence[int], at: datetime) -> None:
        """End these document versions at `at`; again is harmless, unknown ones are ignored."""
        retired = np.isin(self.column("document_row"), np.asarray(document_rows, dtype=np.int64))
        self.column("superseded_at")[retired] = micros(at)

    def keep(self, scope: Scope) -> NDArray[np.bool_] | None:
        """Return which rows `scope` admits, None if it admits every row."""
        known_at, as_of = micros(scope.known_at), micros(scope.as_of)
        kept: NDArray[np.bool_] = self.column("observed_at") <= known_at
        kept &= self.column("valid_from") <= as_of
        if not scope.include_history:
            kept &= self.column("superseded_at") > known_at
            kept &= self.column("valid_until") > as_of
        if scope.as_of < scope.known_at:  # else everything known was published by then
            kept &= self.column("published_at") <= as_of
        if scope.published_after is not None or scope.published_before is not None:
            kept &= self._is_published_in(scope) | (self.column("series") != 0)
        if scope.sources is not None:
            kept &= np.isin(self.column("source"), np.array(sorted(scope.sources), dtype=np.int64))
        return None if kept.all() else kept

    def kept(self, mask: NDArray[np.bool_] | None) -> Kept:
        """Return what `keep` answered, in terms of chunks."""
        return Kept(mask, self.positions)

    def _is_published_in(self, scope: Scope) -> NDArray[np.bool_]:
        published = self.column("published_at")
        inside: NDArray[np.bool_] = published != UNKNOWN
        if scope.published_after is not None:
            inside &= published >= micros(scope.published_after)
        if scope.published_before is not None:
            inside &= published < micros(scope.published_before)
        return inside

    def _reserve(self, count: int) -> None:
        capacity = self._data.shape[1]
        if count > capacity:
            grown = np.empty((len(COLUMNS), max(count, 2 * capacity)), dtype=np.int64)
            grown[:, : self._count] = self._data[:, : self._count]
            self._data = grown


def as_block(chunks: Sequence[IndexedChunk]) -> NDArray[np.int64]:
    """Return the rows of these chunks as [columns, rows]."""
    rows = [
        (
            chunk.chunk,
            chunk.document_row,
            chunk.source,
            micros_or(counting(chunk.published_at, chunk.observed_at), UNKNOWN),
            micros(chunk.valid_from),
            micros_or(chunk.valid_until, OPEN),
            micros(chunk.observed_at),
            micros_or(chunk.superseded_at, OPEN),
            chunk.series or 0,
        )
        for chunk in chunks
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, len(COLUMNS)).T


def observed_order(block: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the order that sorts rows by `observed_at`, then chunk; None if they are sorted."""
    keys = (block[COLUMNS.index("chunk")], block[COLUMNS.index("observed_at")])
    order = np.lexsort(keys).astype(np.int64)
    return None if bool((order == np.arange(order.size)).all()) else order
