"""The dense leg on a GPU: rows on the card propose, the same rows on the host decide.

    slices:   0, 1, ...          ..., n        the newest slices are on the card, as many as fit
              └ on the host ┘    └ on the card ┘
    search:   host, by codes  +  slices that hold kept rows ──▶ scored again on the host ──▶ best k

A GPU index without cuVS silently ignores a selector, rounds queries to half precision, breaks
ties as it likes and returns 2048 rows at most. So no selector is ever passed to it: slices in
which no row is kept are left out, of the others more rows are asked for than wanted, those that
are not kept are dropped, the rest are scored again from the host's rows, and the answer stands
only if no row that the card held back could belong to it. Otherwise, and where few rows are
kept, the host searches: that is then also the cheaper way.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.views.conditions import Mask
from indexer.views.dense import Found, Stored, best, best_of, nothing
from indexer.views.faiss_cpu import FaissCpuDense
from indexer.views.kept import Kept
from indexer.views.rows import TILE

logger = logging.getLogger(__name__)

SLICE: Final = 1 << 20
"""Rows of a slice: fewer would be filtered finer, more are searched in fewer calls."""

_MOST_ROWS: Final = 2048
_HOST_ROWS: Final = 20_000
_ADD_ROWS: Final = 65_536


class CardIndex(Protocol):
    """What is used of a FAISS GPU index; one thread at a time."""

    def add(self, vectors: NDArray[np.float32]) -> None: ...

    def search(self, queries: NDArray[np.float32], k: int) -> Found: ...


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
        self._open: OpenSlice = open_slice or _opener(dimension)
        self._slice_rows = slice_rows
        self._most_slices = None if max_bytes is None else max_bytes // (2 * dimension * slice_rows)
        self._slices: dict[int, CardIndex] = {}
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
        on_card = min(self._slices, default=0) * self._slice_rows
        if not self._slices or kept.between(on_card, len(self)).count < self._host_rows:
            return self._host.search(lines, k, kept, exact=exact)
        before = self._host.search(lines, k, kept.between(0, on_card), exact=exact)
        return best_of(before, self._on_card(lines, k, kept.between(on_card, len(self))), k)

    def _on_card(self, lines: NDArray[np.float32], k: int, kept: Kept) -> Found:
        proposals = _Proposals(len(lines), most=_MOST_ROWS)
        aside = nothing(len(lines), k)
        for number, card in sorted(self._slices.items()):
            first = number * self._slice_rows
            here = min(self._slice_rows, len(self) - first)
            part = kept.between(first, first + here)
            fetch = min(here, int(1.5 * (k + 16) * here / max(part.count, 1)))
            if not part.count:
                continue
            if fetch > _MOST_ROWS:  # few are kept: all of them are scored
                aside = best_of(aside, self._host.search(lines, k, part, exact=True), k)
                continue
            with self._card_lock:
                scores, places = card.search(lines, fetch)
            places = np.where(places < 0, places, places + first)
            proposals.add((scores, places), is_all=fetch == here)
        return best_of(aside, self._decided(lines, k, kept, proposals), k)

    def _decided(
        self, lines: NDArray[np.float32], k: int, kept: Kept, proposals: "_Proposals"
    ) -> Found:
        """Return the exact best k for each query, from the card's proposals if they suffice."""
        scores, positions = nothing(len(lines), k)
        for line in range(len(lines)):
            query = lines[line : line + 1]
            proposed = proposals.of(line)
            found = self._host.among(query, k, proposed[kept.meets(proposed)])
            could_be_missing = proposals.held_back(line) + self._card_error(query)
            if np.isfinite(could_be_missing) and float(found[0][0, -1]) <= could_be_missing:
                found = self._host.search(query, k, kept, exact=True)
            scores[line], positions[line] = found[0][0], found[1][0]
        return scores, positions

    def _card_error(self, query: NDArray[np.float32]) -> float:
        """Bound the difference between the card's score and the exact one."""
        rounding = np.linalg.norm(query - query.astype(np.float16).astype(np.float32))
        summing = 1e-4 * np.linalg.norm(query)
        return float((rounding + summing) * self._longest)

    def _load(self, start: int) -> None:
        """Put the rows from `start` on onto the card, and take the oldest off for want of room.

        Rows that no card has room for are searched on the host.
        """
        while start < len(self._host):
            number = start // self._slice_rows
            end = min((number + 1) * self._slice_rows, len(self._host))
            while self._has_room(number):
                try:
                    if number not in self._slices:
                        self._slices[number] = self._open()
                        start = number * self._slice_rows
                    self._fill(self._slices[number], start, end)
                    break
                except RuntimeError as error:  # what FAISS makes of a card without memory
                    self._slices.pop(number, None)
                    self._most_slices = len(self._slices)
                    logger.warning("the GPU holds %d slices of rows: %s", len(self._slices), error)
            start = end

    def _has_room(self, number: int) -> bool:
        """Take the oldest slices off the card until there is room for this one, or none is left."""
        most = self._most_slices
        while most is not None and self._slices and len(self._slices) >= max(most, 1):
            if number in self._slices:
                return True
            del self._slices[min(self._slices)]
        return most is None or most > 0

    def _fill(self, card: CardIndex, first: int, end: int) -> None:
        for start in range(first, end, _ADD_ROWS):
            some = self._host.rows(np.arange(start, min(end, start + _ADD_ROWS)))
            rows = np.ascontiguousarray(some, dtype=np.float32)
            self._longest = max(self._longest, float(np.linalg.norm(rows, axis=1).max()))
            card.add(rows)


class _Proposals:
    """What a card proposes for each question: the best of its slices, by its own scores.

    most: how many are scored exactly.
    """

    def __init__(self, lines: int, most: int) -> None:
        self._most = most
        self._found = nothing(lines, 0)
        self._held_back = np.full(lines, -np.inf, dtype=np.float32)

    def add(self, found: Found, *, is_all: bool) -> None:
        """Take what one slice proposes, [q, n] best first; is_all: it holds no other rows."""
        scores, positions = found
        if not is_all:
            self._held_back = np.maximum(self._held_back, scores[:, -1])
        width = self._found[0].shape[1] + scores.shape[1]
        everything = (
            np.concatenate((self._found[0], scores), axis=1),
            np.concatenate((self._found[1], positions), axis=1),
        )
        kept = best(*everything, width)
        if width > self._most:
            self._held_back = np.maximum(self._held_back, kept[0][:, self._most])
        self._found = kept[0][:, : self._most], kept[1][:, : self._most]

    def of(self, line: int) -> NDArray[np.int64]:
        """Return the positions proposed for a question, ascending."""
        positions = self._found[1][line]
        return np.sort(positions[positions >= 0])

    def held_back(self, line: int) -> float:
        """Return the best score, by the card, that a row may have that is not proposed."""
        return float(self._held_back[line])


def _opener(dimension: int) -> OpenSlice:
    resources = faiss.StandardGpuResources()  # of one card: its memory is shared by all slices
    config = faiss.GpuIndexFlatConfig()
    config.useFloat16 = True

    def opened() -> CardIndex:
        card: CardIndex = faiss.GpuIndexFlatIP(resources, dimension, config)
        return card

    return opened
