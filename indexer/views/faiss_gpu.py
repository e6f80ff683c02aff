"""The dense leg on a GPU: rows on the card propose, the same rows on the host decide.

A GPU index without cuVS silently ignores a selector, rounds queries to half precision, breaks
ties as it likes and returns 2048 rows at most. So no selector is ever passed to it: the card is
asked for more rows than wanted, those outside `keep` are dropped, the rest are scored again from
the host's rows, and the answer stands only if no row the card held back could belong to it.
Otherwise, and where few rows are kept, the host searches: that is exact and then also the
cheaper way, because the card would scan every row.
"""

from threading import Lock
from typing import Final, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.views.dense import Found
from indexer.views.faiss_cpu import FaissCpuDense

_MOST_ROWS: Final = 2048
_HOST_ROWS: Final = 20_000
_ADD_ROWS: Final = 65_536


class CardIndex(Protocol):
    """What is used of a FAISS GPU index; one thread at a time."""

    def add(self, vectors: NDArray[np.float32]) -> None: ...

    def search(self, queries: NDArray[np.float32], k: int) -> Found: ...


def has_gpu() -> bool:
    return hasattr(faiss, "StandardGpuResources") and int(faiss.get_num_gpus()) > 0


class FaissGpuDense:
    """Rows twice: fp16 on the card for speed, fp16 on the host for the last word.

    card: another index than a FAISS one on the first GPU.
    host_rows: keep fewer rows than this and the host searches alone.
    """

    device = "gpu"

    def __init__(
        self, dimension: int, *, card: CardIndex | None = None, host_rows: int = _HOST_ROWS
    ) -> None:
        self.dimension = dimension
        self._host = FaissCpuDense(dimension)
        self._card = card if card is not None else _open_card(dimension)
        self._card_lock = Lock()
        self._host_rows = host_rows
        self._longest = 0.0

    def __len__(self) -> int:
        return len(self._host)

    def add(self, vectors: NDArray[np.float16]) -> None:
        self._host.add(vectors)
        for start in range(0, len(vectors), _ADD_ROWS):
            rows = np.ascontiguousarray(vectors[start : start + _ADD_ROWS], dtype=np.float32)
            self._longest = max(self._longest, float(np.linalg.norm(rows, axis=1).max()))
            self._card.add(rows)

    def search(
        self, queries: NDArray[np.float32], k: int, keep: NDArray[np.bool_] | None = None
    ) -> Found:
        reach = len(self) if keep is None else int(np.count_nonzero(keep))
        fetch = min(len(self), int(1.5 * (k + 16) * len(self) / max(reach, 1)))
        if not reach or reach < self._host_rows or fetch > _MOST_ROWS:
            return self._host.search(queries, k, keep)
        lines = np.ascontiguousarray(queries, dtype=np.float32)
        with self._card_lock:
            card_scores, proposed = self._card.search(lines, fetch)
        found = [
            self._decided(lines[i : i + 1], k, keep, (card_scores[i], proposed[i]))
            for i in range(len(lines))
        ]
        return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])

    def rows(self, positions: NDArray[np.int64]) -> NDArray[np.float16]:
        return self._host.rows(positions)

    def vectors(self) -> NDArray[np.float16]:
        return self._host.vectors()

    def _decided(
        self, query: NDArray[np.float32], k: int, keep: NDArray[np.bool_] | None, card: Found
    ) -> Found:
        """Return the exact best k for one query, from the card's proposal if that suffices."""
        proposed = np.sort(card[1][card[1] >= 0])
        admitted = proposed if keep is None else proposed[keep[proposed]]
        scores, positions = self._host.search_among(query, k, admitted)
        is_all = len(card[1]) == len(self)
        could_be_missing = float(card[0][-1]) + self._card_error(query)
        if is_all or (positions[0, -1] >= 0 and float(scores[0, -1]) > could_be_missing):
            return scores, positions
        return self._host.search(query, k, keep)

    def _card_error(self, query: NDArray[np.float32]) -> float:
        """Bound the difference between the card's score and the exact one."""
        rounding = np.linalg.norm(query - query.astype(np.float16).astype(np.float32))
        summing = 1e-4 * np.linalg.norm(query)
        return float((rounding + summing) * self._longest)


def _open_card(dimension: int) -> CardIndex:
    config = faiss.GpuIndexFlatConfig()
    config.useFloat16 = True
    card: CardIndex = faiss.GpuIndexFlatIP(faiss.StandardGpuResources(), dimension, config)
    return card
