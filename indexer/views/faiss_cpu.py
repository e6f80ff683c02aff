"""The dense leg on CPU: codes propose, fp16 rows decide.

    kept lists of tiles ──▶ codes: the best estimates ──▶ fp16 rows: exact scores ─┐
    kept rows in no list, or few rows in all ───────────▶ fp16 rows: exact scores ─┴▶ the best k

Estimates err, by a deviation that is known. So the exact scores say above which estimate rows
must be scored for few enough of the best to lack; where proposals end above that, the codes are
read again for all that are above it. A row's score is the same bits whichever way it was found.

FAISS is told in each thread to use no other: questions run beside each other, and threads of one
that wait for each other take longer than it does alone.
"""

from collections.abc import Callable
from functools import partial, reduce
from math import pi, sqrt
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

PROPOSED: Final = 8
"""Rows that codes propose for each that is wanted, at first."""
LEAST_PROPOSED: Final = 500
PROPOSED_OF_ROOT: Final = 6.5
"""Of the root of the kept rows, where that is more: to read many codes again is dearer."""
MOST_MISSING: Final = 1 / 30_000
"""Which share of the best ten may be expected to be missing before more are scored."""
MOST_MISSING_OF_ALL: Final = 1 / 1000
"""The same, of all that are wanted."""

_BEST: Final = 10
_FEW: Final = 1024
"""Up to so many rows are all scored, without codes."""
_FIRST: Final = 3
_MORE: Final = 90
"""Of the proposals so many times those that are wanted, and so many more, are scored at once."""
_AWAY: Final = np.linspace(1, 7, 49, dtype=np.float32)
"""How far below the last of the best rows proposals may end, in deviations of estimates."""
_NARROW: Final = 1 / 16
"""Up to this share of all rows they are all scored rather than all codes read."""
_BLOCK: Final = 16_384
_SAMPLE: Final = 65_536
_PYTHON_FAISS: Final[Any] = faiss  # its stubs know the C++ constructors, not the Python ones
_OWNED: Final = _PYTHON_FAISS.MaybeOwnedVectorUInt8()


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
            self._codes = Codes.fitting(self._vectors.between(0, min(len(self), _SAMPLE)))
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
        if exact or self._codes is None or not len(kept.lists) or kept.count <= _FEW:
            return self.among(lines, k, kept.positions())
        proposed = max(LEAST_PROPOSED, PROPOSED * k, int(PROPOSED_OF_ROOT * sqrt(kept.count)))
        listed = self._proposed(self._codes, lines, k, kept, proposed)
        if not len(kept.newest):
            return listed
        return best_of(self.among(lines, k, kept.newest), listed, k)

    def among(self, queries: NDArray[np.float32], k: int, positions: NDArray[np.int64]) -> Found:
        """Search the rows at these ascending positions only, exactly."""
        faiss.omp_set_num_threads(1)
        starts = range(0, len(positions), _BLOCK)
        found = [self._scored(queries, k, positions[start : start + _BLOCK]) for start in starts]
        return reduce(partial(best_of, k=k), found) if found else nothing(len(queries), k)

    def scores(
        self, queries: NDArray[np.float32], positions: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return what `among` scores the rows at these positions, [q, n]; -inf at -1."""
        is_asked = positions >= 0
        scores = np.full(positions.shape, -np.inf, dtype=np.float32)
        if not is_asked.any():
            return scores
        places, numbers = np.unique(positions[is_asked], return_inverse=True)
        rows = self._vectors.at(places)
        index = _index_of(rows)
        computer = index.get_distance_computer()
        ends = is_asked.sum(axis=1).cumsum().tolist()
        of_rows: list[int] = numbers.tolist()
        found: list[float] = []
        for query, start, end in zip(queries, [0, *ends], ends, strict=False):
            computer.set_query(faiss.swig_ptr(query))
            found += map(computer, of_rows[start:end])
        scores[is_asked] = found
        return scores

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
        estimates, proposals = codes.search(lines, proposed, kept.lists, kept.bits())
        for line, deviation in enumerate(codes.deviations(lines).tolist()):
            query = lines[line : line + 1]
            found = self._decided(query, k, (estimates[line], proposals[line]), deviation)
            cut = _cut(found[0][0], deviation)
            is_cut_off = proposals[line, -1] >= 0 and estimates[line, -1] >= cut
            if is_cut_off or not deviation:
                found = self._wider(codes, query, k, kept, cut)
            scores[line], positions[line] = found[0][0], found[1][0]
        return scores, positions

    def _decided(
        self, query: NDArray[np.float32], k: int, proposals: Found, deviation: float
    ) -> Found:
        """Return the best k of the proposals for a query, [1, d]; as few are scored as will do.

        proposals: estimates and positions, [n] each, best first, and then positions of -1.
        """
        estimates, places = proposals
        count = int(np.count_nonzero(places >= 0))
        first = min(count, _FIRST * k + _MORE)
        found = self.among(query, k, np.sort(places[:first]))
        cut = _cut(found[0][0], deviation)
        if first == count or estimates[first] < cut:
            return found
        enough = first + int(np.count_nonzero(estimates[first:count] >= cut))
        return best_of(found, self.among(query, k, np.sort(places[first:enough])), k)

    def _wider(
        self, codes: Codes, query: NDArray[np.float32], k: int, kept: Kept, cut: float
    ) -> Found:
        """Return the best rows of those in lists, by scoring all with estimates above `cut`."""
        listed = kept.count - len(kept.newest)
        if cut == -np.inf or listed <= _NARROW * len(self):
            return self.among(query, k, kept.positions()[:listed])
        places = np.sort(codes.above(query, cut))
        return self.among(query, k, places[kept.meets(places)])

    def _scored(self, queries: NDArray[np.float32], k: int, positions: NDArray[np.int64]) -> Found:
        scores, places = _scored(self._rows_at(positions), queries, k)
        if len(positions) < k:
            positions = np.append(positions, -1)
        return scores, positions[places]

    def _rows_at(self, positions: NDArray[np.int64]) -> Rows:
        first, last = int(positions[0]), int(positions[-1])
        if last - first + 1 == len(positions):
            return self._vectors.between(first, last + 1)
        return self._vectors.at(positions)


def _cut(scores: NDArray[np.float32], deviation: float) -> float:
    """Return above which estimate a row must be scored so that few enough of the best lack.

    scores: of the best that were found, [k], which tell where the best are. Errors of estimates
    are normal with that deviation. The tail of the normal distribution is bounded by the ratio of
    Mills. Minus infinity, for all rows, where nothing is known.
    """
    last = float(scores[-1])
    if not deviation or last == -np.inf:
        return -np.inf
    z = _AWAY + ((scores - last) / deviation)[:, np.newaxis]
    missing = np.exp(z * z / -2) / (z * sqrt(2 * pi))
    best = missing[:_BEST]
    few = best.sum(axis=0) <= MOST_MISSING * len(best)
    few &= missing.sum(axis=0) <= MOST_MISSING_OF_ALL * len(missing)
    return last - float(_AWAY[few.argmax()]) * deviation


def _encoded(codes: Codes, rows: Rows, chosen: NDArray[np.bool_], first: int) -> Encoded:
    return codes.encode(rows[chosen], first + np.flatnonzero(chosen))


def _scored(rows: Rows, lines: NDArray[np.float32], k: int) -> Found:
    """Return the best k of these rows by (score, place)."""
    index = _index_of(rows)
    # FAISS keeps any of the rows that tie for the last place, so look one row further, and
    # on until the last place is decided.
    fetch = min(k + 1, len(rows))
    while True:
        scores, places = index.search(lines, fetch)
        if fetch >= k and (scores[:, 1:] < scores[:, :-1]).all():
            return scores[:, :k], places[:, :k]
        if fetch == len(rows) or not (scores[:, k - 1] == scores[:, -1]).any():
            return best(scores, places, k)
        fetch = min(4 * fetch, len(rows))


def _index_of(rows: Rows) -> Any:  # Any: faiss has no types
    """Return an index of these rows where they lie; it must not outlive them."""
    index = _quantizer(rows.shape[1])
    pointer = faiss.swig_ptr(np.ascontiguousarray(rows).view(np.uint8))
    index.codes = _PYTHON_FAISS.MaybeOwnedVectorUInt8.create_view(
        pointer, rows.nbytes, _OWNED.owner
    )
    index.ntotal = len(rows)
    return index


def _quantizer(dimension: int) -> Any:
    kind = faiss.ScalarQuantizer.QT_fp16
    return _PYTHON_FAISS.IndexScalarQuantizer(dimension, kind, faiss.METRIC_INNER_PRODUCT)
