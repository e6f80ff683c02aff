"""The dense leg on a GPU: rows on the card propose, the same rows on the host decide.

    slices:   0, 1, ...          ..., n        the newest slices are on the card, as many as fit
              └ on the host ┘    └ on the card ┘
    search:   host, by codes  +  slices that hold kept rows ──▶ scored again on the host ──▶ best k

The card knows no filter, rounds queries to half precision and breaks ties as it likes. So slices
in which no row is kept are left out, of the others more rows are asked for than wanted, those that
are not kept are dropped, the best of the rest are scored again from the host's rows, and the
answer stands only if no row that the card held back could belong to it. Otherwise, and where few
rows are kept, the host searches: that is then also the cheaper way.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.views.card import MOST_FOUND, Card, CardIndex
from indexer.views.conditions import Mask
from indexer.views.dense import Found, Stored, best, best_of, nothing
from indexer.views.faiss_cpu import FaissCpuDense
from indexer.views.kept import Kept
from indexer.views.rows import TILE

logger = logging.getLogger(__name__)

SLICE: Final = 1 << 20
"""Rows of a slice: fewer would be filtered finer, more are searched in fewer calls."""

_HOST_ROWS: Final = 20_000
_ADD_ROWS: Final = 65_536


OpenSlice = Callable[[], CardIndex]


def has_gpu() -> bool:
    return hasattr(faiss, "StandardGpuResources") and int(faiss.get_num_gpus()) > 0


class FaissGpuDense:
    """Rows twice: fp16 on the card for speed, fp16 on the host for the last word.

    directory: as for the host's index. open_slice: makes other indexes than FAISS ones on the
    first GPU. slice_rows: rows of each, a multiple of `tile`. max_bytes: of rows on the card;
    None takes what the card has. host_rows: where fewer rows are kept the host searches alone.
    """

    device = "gpu"

    def __init__(
        self,
        dimension: int,
        directory: Path | None = None,
        *,
        open_slice: OpenSlice | None = None,
        max_bytes: int | None = None,
        slice_rows: int = SLICE,
        host_rows: int = _HOST_ROWS,
        tile: int = TILE,
    ) -> None:
        self.dimension = dimension
        self._host = FaissCpuDense(dimension, directory, tile=tile)
        self._card = Card(slice_rows, open_slice or _opener(dimension))
        self._slice_rows = slice_rows
        self._most_slices = None if max_bytes is None else max_bytes // (2 * dimension * slice_rows)
        self._numbers: set[int] = set()
        self._card_lock = Lock()
        self._host_rows = host_rows
        self._longest = 0.0

    def __len__(self) -> int:
        return len(self._host)

    def add(self, vectors: NDArray[np.float16]) -> None:
        start = len(self._host)
        self._host.add(vectors)
        self._load(start)

    def arrange(self, tile: int, past: Mask) -> Callable[[], None]:
        return self._host.arrange(tile, past)

    def seal(self) -> None:
        self._host.seal()

    def contents(self) -> Stored:
        return self._host.contents()

    def restore(self, stored: Stored) -> bool:
        is_arranged = self._host.restore(stored)
        self._load(0)
        return is_arranged

    def rows(self, positions: NDArray[np.int64]) -> NDArray[np.float16]:
        return self._host.rows(positions)

    def search(
        self, queries: NDArray[np.float32], k: int, kept: Kept, *, exact: bool = False
    ) -> Found:
        lines = np.ascontiguousarray(queries, dtype=np.float32)
        first = min(self._numbers, default=0)
        counts = kept.counts(self._slice_rows) if self._numbers else np.zeros(0, np.int64)
        if not self._numbers or int(counts[first:].sum()) < self._host_rows:
            return self._host.search(lines, k, kept, exact=exact)
        start = first * self._slice_rows
        found = self._on_card(lines, k, kept.between(start, len(self)), counts)
        if not first:
            return found
        before = self._host.search(lines, k, kept.between(0, start), exact=exact)
        return best_of(before, found, k)

    def _on_card(
        self, lines: NDArray[np.float32], k: int, kept: Kept, counts: NDArray[np.int64]
    ) -> Found:
        """Search the slices on the card. counts: of kept rows in every slice."""
        wanted = 1.5 * (k + 16)
        sizes = {number: self._size(number) for number in sorted(self._numbers) if counts[number]}
        fetches = {n: min(size, int(wanted * size / counts[n])) for n, size in sizes.items()}
        found = nothing(len(lines), k)
        few = [number for number, fetch in fetches.items() if fetch > MOST_FOUND]
        for start, end in _stretches(few):  # of few rows all are scored
            part = kept.between(start * self._slice_rows, end * self._slice_rows)
            found = best_of(found, self._host.search(lines, k, part, exact=True), k)
        searched = [number for number in sizes if number not in set(few)]
        if not searched:
            return found
        rows, count = sum(sizes[n] for n in searched), int(counts[searched].sum())
        fetch = k + 16 if count == rows else int(wanted * rows / count)
        fetch = min(fetch, rows, MOST_FOUND)
        try:
            with self._card_lock:
                proposed = self._card.search(lines, fetch, searched)
        except RuntimeError as error:
            logger.warning("the GPU failed, so the processor searches: %s", error)
            return self._host.search(lines, k, kept, exact=True)
        is_kept = proposed[1] >= 0
        if count < rows:
            is_kept[is_kept] = kept.meets(proposed[1][is_kept])
        errors = self._card_errors(lines)
        found = best_of(found, self._decided(lines, k, proposed, is_kept, errors), k)
        if fetch < rows:
            could_be_missing = proposed[0][:, -1] + errors
            unsure = np.flatnonzero(~(found[0][:, -1] > could_be_missing))
            if len(unsure):
                again = self._host.search(lines[unsure], k, kept, exact=True)
                found[0][unsure], found[1][unsure] = again
        return found

    def _decided(
        self,
        lines: NDArray[np.float32],
        k: int,
        proposed: Found,
        is_kept: Mask,
        errors: NDArray[np.float32],
    ) -> Found:
        """Return the best k of what the card proposes and is kept, [q, n], for each query.

        Scored again are those whose scores by the card are so near the k-th best that they may
        be among the best; errors: of these scores at most, [q].
        """
        scores = np.where(is_kept, proposed[0], -np.inf)
        cut = _kth(scores, k) - 2 * errors
        may_be_best = is_kept & ~(scores < cut[:, np.newaxis])
        positions = np.where(may_be_best, proposed[1], -1)
        return best(self._host.scores(lines, positions), positions, k)

    def _card_errors(self, lines: NDArray[np.float32]) -> NDArray[np.float32]:
        """Bound the difference between the card's scores and the exact ones, for each query."""
        rounding = np.linalg.norm(lines - lines.astype(np.float16).astype(np.float32), axis=1)
        summing = 1e-4 * np.linalg.norm(lines, axis=1)
        errors: NDArray[np.float32] = (rounding + summing) * self._longest
        return errors

    def _size(self, number: int) -> int:
        """Return how many rows a slice has."""
        return min(self._slice_rows, len(self) - number * self._slice_rows)

    def _load(self, start: int) -> None:
        """Put the rows from `start` on onto the card, and take the oldest off for want of room.

        Rows that no card has room for are searched on the host.
        """
        while start < len(self._host):
            number = start // self._slice_rows
            end = min((number + 1) * self._slice_rows, len(self._host))
            while self._has_room(number):
                try:
                    if number not in self._numbers:
                        start = number * self._slice_rows
                    self._fill(number, start, end)
                    self._numbers.add(number)
                    break
                except RuntimeError as error:  # what FAISS makes of a card without memory
                    self._remove(number)
                    self._most_slices = len(self._numbers)
                    logger.warning("the GPU holds %d slices of rows: %s", self._most_slices, error)
            start = end

    def _has_room(self, number: int) -> bool:
        """Take the oldest slices off the card until there is room for this one, or none is left."""
        most = self._most_slices
        while most is not None and self._numbers and len(self._numbers) >= max(most, 1):
            if number in self._numbers:
                return True
            self._remove(min(self._numbers))
        return most is None or most > 0

    def _remove(self, number: int) -> None:
        self._card.remove(number)
        self._numbers.discard(number)

    def _fill(self, number: int, first: int, end: int) -> None:
        for start in range(first, end, _ADD_ROWS):
            rows = self._host.rows(np.arange(start, min(end, start + _ADD_ROWS)))
            lengths = np.linalg.norm(rows.astype(np.float32), axis=1)
            self._longest = max(self._longest, float(lengths.max()))
            self._card.add(number, rows)


def _opener(dimension: int) -> OpenSlice:
    resources = faiss.StandardGpuResources()  # of one card: its memory is shared by all slices
    config = faiss.GpuIndexFlatConfig()
    config.useFloat16 = True

    def opened() -> CardIndex:
        index: CardIndex = faiss.GpuIndexFlatIP(resources, dimension, config)
        return index

    return opened


def _kth(scores: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """Return the k-th best of each line, -inf where there are fewer."""
    if scores.shape[1] < k:
        return np.full(len(scores), -np.inf, dtype=np.float32)
    kth: NDArray[np.float32] = -np.partition(-scores, k - 1, axis=1)[:, k - 1]
    return kth


def _stretches(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the runs of these ascending numbers, each from its first to before its end."""
    start = 0
    for at in range(1, len(numbers) + 1):
        if at == len(numbers) or numbers[at] != numbers[at - 1] + 1:
            yield numbers[start], numbers[at - 1] + 1
            start = at
