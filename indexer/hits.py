"""Hits and vectors of chunks, many at a time, in columns: what the legs of an index answer with."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Hit:
    """What one leg of the index answers: a chunk and that leg's own score, higher is better."""

    chunk: int
    score: float


class Hits:
    """Hits of one leg: their chunks [n] int64, and scores [n] float64."""

    def __init__(self, chunks: ArrayLike = (), scores: ArrayLike = ()) -> None:
        self.chunks = np.asarray(chunks, dtype=np.int64)
        self.scores = np.asarray(scores, dtype=np.float64)

    @classmethod
    def of(cls, hits: Iterable[Hit]) -> "Hits":
        given = list(hits)
        return cls([hit.chunk for hit in given], [hit.score for hit in given])

    def __len__(self) -> int:
        return len(self.chunks)

    def __iter__(self) -> Iterator[Hit]:
        return map(Hit, self.chunks.tolist(), self.scores.tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hits) and [*self] == [*other]

    def __hash__(self) -> int:
        return hash((*self,))

    def __repr__(self) -> str:
        return f"Hits({self.chunks.tolist()}, {self.scores.tolist()})"

    def __add__(self, other: "Hits") -> "Hits":
        chunks = np.concatenate((self.chunks, other.chunks))
        return Hits(chunks, np.concatenate((self.scores, other.scores)))


def are_among(chunks: NDArray[np.int64], some: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of the chunks, ascending, these some of them are, [n]."""
    found = np.zeros(len(chunks), dtype=np.bool_)
    found[np.searchsorted(chunks, some)] = True
    return found


class Vectors(Mapping[int, NDArray[np.float32]]):
    """Vectors, [d], by chunk.

    chunks: [n], each once, ascending; rows: their vectors, [n, d].
    """

    def __init__(self, chunks: ArrayLike = (), rows: ArrayLike = ()) -> None:
        self._chunks = np.asarray(chunks, dtype=np.int64)
        self._rows = np.asarray(rows, dtype=np.float32)

    def __getitem__(self, chunk: int) -> NDArray[np.float32]:
        place = int(np.searchsorted(self._chunks, chunk))
        if place == len(self) or self._chunks[place] != chunk:
            raise KeyError(chunk)
        row: NDArray[np.float32] = self._rows[place]
        return row

    def __iter__(self) -> Iterator[int]:
        return iter(self._chunks.tolist())

    def __len__(self) -> int:
        return len(self._chunks)

    def __or__(self, other: "Vectors") -> "Vectors":
        if not len(self) or not len(other):
            return self if len(self) else other
        chunks, places = np.unique(np.concatenate((self._chunks, other._chunks)), return_index=True)
        return Vectors(chunks, np.concatenate((self._rows, other._rows))[places])

    def of(self, chunks: ArrayLike) -> NDArray[np.float32]:
        """Return the vectors of these chunks, [m, d], zeros for one that is not here."""
        wanted = np.asarray(chunks, dtype=np.int64)
        if not len(self):
            return np.zeros((len(wanted), 0), dtype=np.float32)
        places = np.searchsorted(self._chunks, wanted).clip(max=len(self) - 1)
        found: NDArray[np.float32] = self._rows[places]
        found[self._chunks[places] != wanted] = 0.0
        return found


class Dates:
    """Of which source chunks are, by its row, and the latest time that gives to each.

    chunks: [n], each once, ascending. sources: [n]. at: [n], see `published.dated`, in
    microseconds since 1970 UTC, and any number where not `is_dated`. is_told: [n], whether
    anything is known; it is not of cards of series, whose values have the dates.
    """

    def __init__(
        self,
        chunks: ArrayLike = (),
        sources: ArrayLike = (),
        at: ArrayLike = (),
        *,
        is_dated: ArrayLike = (),
        is_told: ArrayLike = (),
    ) -> None:
        self.chunks = np.asarray(chunks, dtype=np.int64)
        self.sources = np.asarray(sources, dtype=np.int64)
        self.at = np.asarray(at, dtype=np.int64)
        self.is_dated = np.asarray(is_dated, dtype=np.bool_)
        self.is_told = np.asarray(is_told, dtype=np.bool_)

    def __len__(self) -> int:
        return len(self.chunks)

    def __or__(self, other: "Dates") -> "Dates":
        chunks, places = np.unique(np.concatenate((self.chunks, other.chunks)), return_index=True)
        return Dates(
            chunks,
            np.concatenate((self.sources, other.sources))[places],
            np.concatenate((self.at, other.at))[places],
            is_dated=np.concatenate((self.is_dated, other.is_dated))[places],
            is_told=np.concatenate((self.is_told, other.is_told))[places],
        )

    def of(self, chunks: NDArray[np.int64]) -> "Dates":
        """Return those of these chunks, in their order; of one that is not here nothing is told."""
        if not len(self):
            nothing = np.zeros(len(chunks), dtype=np.int64)
            return Dates(chunks, nothing, nothing, is_dated=nothing, is_told=nothing)
        places = np.searchsorted(self.chunks, chunks).clip(max=len(self) - 1)
        is_here = self.chunks[places] == chunks
        return Dates(
            chunks,
            self.sources[places],
            self.at[places],
            is_dated=self.is_dated[places],
            is_told=self.is_told[places] & is_here,
        )
