"""What every row of an index view is, beside its vector and its words: identity and times.

    tile 0              tile 1              ...     the newest rows, in no tile yet
    present | past      present | past

Rows stand in the order in which they were observed, so a window of time is a run of tiles. The
rows of a tile are in one of its two lists: those that were superseded or have expired can be
moved to the past, which only questions about the past look at. Of each list the least and the
greatest value of every column is known.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from indexer.hits import Dates
from indexer.published import counting, dated
from indexer.records import IndexedChunk
from indexer.views.conditions import Mask, Ranges
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
    "dated_at",
)
TILE: Final = 4096
"""Rows of a tile. Fewer would filter finer, more would be searched faster."""

_PLACES: Final = {name: place for place, name in enumerate(COLUMNS)}
_FIRST_CAPACITY: Final = 1024
_SEARCHED: Final = ("chunk", "document_row")
_WORN: Final = 8
"""A tile is worn when one in so many of its present rows belongs to the past."""


class RowTable:
    """Growing columns of int64, one per name in `COLUMNS`; a row's position is its vector's.

    `published_at` holds the time that counts, `dated_at` the latest its source gives, `series` the
    series whose card a row is, 0 for all others.
    """

    def __init__(self, tile: int = TILE) -> None:
        self.tile = tile
        self._data: NDArray[np.int64] = np.empty((len(COLUMNS), _FIRST_CAPACITY), dtype=np.int64)
        self._past: Mask = np.zeros(_FIRST_CAPACITY, dtype=np.bool_)
        self._count = 0
        self._low: NDArray[np.int64] = np.empty((len(COLUMNS), 0), dtype=np.int64)
        self._high: NDArray[np.int64] = np.empty((len(COLUMNS), 0), dtype=np.int64)
        self.sizes: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        """How many rows each list holds, [2 * tiles]."""
        self._ascends = dict.fromkeys(_SEARCHED, True)
        self._orders: dict[str, NDArray[np.int64]] = {}

    def __len__(self) -> int:
        return self._count

    @property
    def tiled(self) -> int:
        """How many rows stand in tiles."""
        return len(self.sizes) // 2 * self.tile

    @property
    def ranges(self) -> Ranges:
        """The ranges of the columns, of each list; of empty ones they mean nothing."""
        return Ranges(
            lambda name: self._low[_PLACES[name]],
            lambda name: self._high[_PLACES[name]],
        )

    def column(self, name: str) -> NDArray[np.int64]:
        """Return a view of one column, valid until the next append."""
        return self._data[_PLACES[name], : self._count]

    def is_past(self, first: int, end: int) -> Mask:
        """Return which rows from `first` to before `end` were moved to the past."""
        return self._past[first:end]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return copies of everything, by name, from which `restore` makes the same."""
        return {
            "rows": self._data[:, : self._count].copy(),
            "past": self._past[: self._count].copy(),
            "low": self._low.copy(),
            "high": self._high.copy(),
            "sizes": self.sizes.copy(),
        }

    def restore(self, arrays: Mapping[str, NDArray[Any]], *, is_arranged: bool) -> None:
        """Fill an empty table; with `is_arranged` false all rows are in no tile yet.

        Raises:
            ValueError: the arrays do not fit each other.
        """
        rows, past, sizes = arrays["rows"], arrays["past"], arrays["sizes"]
        if rows.dtype != np.int64 or rows.ndim != 2 or rows.shape[0] != len(COLUMNS):
            raise ValueError("rows are not those of a row table")
        fitting = (
            past.shape == rows.shape[1:]
            and arrays["low"].shape == arrays["high"].shape == (len(COLUMNS), len(sizes))
            and int(sizes.sum()) == len(sizes) // 2 * self.tile <= rows.shape[1]
        )
        if not fitting:
            raise ValueError("the tiles do not fit the rows")
        self.append(rows)
        if is_arranged:
            self._past[: len(past)] = past
            self._low, self._high, self.sizes = arrays["low"], arrays["high"], sizes

    def append(self, block: NDArray[np.int64]) -> None:
        """Add rows given as [columns, rows], see `as_block`; they are in no tile yet."""
        start, end = self._count, self._count + block.shape[1]
        self._reserve(end)
        self._data[:, start:end] = block
        self._count = end
        self._orders.clear()
        for name in _SEARCHED:
            new = self.column(name)[max(0, start - 1) :]
            self._ascends[name] &= bool((new[1:] >= new[:-1]).all())

    def retire(self, document_rows: Sequence[int], at: datetime) -> None:
        """End these document versions at `at`; again is harmless, unknown ones are ignored."""
        retired = self._positions("document_row", np.asarray(document_rows, dtype=np.int64))
        self.column("superseded_at")[retired] = micros(at)
        for tile in np.unique(retired[retired < self.tiled] // self.tile):
            self._measure(int(tile))

    def dates(self, places: NDArray[np.int64]) -> Dates:
        """Return of which source these rows are and when; they are in the order of chunks."""
        chunks, sources, at, series = (
            self.column(name)[places] for name in ("chunk", "source", "dated_at", "series")
        )
        is_dated = at != UNKNOWN
        at = np.where(is_dated, at, 0)
        return Dates(chunks, sources, at, is_dated=is_dated, is_told=series == 0)

    def positions_of(self, chunks: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the position of each chunk, -1 for one that is not here."""
        wanted = np.asarray(chunks, dtype=np.int64)
        order, values = self._sorted("chunk")
        places = np.searchsorted(values, wanted)
        found = np.full(len(wanted), -1, dtype=np.int64)
        inside = np.flatnonzero(places < len(values))
        inside = inside[values[places[inside]] == wanted[inside]]
        found[inside] = places[inside] if order is None else order[places[inside]]
        return found

    def next_tile(self) -> int | None:
        """Return the number of the tile that has all its rows but is not arranged yet."""
        tile = self.tiled // self.tile
        return tile if (tile + 1) * self.tile <= self._count else None

    def worn_tiles(self, at: datetime) -> list[int]:
        """Return the tiles of which many present rows had been superseded or expired by `at`."""
        over = self._over(0, self.tiled, at) & ~self._past[: self.tiled]
        worn = over.reshape(-1, self.tile).sum(axis=1)
        found: list[int] = np.flatnonzero((worn > 0) & (worn * _WORN >= self.sizes[::2])).tolist()
        return found

    def over(self, tile: int, at: datetime) -> Mask:
        """Return which rows of a tile had been superseded or expired by `at`, [tile]."""
        return self._over(tile * self.tile, (tile + 1) * self.tile, at)

    def arrange(self, tile: int, past: Mask) -> None:
        """Let exactly these rows of a tile, [tile], be in its past; tiles come in order."""
        if tile * self.tile == self.tiled:
            self._low, self._high, self.sizes = (
                np.concatenate([old, np.zeros_like(old, shape=(*old.shape[:-1], 2))], axis=-1)
                for old in (self._low, self._high, self.sizes)
            )
        self._past[tile * self.tile : (tile + 1) * self.tile] = past
        self._measure(tile)

    def _over(self, first: int, end: int, at: datetime) -> Mask:
        instant = micros(at)
        superseded = self.column("superseded_at")[first:end] <= instant
        return superseded | (self.column("valid_until")[first:end] <= instant)

    def _measure(self, tile: int) -> None:
        first, end = tile * self.tile, (tile + 1) * self.tile
        past = self._past[first:end]
        for place, here in ((2 * tile, ~past), (2 * tile + 1, past)):
            rows = self._data[:, first:end] if here.all() else self._data[:, first:end][:, here]
            self.sizes[place] = rows.shape[1]
            if rows.shape[1]:
                self._low[:, place] = rows.min(axis=1)
                self._high[:, place] = rows.max(axis=1)

    def _positions(self, name: str, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where a column has one of these values."""
        order, ordered = self._sorted(name)
        first = np.searchsorted(ordered, values)
        after = np.searchsorted(ordered, values, side="right")
        runs = [np.arange(low, high) for low, high in zip(first, after, strict=True)]
        places = np.concatenate([np.empty(0, dtype=np.int64), *runs])
        return places if order is None else order[places]

    def _sorted(self, name: str) -> tuple[NDArray[np.int64] | None, NDArray[np.int64]]:
        """Return the order that sorts a column, None if it is sorted, and the sorted column."""
        column = self.column(name)
        if self._ascends[name]:
            return None, column
        if name not in self._orders:
            self._orders[name] = np.argsort(column, kind="stable")
        order = self._orders[name]
        return order, column[order]

    def _reserve(self, count: int) -> None:
        capacity = self._data.shape[1]
        if count > capacity:
            grown = np.empty((len(COLUMNS), max(count, 2 * capacity)), dtype=np.int64)
            grown[:, : self._count] = self._data[:, : self._count]
            past = np.zeros(grown.shape[1], dtype=np.bool_)
            past[: self._count] = self._past[: self._count]
            self._data, self._past = grown, past


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
            micros_or(dated(chunk.published_at, chunk.updated_at, chunk.observed_at), UNKNOWN),
        )
        for chunk in chunks
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, len(COLUMNS)).T


def observed_order(block: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the order that sorts rows by `observed_at`, then chunk; None if they are sorted."""
    keys = (block[COLUMNS.index("chunk")], block[COLUMNS.index("observed_at")])
    order = np.lexsort(keys).astype(np.int64)
    return None if bool((order == np.arange(order.size)).all()) else order
