"""The slices of rows on a GPU: an index each, and the best rows of several of them.

A FAISS index on a GPU without cuVS silently ignores a selector, so none is ever passed to it. It
rounds queries to half precision, breaks ties as it likes and finds a limited number of rows.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.views.dense import Found

MOST_FOUND: Final = 2048
"""Rows that one search finds at most."""


class CardIndex(Protocol):
    """What is used of a FAISS index on a GPU."""

    def add(self, vectors: NDArray[np.float32]) -> None: ...

    def search(self, queries: NDArray[np.float32], k: int) -> Found: ...


class Card:
    """Slices by number; one thread at a time.

    slice_rows: of each at most. open_slice: makes the index of one.
    """

    def __init__(self, slice_rows: int, open_slice: Callable[[], CardIndex]) -> None:
        self._slice_rows = slice_rows
        self._open = open_slice
        self._slices: dict[int, CardIndex] = {}
        self._counts: dict[int, int] = {}

    def add(self, number: int, rows: NDArray[np.float16]) -> None:
        """Append rows, [n, d], to a slice.

        Raises:
            RuntimeError: the GPU has no room for them.
        """
        if number not in self._slices:
            self._slices[number] = self._open()
        self._slices[number].add(np.ascontiguousarray(rows, dtype=np.float32))
        self._counts[number] = self._counts.get(number, 0) + len(rows)

    def remove(self, number: int) -> None:
        """Forget a slice, if it is there."""
        self._slices.pop(number, None)
        self._counts.pop(number, None)

    def search(self, queries: NDArray[np.float32], k: int, numbers: Sequence[int]) -> Found:
        """Return the best k rows of these slices by the card's scores, [q, k], best first.

        k: at most `MOST_FOUND`, and no more than they have rows. A position is slice rows * number
        + place in the slice.

        Raises:
            RuntimeError: the GPU has no room to search.
        """
        found = [self._searched(queries, k, number) for number in numbers]
        scores = np.concatenate([each for each, _ in found], axis=1)
        positions = np.concatenate([each for _, each in found], axis=1)
        if scores.shape[1] > k:
            chosen = np.argpartition(-scores, k - 1, axis=1)[:, :k]
            scores = np.take_along_axis(scores, chosen, 1)
            positions = np.take_along_axis(positions, chosen, 1)
        order = np.argsort(-scores, axis=1)
        return np.take_along_axis(scores, order, 1), np.take_along_axis(positions, order, 1)

    def _searched(self, queries: NDArray[np.float32], k: int, number: int) -> Found:
        fetch = min(k, self._counts[number])
        scores, places = self._slices[number].search(queries, fetch)
        return scores, np.where(places < 0, places, places + number * self._slice_rows)
