"""The dense leg on a GPU: rows on the card propose, the same rows on the host decide.

A GPU index without cuVS silently ignores a selector, rounds queries to half precision, breaks
ties as it likes and returns 2048 rows at most. So no selector is ever passed to it: the card is
asked for more rows than wanted, those outside `keep` are dropped, the rest are scored again from
the host's rows, and the answer stands only if no row the card held back could belong to it.
Otherwise, and where few rows are kept, the host searches: that is exact and then also the
cheaper way, because the card would scan every row.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.views.conditions import Mask
from indexer.views.dense import Found, Stored, nothing
from indexer.views.faiss_cpu import FaissCpuDense
from indexer.views.kept import Kept
from indexer.views.rows import TILE

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
        self,
        dimension: int,
        directory: Path | None = None,
        *,
        card: CardIndex | None = None,
        host_rows: int = _HOST_ROWS,
        tile: int = TILE,
    ) -> None:
        self.dimension = dimension
        self._host = FaissCpuDense(dimension, directory, tile=tile)
        self._card = card if card is not None else _open_card(dimension)
        self._card_lock = Lock()
        self._host_rows = host_rows
        self._longest = 0.0

    def __len__(self) -> int:
        return len(self._host)

    def add(self, vectors: NDArray[np.float16]) -> None:
        self._host.add(vectors)
        self._load(vectors)

    def arrange(self, tile: int, past: NDArray[np.bool_]) -> Callable[[], None]:
        return self._host.arrange(tile, past)

    def seal(self) -> None:
        self._host.seal()

    def contents(self) -> Stored:
        return self._host.contents()

    def restore(self, stored: Stored) -> bool:
        is_arranged = self._host.restore(stored)
        for segment in stored.segments:
            self._load(segment.rows)
        self._load(stored.newest)
        return is_arranged

    def rows(self, positions: NDArray[np.int64]) -> NDArray[np.float16]:
        return self._host.rows(positions)

    def _load(self, vectors: NDArray[np.float16]) -> None:
        for start in range(0, len(vectors), _ADD_ROWS):
            rows = np.ascontiguousarray(vectors[start : start + _ADD_ROWS], dtype=np.float32)
            self._longest = max(self._longest, float(np.linalg.norm(rows, axis=1).max()))
            self._card.add(rows)

    def search(
        self, queries: NDArray[np.float32], k: int, kept: Kept, *, exact: bool = False
    ) -> Found:
        reach = kept.count
        fetch = min(len(self), int(1.5 * (k + 16) * len(self) / max(reach, 1)))
        if not reach or reach < self._host_rows or fetch > _MOST_ROWS:
            return self._host.search(queries, k, kept, exact=exact)
        lines = np.ascontiguousarray(queries, dtype=np.float32)
        with self._card_lock:
            card_scores, proposed = self._card.search(lines, fetch)
        mask = None if kept.is_everything else kept.mask()
        scores, positions = nothing(len(lines), k)
        for line, card in enumerate(zip(card_scores, proposed, strict=True)):
            query = lines[line : line + 1]
            found = self._decided(query, k, mask, card)
            if found is None:
                found = self._host.search(query, k, kept, exact=True)
            scores[line], positions[line] = found[0][0], found[1][0]
        return scores, positions

    def _decided(
        self, query: NDArray[np.float32], k: int, mask: Mask | None, card: Found
    ) -> Found | None:
        """Return the exact best k for one query from the card's proposal, None if it may lack."""
        proposed = np.sort(card[1][card[1] >= 0])
        admitted = proposed if mask is None else proposed[mask[proposed]]
        scores, positions = self._host.among(query, k, admitted)
        is_all = len(card[1]) == len(self)
        could_be_missing = float(card[0][-1]) + self._card_error(query)
        if is_all or (positions[0, -1] >= 0 and float(scores[0, -1]) > could_be_missing):
            return scores, positions
        return None

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
