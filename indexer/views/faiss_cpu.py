"""The dense leg on CPU: codes propose, fp16 rows decide.

    kept lists of tiles ──▶ codes: the best estimates ──▶ fp16 rows: exact scores ─┐
    kept rows in no list, or few rows in all ───────────▶ fp16 rows: exact scores ─┴▶ the best k

Estimates err, so many more rows are proposed than wanted, and more again for a question where
the exact scores say that one of the best may not have been among them. A row's score is the same
bits whichever way it was found.

FAISS is told in each thread to use no other: questions run beside each other, and threads of one
that wait for each other take longer than it does alone.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.views.codes import Codes, Encoded
from indexer.views.dense import Found, Stored, best, best_of, nothing
from indexer.views.kept import Kept
from indexer.views.rows import TILE
from indexer.views.vectors import Rows, Vectors

PROPOSED: Final = 20
"""Rows that are scored exactly for each that is wanted, at first."""
LEAST_PROPOSED: Final = 500
PROPOSED_SHARE: Final = 1 / 150
"""Of the rows that are kept, where that is more: to read many codes again is the dearer way."""
MOST_MISSING: Final = 1 / 1000
"""Which share of the best ten may be expected to be missing before more are proposed."""
MOST_MISSING_OF_ALL: Final = 1 / 100
"""The same, of all that are wanted."""

_BEST: Final = 10
_WIDER: Final = 4
_ALL: Final = 8
"""Of so many times the rows that would be proposed all are scored: that is no slower."""
_BLOCK: Final = 16_384
_SAMPLE: Final = 65_536
_PYTHON_FAISS: Final[Any] = faiss  # its stubs know the C++ constructors, not the Python ones


class FaissCpuDense:
    """Rows of half floats in segments, and codes of those that are in tiles.

    directory: where full segments are kept; None keeps everything in memory.
    """

    device = "cpu"

    def __init__(self, dimension: int, directory: Path | None = None, *, tile: int = TILE) -> None:
        self.dimension = dimension
        self._tile = tile
        self._vectors = Vectors(dimension, directory)
        self._codes: Codes | None = None

    def __len__(self) -> int:
        return len(self._vectors)

    def add(self, vectors: NDArray[np.float16]) -> None:
        self._vectors.append(np.ascontiguousarray(vectors, dtype="<f2"))

    def arrange(self, tile: int, past: NDArray[np.bool_]) -> Callable[[], None]:
        if self._codes is None:
            self._codes = Codes.around(self._vectors.between(0, min(len(self), _SAMPLE)))
        faiss.omp_set_num_threads(1)
        codes, first = self._codes, tile * self._tile
        rows = self._vectors.between(first, first + self._tile)
        lists = [(2 * tile, _encoded(codes, rows, ~past, first))]
        lists.append((2 * tile + 1, _encoded(codes, rows, past, first)))

        def put() -> None:
            for number, encoded in lists:
                codes.put(number, encoded)

        return put

    def search(
        self, queries: NDArray[np.float32], k: int, kept: Kept, *, exact: bool = False
    ) -> Found:
        faiss.omp_set_num_threads(1)
        lines = np.ascontiguousarray(queries, dtype=np.float32)
        proposed = max(LEAST_PROPOSED, PROPOSED * k, int(PROPOSED_SHARE * kept.count))
        if exact or self._codes is None or not len(kept.lists) or kept.count <= 2 * proposed:
            return self.among(lines, k, kept.positions())
        newest = self.among(lines, k, kept.newest)
        return best_of(newest, self._proposed(self._codes, lines, k, kept, proposed), k)

    def among(self, queries: NDArray[np.float32], k: int, positions: NDArray[np.int64]) -> Found:
        """Search the rows at these ascending positions only, exactly."""
        faiss.omp_set_num_threads(1)
        found = nothing(len(queries), k)
        for start in range(0, len(positions), _BLOCK):
            some = positions[start : start + _BLOCK]
            scores, places = _scored(self._rows_at(some), queries, k)
            found = best_of(found, (scores, np.append(some, -1)[places]), k)
        return found

    def rows(self, positions: NDArray[np.int64]) -> NDArray[np.float16]:
        return self._vectors.at(positions)

    def seal(self) -> None:
        self._vectors.seal()

    def contents(self) -> Stored:
        codes = {} if self._codes is None else self._codes.arrays()
        return Stored(self._vectors.full(), self._vectors.newest(), codes)

    def restore(self, stored: Stored) -> bool:
        self._vectors.adopt(stored.segments)
        self._vectors.append(stored.newest)
        self._codes = Codes.restored(stored.codes) if stored.codes else None
        return self._codes is not None

    def _proposed(
        self, codes: Codes, lines: NDArray[np.float32], k: int, kept: Kept, proposed: int
    ) -> Found:
        """Return the best rows of those in lists, by scoring the best estimates exactly."""
        scores, positions = nothing(len(lines), k)
        doubtful = []
        estimates, proposals = codes.search(lines, proposed, kept.lists, kept.bits())
        deviations = codes.deviations(lines)
        for line, places in enumerate(proposals):
            known = np.sort(places[places >= 0])
            found = self.among(lines[line : line + 1], k, known)
            scores[line], positions[line] = found[0][0], found[1][0]
            clear = scores[line] - estimates[line].min()
            if len(known) == proposed and _may_lack(clear, deviations[line]):
                doubtful.append(line)
        if doubtful:
            wider = self._wider(codes, lines[doubtful], k, kept, _WIDER * proposed)
            scores[doubtful], positions[doubtful] = wider
        return scores, positions

    def _wider(
        self, codes: Codes, lines: NDArray[np.float32], k: int, kept: Kept, proposed: int
    ) -> Found:
        if kept.count <= _ALL * proposed:
            listed = kept.positions()[: kept.count - len(kept.newest)]
            return self.among(lines, k, listed)
        return self._proposed(codes, lines, k, kept, proposed)

    def _rows_at(self, positions: NDArray[np.int64]) -> Rows:
        first, last = int(positions[0]), int(positions[-1])
        if last - first + 1 == len(positions):
            return self._vectors.between(first, last + 1)
        return self._vectors.at(positions)


def _may_lack(clear: NDArray[np.float32], deviation: np.float32) -> bool:
    """Say whether too many of the best rows may be expected not to have been proposed.

    A row is proposed unless its estimate is below the lowest that was. clear: how far the scores
    of the best are above that. Errors of estimates are normal, and the best that were found tell
    where the best are. The tail of the normal distribution is bounded by the ratio of Mills.
    """
    z = np.maximum(clear, 0) / np.maximum(deviation, 1e-9)
    tails = np.exp(-np.square(z) / 2) / np.sqrt(2 * np.pi) / np.maximum(z, 1e-3)
    missing = np.minimum(tails, 0.5)
    best = missing[:_BEST]
    return bool(
        best.sum() > MOST_MISSING * len(best) or missing.sum() > MOST_MISSING_OF_ALL * len(missing)
    )


def _encoded(codes: Codes, rows: Rows, chosen: NDArray[np.bool_], first: int) -> Encoded:
    return codes.encode(rows[chosen], first + np.flatnonzero(chosen))


def _scored(rows: Rows, lines: NDArray[np.float32], k: int) -> Found:
    """Return the best k of these rows by (score, place)."""
    index = _PYTHON_FAISS.IndexScalarQuantizer(
        rows.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    index.add_sa_codes(np.ascontiguousarray(rows).view(np.uint8))
    # FAISS keeps any of the rows that tie for the last place, so look one row further, and
    # on until the last place is decided.
    fetch = min(k + 1, len(rows))
    while True:
        scores, places = index.search(lines, fetch)
        if fetch == len(rows) or not (scores[:, k - 1] == scores[:, -1]).any():
            return best(scores, places, k)
        fetch = min(4 * fetch, len(rows))
