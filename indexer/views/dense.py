"""The dense leg's seam: exact inner-product search over fp16 rows, and how to open one."""

from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.errors import IndexerError

Device = Literal["auto", "cpu", "gpu"]
Found = tuple[NDArray[np.float32], NDArray[np.int64]]


class DenseIndex(Protocol):
    """Rows of float16, found by inner product.

    A caller may assume: results are exact over the kept rows, best first; of equal scores the
    lower position comes first; every implementation gives the same positions. It may not assume
    that scores of two implementations agree to the last bit. `search` may run in several threads
    at once, but not while `add` runs. Missing results have position -1 and score -inf.
    """

    @property
    def dimension(self) -> int: ...

    @property
    def device(self) -> str: ...

    def __len__(self) -> int: ...

    def add(self, vectors: NDArray[np.float16]) -> None:
        """Append rows [n, d]; they get the next positions."""
        ...

    def search(
        self, queries: NDArray[np.float32], k: int, keep: NDArray[np.bool_] | None = None
    ) -> Found:
        """Return (scores, positions), each [q, k], over the rows where `keep` is true."""
        ...

    def rows(self, positions: NDArray[np.int64]) -> NDArray[np.float16]:
        """Return copies of the rows at these positions, [n, d]."""
        ...

    def vectors(self) -> NDArray[np.float16]:
        """Return a copy of every row, [n, d]."""
        ...


def open_dense(dimension: int, device: Device = "auto") -> DenseIndex:
    """Return an empty dense index on `device`; "auto" takes a GPU where FAISS sees one.

    Raises:
        IndexerError: "gpu" was asked for and FAISS sees none.
    """
    from indexer.views.faiss_cpu import FaissCpuDense  # heavy to load
    from indexer.views.faiss_gpu import FaissGpuDense, has_gpu

    if device == "cpu" or (device == "auto" and not has_gpu()):
        return FaissCpuDense(dimension)
    if not has_gpu():
        raise IndexerError(
            "index device gpu: FAISS sees no GPU; install the extra `grounding[gpu]` on a "
            'machine that has one, or set device = "cpu"'
        )
    return FaissGpuDense(dimension)


def best(scores: NDArray[np.float32], positions: NDArray[np.int64], k: int) -> Found:
    """Return the first k of each line by (score descending, position ascending), padded."""
    missing = positions < 0
    scores = np.where(missing, np.float32(-np.inf), scores)
    order = np.lexsort((np.where(missing, np.iinfo(np.int64).max, positions), -scores))[:, :k]
    short = max(0, k - order.shape[1])
    return (
        np.pad(np.take_along_axis(scores, order, 1), ((0, 0), (0, short)), constant_values=-np.inf),
        np.pad(np.take_along_axis(positions, order, 1), ((0, 0), (0, short)), constant_values=-1),
    )
