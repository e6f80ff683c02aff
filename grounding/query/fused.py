"""Scores of everything that was found, in columns: most of it is never looked at by itself."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import fsum, isnan, sqrt
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grounding.query.records import Scores

_NOISE: Final = 1e-9
"""What a deviation must exceed, by the size of the scores, to be more than rounding."""


def spread(scores: Sequence[float]) -> tuple[float, float]:
    """Return mean and deviation of one score or more; 0 for a deviation that is mere rounding."""
    mean = fsum(scores) / len(scores)
    deviation = sqrt(fsum((score - mean) ** 2 for score in scores) / len(scores))
    return mean, deviation if deviation > _NOISE * max(1.0, abs(mean)) else 0.0


class Fused(Mapping[int, Scores]):
    """Scores by chunk, each made when it is asked for; chunks are in the order of the columns.

    chunks: [n] int64, each once. dense, lexical: [n], NaN where a leg says nothing; fused,
    neighbours, named: [n]; see `Scores`.
    """

    def __init__(
        self,
        chunks: NDArray[np.int64],
        legs: tuple[NDArray[np.float64], NDArray[np.float64]],
        terms: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    ) -> None:
        self.chunks = chunks
        self.dense, self.lexical = legs
        self.fused, self.neighbours, self.named = terms

    @classmethod
    def of(cls, scores: Mapping[int, Scores]) -> "Fused":
        """Put given scores into columns; what times add is not among them."""

        def column(values: Iterator[float | None]) -> NDArray[np.float64]:
            return np.array([np.nan if each is None else each for each in values], dtype=float)

        given = list(scores.values())
        return cls(
            np.array(list(scores), dtype=np.int64),
            (column(each.dense for each in given), column(each.lexical for each in given)),
            (
                column(each.fused for each in given),
                column(each.neighbours for each in given),
                column(each.named for each in given),
            ),
        )

    @property
    def total(self) -> NDArray[np.float64]:
        """Of each chunk the total without what times add, [n]."""
        total: NDArray[np.float64] = self.fused + self.neighbours + self.named
        return total

    def best_first(self) -> "Fused":
        """Return the same in the order of the totals, of equal ones the lower chunk first."""
        order = np.lexsort((self.chunks, -self.total))
        return Fused(
            self.chunks[order],
            (self.dense[order], self.lexical[order]),
            (self.fused[order], self.neighbours[order], self.named[order]),
        )

    def among(self, chunks: ArrayLike) -> NDArray[np.bool_]:
        """Return which of the chunks here are among those, [n]."""
        return np.isin(self.chunks, chunks)

    def __getitem__(self, chunk: int) -> Scores:
        place = self._places[chunk]
        dense, lexical = float(self.dense[place]), float(self.lexical[place])
        return Scores(
            None if isnan(dense) else dense,
            None if isnan(lexical) else lexical,
            float(self.fused[place]),
            float(self.neighbours[place]),
            named=float(self.named[place]),
        )

    def __iter__(self) -> Iterator[int]:
        return iter(self.chunks.tolist())

    def __len__(self) -> int:
        return len(self.chunks)

    @cached_property
    def _places(self) -> dict[int, int]:
        return {chunk: place for place, chunk in enumerate(self.chunks.tolist())}
