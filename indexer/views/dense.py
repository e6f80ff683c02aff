"""The dense leg's seam: inner-product search over fp16 rows, and how to open one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.errors import IndexerError
from indexer.views.kept import Kept
from indexer.views.rows import TILE
from indexer.views.vectors import Segment

Device = Literal["auto", "cpu", "gpu"]
Found = tuple[NDArray[np.float32], NDArray[np.int64]]
_NOWHERE: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Stored:
    """A dense index as it is kept: full segments, the rows after them, [n, d], and the codes.

    codes: arrays by name, none without codes.
    """

    segments: Sequence[Segment]
    newest: NDArray[np.float16]
    codes: Mapping[str, NDArray[Any]]  # Any: of several types


class DenseIndex(Protocol):
    """Rows of float16, found by inner product.

    A caller may assume: of results the best comes first, and of equal scores the lower position;
    a row has the same score whichever rows are kept; with `exact` the best k rows are found, and
    every implementation gives the same positions. Without it, fewer than one in ten thousand of
    the best ten may be missing, and fewer than one in a thousand of all.
    It may not assume that scores of two implementations agree to the last bit. `search` may run
    in several threads at once, but not while `add` or what `arrange` returned runs; `arrange` and
    `seal` may run beside it. Missing results have position -1 and score -inf.
    """

    @property
    def dimension(self) -> int: ...

    @property
    def device(self) -> str: ...

    def __len__(self) -> int: ...

    def add(self, vectors: NDArray[np.float16]) -> None:
        """Append rows [n, d]; they get the next positions."""
        ...

    def arrange(self, tile: int, past: NDArray[np.bool_]) -> Callable[[], None]:
        """Prepare a tile of the row table whose rows, [tile], are in the past or not.

        What is returned makes it take effect, at once, and is called before `RowTable.arrange`.
        """
        ...

    def seal(self) -> None:
        """Put on disk what will not change any more."""
        ...

    def search(
        self, queries: NDArray[np.float32], k: int, kept: Kept, *, exact: bool = False
    ) -> Found:
        """Return (scores, positions), each [q, k], over the rows that are kept."""
        ...

    def rows(self, positions: NDArray[np.int64]) -> NDArray[np.float16]:
        """Return copies of the rows at these positions, [n, d]."""
        ...

    def contents(self) -> Stored:
        """Return what `restore` makes the same index of."""
        ...

    def restore(self, stored: Stored) -> bool:
        """Fill an empty index; return whether what was arranged is arranged again.

        Raises:
            ValueError: the parts do not fit each other.
        """
        ...


def open_dense(
    dimension: int,
    device: Device = "auto",
    directory: Path | None = None,
    *,
    tile: int = TILE,
    gpu_max_bytes: int | None = None,
) -> DenseIndex:
    """Return an empty dense index on `device`; "auto" takes a GPU where FAISS sees one.

    directory: where it keeps rows on disk; None keeps them all in memory.
    tile: rows of a tile of the row table. gpu_max_bytes: of rows on a GPU; None takes what it has.

    Raises:
        IndexerError: "gpu" was asked for and FAISS sees none.
    """
    from indexer.views.faiss_cpu import FaissCpuDense  # heavy to load
    from indexer.views.faiss_gpu import FaissGpuDense, has_gpu

    if device == "cpu" or (device == "auto" and not has_gpu()):
        return FaissCpuDense(dimension, directory, tile=tile)
    if not has_gpu():
        raise IndexerError(
            "index device gpu: FAISS sees no GPU; install the extra `grounding[gpu]` on a "
            'machine that has one, or set device = "cpu"'
        )
    return FaissGpuDense(dimension, directory, max_bytes=gpu_max_bytes, tile=tile)


def best(scores: NDArray[np.float32], positions: NDArray[np.int64], k: int) -> Found:
    """Return the first k of each line by (score descending, position ascending), padded."""
    found = nothing(len(scores), k)
    missing = positions < 0
    ties = np.where(missing, _NOWHERE, positions)
    order = np.lexsort((ties, np.where(missing, np.inf, -scores)))[:, :k]
    width = order.shape[1]
    lines = np.arange(len(scores))[:, np.newaxis]
    found[1][:, :width] = positions[lines, order]
    found[0][:, :width] = np.where(found[1][:, :width] < 0, -np.inf, scores[lines, order])
    return found


def best_of(one: Found, other: Found, k: int) -> Found:
    """Return the best k of what two searches found in different rows."""
    if not (other[1] >= 0).any():
        return one
    if not (one[1] >= 0).any():
        return other
    scores = np.concatenate((one[0], other[0]), axis=1)
    return best(scores, np.concatenate((one[1], other[1]), axis=1), k)


def nothing(lines: int, k: int) -> Found:
    """Return what a search returns that finds nothing."""
    return np.full((lines, k), -np.inf, np.float32), np.full((lines, k), -1, np.int64)
