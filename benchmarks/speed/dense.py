"""The service's dense leg by itself: rows in their table, their vectors in the index."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.rows import Rows
from indexer.records import Scope
from indexer.threads import use_one_thread_for_numpy
from indexer.views.dense import DenseIndex, Device, open_dense
from indexer.views.kept import kept_in
from indexer.views.rows import RowTable

Ids = NDArray[np.int64]
_ADDED = 16_384
_AT_ONCE = 65_536


class Leg:
    """An index over `rows`, arranged as a service arranges it when it has nothing else to do."""

    def __init__(self, rows: Rows, *, device: Device = "cpu") -> None:
        use_one_thread_for_numpy()  # as a service does
        self.rows = rows
        self._table = RowTable()
        self.index: DenseIndex = open_dense(rows.vectors.shape[1], device)
        for first in range(0, len(rows), _ADDED):
            self.index.add(np.ascontiguousarray(rows.vectors[first : first + _ADDED]))
        self._table.append(rows.block)
        tiles = range(len(rows) // self._table.tile)
        pasts = [self._table.over(tile, datetime.now(UTC)) for tile in tiles]
        if tiles:
            self.index.arrange(0, pasts[0])()  # what the others' codes are fitted to
        with ThreadPoolExecutor() as pool:
            for tile, put in enumerate(pool.map(self.index.arrange, tiles, pasts)):
                put()
                self._table.arrange(tile, pasts[tile])

    def search(
        self, queries: NDArray[np.float32], scope: Scope, k: int, *, exact: bool = False
    ) -> Ids:
        """Return the positions of the best k rows in scope for each question, [q, k]."""
        return self.index.search(queries, k, kept_in(self._table, scope), exact=exact)[1]

    def searching(
        self, queries: NDArray[np.float32], scope: Scope, k: int, *, threads: int
    ) -> Callable[[], Ids]:
        """Return what searches with so many OpenMP threads each time it is called."""

        def search() -> Ids:
            faiss.omp_set_num_threads(threads)
            return self.search(queries, scope, k)

        return search


def true_ids(
    rows: Rows, queries: NDArray[np.float32], k: int, kept: NDArray[np.bool_]
) -> tuple[Ids, NDArray[np.float32]]:
    """Return what a search must find: positions and scores, each [q, k], by multiplying it out."""
    positions = np.flatnonzero(kept)

    def best_from(first: int) -> tuple[Ids, NDArray[np.float32]]:
        some = positions[first : first + _AT_ONCE]
        scores = queries @ rows.vectors[some].astype(np.float32).T
        return _best(np.broadcast_to(some, scores.shape), scores, k)

    with ThreadPoolExecutor() as pool:
        parts = list(pool.map(best_from, range(0, max(len(positions), 1), _AT_ONCE)))
    ids, scores = zip(*parts, strict=True)
    return _best(np.concatenate(ids, axis=1), np.concatenate(scores, axis=1), k)


def _best(ids: Ids, scores: NDArray[np.float32], k: int) -> tuple[Ids, NDArray[np.float32]]:
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(ids, order, 1), np.take_along_axis(scores, order, 1)


def recall(found: Ids, true: Ids) -> float:
    """Return the share of the true ids that were found."""
    hits = sum(len(np.intersect1d(one, other)) for one, other in zip(found, true, strict=True))
    return hits / true.size


def as_instant(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1e6, UTC)
