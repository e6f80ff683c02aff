"""Cards without a card: what a FAISS index on a GPU does, as far as the dense leg can see it."""

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from indexer.views.dense import Found, nothing
from indexer.views.faiss_gpu import FaissGpuDense

TILE = 64


class SimulatedCard:
    """A card without a card: half-precision queries, 2048 rows at most, ties to the later row.

    is_forgetful: it finds no row when it is searched.
    """

    def __init__(
        self, dimension: int, memory: "Memory | None" = None, *, is_forgetful: bool = False
    ) -> None:
        self._rows = np.empty((0, dimension), dtype=np.float32)
        self._memory = memory
        self._is_forgetful = is_forgetful
        self.searches = 0

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, vectors: NDArray[np.float32]) -> None:
        if self._memory is not None:
            self._memory.take(self, len(vectors))
        self._rows = np.concatenate([self._rows, vectors])

    def search(self, queries: NDArray[np.float32], k: int) -> Found:
        assert 0 < k <= min(2048, len(self._rows))
        self.searches += 1
        if self._is_forgetful:
            return nothing(len(queries), k)
        scores = queries.astype(np.float16).astype(np.float32) @ self._rows.T
        order = np.lexsort((-np.tile(np.arange(len(self._rows)), (len(queries), 1)), -scores))
        order = order[:, :k].astype(np.int64)
        return np.take_along_axis(scores, order, 1), order


class BrokenCard(SimulatedCard):
    """A card that has no memory left when it is searched."""

    def search(self, queries: NDArray[np.float32], k: int) -> Found:
        raise RuntimeError("cudaMalloc error out of memory")


class Memory:
    """Memory of a card that cards share, for so many rows."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._taken: WeakKeyDictionary[SimulatedCard, int] = WeakKeyDictionary()

    def take(self, card: SimulatedCard, rows: int) -> None:
        if sum(self._taken.values()) + rows > self._rows:
            raise RuntimeError("cudaMalloc error out of memory")
        self._taken[card] = self._taken.get(card, 0) + rows


def on_card(dimension: int, slice_rows: int = 2 * TILE, **more: Any) -> FaissGpuDense:
    settings = {"open_slice": lambda: SimulatedCard(dimension), "host_rows": 0, **more}
    return FaissGpuDense(dimension, slice_rows=slice_rows, tile=TILE, **settings)


def on_small_card(dimension: int) -> FaissGpuDense:
    memory = Memory(3 * TILE)
    return FaissGpuDense(
        dimension,
        open_slice=lambda: SimulatedCard(dimension, memory),
        slice_rows=TILE,
        host_rows=0,
        tile=TILE,
    )
