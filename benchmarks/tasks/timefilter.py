"""Is a search within a window of time cheaper than one without, and as right?

The service's dense leg alone, in this process and on one thread, over 20,000 vectors (`--full`:
1,000,000) on a time axis of two and a half years. Windows of publication that keep 90, 50, 10 and
1 % lie anywhere on it; looks back (`known_at`) leave as much. Each window's search takes turns
with one without a filter; beside them stands flat FAISS with a bitmap of the same rows. What is
found is compared with brute force, each question in another window.
With `--full` the picture in docs/images is drawn anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.data import CHECKOUT
from benchmarks.records import Baseline, Context, Figure
from benchmarks.speed.baseline import FP32, TOP, Cost, Ids, Searcher, cost_of, fastest, timed
from benchmarks.speed.built import stored
from benchmarks.speed.corpus import Recipe
from benchmarks.speed.dense import Leg, true_ids
from benchmarks.speed.machine import Watch
from benchmarks.speed.picture import Axis, Points, svg
from benchmarks.speed.questions import Questions
from benchmarks.speed.rows import Rows, rows_of
from benchmarks.speed.scopes import kept_by, known_by, present, published_within
from indexer.embed import load
from indexer.records import Scope

PICTURE = CHECKOUT / "docs" / "images" / "timefilter.svg"
_FAISS: Final[Any] = faiss  # its stubs know the C++ constructors, not the Python ones
SHARES = (90, 50, 10, 1)
"""Per cent of the rows that windows keep."""


@dataclass(frozen=True, slots=True)
class Windowed:
    """Searches within windows of one size: what one costs, and how many found what they must."""

    share: int
    cost: Cost
    whole: Cost
    flat: Cost
    asked: int
    right: int


def run(context: Context) -> list[Figure]:
    embedder = load("minilm", device="cpu")
    recipe = Recipe(1_000_000, tokens=60) if context.is_full else Recipe(20_000)
    rows = rows_of(stored(context, recipe, embedder))
    queries = embedder.embed_queries(Questions.of(context).take(24))
    random = np.random.default_rng(context.seed)
    leg = Leg(rows)
    flat = fastest(rows.vectors, queries, batch=1, threads=(1,), kinds=(FP32,))
    watch = Watch()
    published = [
        _windowed(
            leg,
            flat,
            queries,
            share,
            [published_within(rows, share / 100, random) for _ in queries],
        )
        for share in SHARES
    ]
    back = [
        _windowed(leg, flat, queries, share, [known_by(rows, share / 100)] * len(queries))
        for share in SHARES
    ]
    if context.is_full:
        _draw(published, back)
    told = f"{len(rows):,} rows, {len(queries)} questions, one thread; {watch.told()}"
    return [
        *_figures("published in a window", published, flat, told),
        *_figures("known by an instant", back, flat, ""),
    ]


def _windowed(
    leg: Leg,
    flat: Searcher,
    queries: NDArray[np.float32],
    share: int,
    scopes: Sequence[Scope],
) -> Windowed:
    """Ask each question within its window, without one, and of FAISS, in turn and twice."""
    costs: tuple[list[tuple[float, float]], ...] = ([], [], [])
    found = []
    for query, scope in zip(queries, scopes, strict=True):
        line = query[np.newaxis]
        ways: tuple[Callable[[], object], ...] = (
            leg.searching(line, scope, TOP, threads=1),
            leg.searching(line, present(), TOP, threads=1),
            partial(_flat_search, flat, line, kept_by(leg.rows, scope)),
        )
        found.append(leg.search(line, scope, TOP))  # a first time, that does not count
        for _ in range(2):
            for way, taken in zip(ways, costs, strict=True):
                taken.append(timed(way))
    right = sum(
        _is_right(each, leg.rows, query[np.newaxis], kept_by(leg.rows, scope))
        for each, query, scope in zip(found, queries, scopes, strict=True)
    )
    inside, whole, bare = map(cost_of, costs)
    return Windowed(share, inside, whole, bare, asked=len(queries), right=right)


def _flat_search(flat: Searcher, line: NDArray[np.float32], kept: NDArray[np.bool_]) -> None:
    faiss.omp_set_num_threads(flat.threads)
    bitmap = np.packbits(kept, bitorder="little")
    selector = _FAISS.IDSelectorBitmap(len(kept), faiss.swig_ptr(bitmap))
    flat.index.search(line, TOP, params=_FAISS.SearchParameters(sel=selector))


def _is_right(found: Ids, rows: Rows, line: NDArray[np.float32], kept: NDArray[np.bool_]) -> bool:
    """Whether the same rows are found as by brute force; of equal scores any will do."""
    true, scores = true_ids(rows, line, TOP, kept)
    if set(found[0].tolist()) == set(true[0].tolist()):
        return True
    if (found[0] < 0).any() or not kept[found[0]].all():
        return False
    ours = np.sort(rows.vectors[found[0]].astype(np.float32) @ line[0])[::-1]
    return bool(np.allclose(ours, scores[0], rtol=0, atol=1e-6))


def _figures(name: str, windows: Sequence[Windowed], flat: Searcher, told: str) -> list[Figure]:
    figures = []
    for each in windows:
        settings = f"{flat.settings}, IDSelectorBitmap of the same rows"
        figures += [
            Figure(
                f"{name}, {each.share} % kept",
                each.cost.seconds * 1_000,
                "ms",
                Baseline(settings, each.flat.seconds * 1_000),
                notes=told if each is windows[0] else "",
            ),
            Figure(
                f"{name}, {each.share} % kept, beside no filter",
                each.cost.seconds / each.whole.seconds,
                "x",
                notes=f"processor time {each.cost.cpu_seconds / each.whole.cpu_seconds:.3f} x",
            ),
        ]
    asked = sum(each.asked for each in windows)
    right = sum(each.right for each in windows)
    return [*figures, Figure(f"{name}, not as by brute force", asked - right, "of searches")]


def _draw(published: Sequence[Windowed], back: Sequence[Windowed]) -> None:
    whole = [(100.0, published[0].whole.seconds * 1_000)]
    curves: dict[str, Points] = {
        "published in a window": whole + _ms(published),
        "known by an instant": whole + _ms(back),
        "FAISS flat with a bitmap": [(each.share, each.flat.seconds * 1_000) for each in published],
        "in proportion to the rows": [(share, whole[0][1] * share / 100) for share in (100, 1)],
    }
    PICTURE.write_text(
        svg(
            curves,
            across=Axis("% of the rows that are kept", is_logarithmic=True),
            up=Axis("milliseconds a question, one thread", is_logarithmic=True),
            title="What a search within a window of time costs",
        ),
        encoding="utf-8",
    )


def _ms(windows: Sequence[Windowed]) -> list[tuple[float, float]]:
    return [(each.share, each.cost.seconds * 1_000) for each in windows]
