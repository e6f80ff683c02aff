"""How near does an exact search on a GPU come to what its memory allows?

1,000,000 rows of 384 half floats (`--full`: 10,000,000) are searched by the service's index on a
GPU, in batches of 1, 8 and 64. No exact search can be faster than reading the rows once; how fast
the card reads is measured in the same run where torch sees the card, else its data sheet is
taken. What is found must be what brute force finds, also within filters.
Without a GPU the task is skipped, and says what the bound would be.
"""

import statistics
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from benchmarks.records import Baseline, Context, Figure, Skipped
from benchmarks.speed.baseline import TOP, timed
from benchmarks.speed.bound import TERABYTES_A_SECOND, bound_seconds, stated_bandwidth
from benchmarks.speed.dense import Leg, recall, true_ids
from benchmarks.speed.machine import Watch
from benchmarks.speed.rows import Rows
from benchmarks.speed.scopes import NOW, kept_by, present
from indexer.records import Scope
from indexer.views.rows import COLUMNS
from indexer.views.times import OPEN, micros

DIMENSION = 384
BATCHES = (1, 8, 64)
_ROUNDS = 20
_AT_ONCE = 100_000
_CHECKED = 16
_GIBIBYTE = 2**30
_SPAN = timedelta(days=100)


def run(context: Context) -> list[Figure]:
    from indexer.views.faiss_gpu import has_gpu

    count = 10_000_000 if context.is_full else 1_000_000
    if not has_gpu():
        raise Skipped(_without(count))
    random = np.random.default_rng(context.seed)
    rows = _rows(count, random)
    queries = _vectors(max(BATCHES), random).astype(np.float32)
    context.say(f"gpu: {count:,} rows onto the card")
    leg = Leg(rows, device="gpu")
    bandwidth, told = _bandwidth()
    watch = Watch()
    figures = [
        figure for batch in BATCHES for figure in _speed(leg, queries[:batch], bandwidth, told)
    ]
    return [*figures, *_checks(leg, queries[:_CHECKED], watch)]


def _without(count: int) -> str:
    """Say what is missing, and what the least time of a pass would be."""
    bounds = ", ".join(
        f"{bound_seconds(count, DIMENSION, rate) * 1_000:.2f} ms on an {card} ({rate} TB/s)"
        for card, rate in TERABYTES_A_SECOND.items()
    )
    return (
        "FAISS sees no GPU: install grounding[gpu] on a machine that has one;"
        f" by arithmetic a pass over {count:,} x {DIMENSION} half floats takes {bounds}"
    )


def _speed(leg: Leg, queries: NDArray[np.float32], bandwidth: float, told: str) -> Iterator[Figure]:
    leg.search(queries, present(), TOP)
    costs = [timed(lambda: leg.search(queries, present(), TOP)) for _ in range(_ROUNDS)]
    seconds = statistics.median(each for each, _ in costs)
    bound = bound_seconds(len(leg.rows), DIMENSION, bandwidth)
    yield Figure(
        f"batch of {len(queries)}",
        seconds * 1_000,
        "ms",
        Baseline(f"reading every row once, {bandwidth:.2f} TB/s {told}", bound * 1_000),
        sum(cpu for _, cpu in costs),
    )
    yield Figure(f"batch of {len(queries)}, of the bandwidth bound", bound / seconds, "share")


def _checks(leg: Leg, queries: NDArray[np.float32], watch: Watch) -> Iterator[Figure]:
    """Compare what is found with brute force, without a filter and within three windows.

    Where few rows are kept the host searches, which is exact only if asked to be.
    """
    rows = leg.rows
    for name, scope in _scopes().items():
        found = leg.search(queries, scope, TOP, exact=True)
        true, _ = true_ids(rows, queries, TOP, kept_by(rows, scope))
        notes = watch.told() if name == "everything" else ""
        yield Figure(f"recall@10, {name}", recall(found, true), "share", notes=notes)


def _scopes() -> dict[str, Scope]:
    """Return windows that end now, by the share of the rows that they keep."""
    ago = {"half": 0.5, "a tenth": 0.1, "one in a hundred": 0.01}
    windows = {
        name: replace(present(), published_after=NOW - _SPAN * share) for name, share in ago.items()
    }
    return {"everything": present(), **windows}


def _rows(count: int, random: np.random.Generator) -> Rows:
    """Return random rows, published at even intervals over the last hundred days."""
    block = np.zeros((len(COLUMNS), count), dtype=np.int64)
    times = np.linspace(micros(NOW - _SPAN), micros(NOW) - 1, count).astype(np.int64)
    for name in ("published_at", "valid_from", "observed_at"):
        block[COLUMNS.index(name)] = times
    for name in ("valid_until", "superseded_at"):
        block[COLUMNS.index(name)] = OPEN
    for name in ("chunk", "document_row"):
        block[COLUMNS.index(name)] = np.arange(count)
    return Rows(block, _vectors(count, random))


def _vectors(count: int, random: np.random.Generator) -> NDArray[np.float16]:
    """Draw directions at random, on all cores."""
    found = np.empty((count, DIMENSION), dtype=np.float16)
    starts = range(0, count, _AT_ONCE)

    def draw(start: int, own: np.random.Generator) -> None:
        part = found[start : start + _AT_ONCE]
        some = own.standard_normal(part.shape, dtype=np.float32)
        part[:] = some / np.linalg.norm(some, axis=1, keepdims=True)

    with ThreadPoolExecutor() as pool:
        list(pool.map(draw, starts, random.spawn(len(starts))))
    return found


def _bandwidth() -> tuple[float, str]:
    """Return how many terabytes a second the card reads, and how that is known.

    Raises:
        Skipped: torch does not see the card, and nobody wrote down how fast it is.
    """
    import torch

    if torch.cuda.is_available():
        return _measured_bandwidth(), "as measured by a sum in torch"
    asked = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    card = subprocess.run(asked, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    stated = stated_bandwidth(card)
    if stated is None:
        raise Skipped(f"torch does not see the GPU, and how fast a {card} reads is not known here")
    return stated, f"by the data sheet of {card}"


def _measured_bandwidth() -> float:
    """Time the sum of 4 GiB, the fastest of many tries."""
    import torch

    held = torch.ones(_GIBIBYTE, dtype=torch.float32, device="cuda")
    fastest = float("inf")
    for _ in range(_ROUNDS):
        torch.cuda.synchronize()
        begun = time.perf_counter()
        held.sum()
        torch.cuda.synchronize()
        fastest = min(fastest, time.perf_counter() - begun)
    return held.numel() * held.element_size() / fastest / 1e12
