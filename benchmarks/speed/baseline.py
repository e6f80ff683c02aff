"""FAISS as fast as it can be set here: what a search of the same vectors costs without a service.

Of flat float32 and flat float16, one thread and all cores, and for batches FAISS's switch to BLAS
at several sizes, the fastest is taken, measured on the vectors and questions at hand.
"""

import itertools
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]

TOP = 10
FP32, FP16 = "IndexFlatIP, fp32", "IndexScalarQuantizer, fp16"
THRESHOLDS = (20, 3_072)
"""From how many questions on FAISS multiplies matrices instead: its default, and never here."""
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Searcher:
    """A FAISS index with the settings that are in force while it searches."""

    index: Any  # Any: faiss has no types
    kind: str
    threads: int
    threshold: int

    @property
    def settings(self) -> str:
        return (
            f"FAISS {faiss.__version__} {self.kind}, {self.threads} OpenMP thread(s),"
            f" distance_compute_blas_threshold {self.threshold}"
        )

    def search(self, queries: NDArray[np.float32], k: int = TOP) -> Ids:
        """Return the positions of the best k rows for each question, [q, k]."""
        faiss.omp_set_num_threads(self.threads)
        faiss.cvar.distance_compute_blas_threshold = self.threshold
        found: Ids = self.index.search(queries, k)[1]
        return found


def fastest(
    vectors: NDArray[np.float16],
    queries: NDArray[np.float32],
    *,
    batch: int,
    threads: Sequence[int] | None = None,
    kinds: Sequence[str] = (FP32, FP16),
) -> Searcher:
    """Return the fastest way to search `batch` questions at a time."""
    made = [_index(kind, vectors) for kind in kinds]
    possible = [
        Searcher(index, kind, count, threshold)
        for (index, kind), count, threshold in itertools.product(
            zip(made, kinds, strict=True),
            threads or sorted({1, os.cpu_count() or 1}),
            THRESHOLDS if batch > 1 else THRESHOLDS[:1],
        )
    ]
    some = queries[:batch]
    costs = alternated([partial(each.search, some) for each in possible], _ROUNDS)
    seconds = [each.seconds for each in costs]
    return possible[seconds.index(min(seconds))]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call costs: the median of its seconds, the mean of its processor seconds."""

    seconds: float
    cpu_seconds: float


def alternated(ways: Sequence[Callable[[], object]], rounds: int) -> list[Cost]:
    """Time each way once a round, in turn, after one round that does not count."""
    taken: list[list[tuple[float, float]]] = [[] for _ in ways]
    for round_ in range(rounds + 1):
        for way, costs in zip(ways, taken, strict=True):
            cost = timed(way)
            if round_:
                costs.append(cost)
    return [cost_of(costs) for costs in taken]


def cost_of(taken: Sequence[tuple[float, float]]) -> Cost:
    """Return what one of these calls, given in seconds and processor seconds, costs."""
    return Cost(
        statistics.median(each for each, _ in taken), statistics.mean(cpu for _, cpu in taken)
    )


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Return how long it took, and the processor time of this process meanwhile, in seconds."""
    begun, begun_cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - begun, time.process_time() - begun_cpu


def _index(kind: str, vectors: NDArray[np.float16]) -> Any:  # Any: faiss has no types
    dimension = vectors.shape[1]
    index: Any = faiss.IndexFlatIP(dimension)
    if kind == FP16:
        quantizer = faiss.ScalarQuantizer.QT_fp16
        index = faiss.IndexScalarQuantizer(dimension, quantizer, faiss.METRIC_INNER_PRODUCT)
    for first in range(0, len(vectors), 65_536):
        index.add(vectors[first : first + 65_536].astype(np.float32))
    return index
