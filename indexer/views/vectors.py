"""The rows of the dense leg: segments of fp16 vectors in the order of their positions.

    segment 0 (a file, mapped)   segment 1 (full, in memory)   ...   the newest (grows)

A full segment never changes. It is sealed: written to a file, and read from then on where it
lies. The system keeps in memory what is used of it, and can drop that when memory is short.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

logger = logging.getLogger(__name__)

SEGMENT: Final = 65_536
"""Rows of a full segment; whole tiles fit in."""

Rows = NDArray[np.float16]
_FIRST_CAPACITY: Final = 1024


@dataclass(frozen=True, slots=True)
class Segment:
    """Full rows, [segment, d], and the file they lie in; None while they are in memory."""

    rows: Rows
    path: Path | None = None


class Vectors:
    """Rows of float16, [n, d], by position.

    directory: where segments are sealed; None keeps everything in memory. `seal` may run beside
    anything, `append` alone only.
    """

    def __init__(
        self, dimension: int, directory: Path | None = None, *, segment: int = SEGMENT
    ) -> None:
        self.dimension = dimension
        self.segment = segment
        self._directory = directory
        self._full: list[Segment] = []
        self._newest = self._room(_FIRST_CAPACITY)
        self._filled = 0
        self._tried = 0

    def __len__(self) -> int:
        return len(self._full) * self.segment + self._filled

    def append(self, vectors: Rows) -> None:
        """Add rows [n, d] after those that are there.

        Raises:
            ValueError: they have another dimension.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self.dimension:
            raise ValueError(f"vectors have shape {vectors.shape}, expected [n, {self.dimension}]")
        start = 0
        while start < len(vectors):
            part = vectors[start : start + self.segment - self._filled]
            self._reserve(self._filled + len(part))
            self._newest[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            start += len(part)
            if self._filled == self.segment:
                self._full.append(Segment(self._newest))
                self._newest, self._filled = self._room(_FIRST_CAPACITY), 0

    def seal(self) -> None:
        """Write full segments that are in memory to files.

        One that cannot be written stays there, and is tried again when the next one is full.
        """
        if self._directory is None or self._tried == len(self._full):
            return
        self._tried = len(self._full)
        for number, segment in enumerate(self._full):
            if segment.path is None:
                self._seal(number, self._directory / segment_name(number))

    def at(self, positions: NDArray[np.int64]) -> Rows:
        """Return copies of the rows at these positions, [n, d]."""
        if not self._full:
            return self._newest[positions]
        found = np.empty((len(positions), self.dimension), dtype="<f2")
        numbers = positions // self.segment
        edges = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(positions)]
        for first, end in pairwise(edges[len(positions) == 0 :]):
            number = int(numbers[first])
            places = positions[first:end] - number * self.segment
            self._part(number).take(places, axis=0, out=found[first:end], mode="clip")
        return found

    def between(self, first: int, end: int) -> Rows:
        """Return the rows from `first` to before `end`; within a segment no copy is made."""
        number = first // self.segment
        if end <= (number + 1) * self.segment:
            start = number * self.segment
            return self._part(number)[first - start : end - start]
        return self.at(np.arange(first, end))

    def full(self) -> Sequence[Segment]:
        """Return the full segments; nobody changes their rows."""
        return tuple(self._full)

    def newest(self) -> Rows:
        """Return a copy of the rows after the full segments."""
        return self._newest[: self._filled].copy()

    def adopt(self, segments: Sequence[Segment]) -> None:
        """Begin with these full segments; nothing may have been added before.

        Raises:
            ValueError: one has another shape.
        """
        if any(each.rows.shape != (self.segment, self.dimension) for each in segments):
            raise ValueError(f"segments are not of {self.segment} rows of {self.dimension}")
        self._full = list(segments)

    def _part(self, number: int) -> Rows:
        if number < len(self._full):
            return self._full[number].rows
        return self._newest[: self._filled]

    def _room(self, rows: int) -> Rows:
        return np.empty((min(rows, self.segment), self.dimension), dtype="<f2")

    def _reserve(self, rows: int) -> None:
        if rows > len(self._newest):
            grown = self._room(max(rows, 2 * len(self._newest)))
            grown[: self._filled] = self._newest[: self._filled]
            self._newest = grown

    def _seal(self, number: int, path: Path) -> None:
        try:
            path.parent.mkdir(exist_ok=True)
            self._full[number].rows.tofile(path)
            self._full[number] = Segment(mapped(path, self.dimension), path)
        except OSError as error:
            logger.warning("%s stays in memory: %s", path.name, error)
            with suppress(OSError):
                path.unlink()


def segment_name(number: int) -> str:
    return f"vectors-{number:05}.f16"


def mapped(path: Path, dimension: int) -> Rows:
    """Return the rows in a file of a sealed segment, which is read when it is used.

    Raises:
        OSError, ValueError: it cannot be read, or holds no whole rows.
    """
    flat = np.memmap(path, dtype="<f2", mode="r")
    return flat.reshape(-1, dimension)
