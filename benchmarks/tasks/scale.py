"""What does a search of a million vectors cost, beside FAISS tuned, and how does it grow?

The service's dense leg alone, in this process and on one thread, over 20,000 vectors of 384
dimensions (`--full`: 1,000,000), beside flat float32 FAISS on one thread, both finding the ten
best. All questions are asked in turn of both. What is found is compared with brute force.
With `--full` the picture in docs/images is drawn anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import CHECKOUT
from benchmarks.records import Baseline, Context, Figure
from benchmarks.speed.baseline import (
    FP32,
    THRESHOLDS,
    TOP,
    Cost,
    alternated,
    cost_of,
    fastest,
    timed,
)
from benchmarks.speed.built import stored
from benchmarks.speed.corpus import Recipe
from benchmarks.speed.dense import Leg, recall, true_ids
from benchmarks.speed.machine import Watch
from benchmarks.speed.picture import Axis, svg
from benchmarks.speed.questions import Questions
from benchmarks.speed.rows import rows_of
from benchmarks.speed.scopes import present
from indexer.embed import load

PICTURE = CHECKOUT / "docs" / "images" / "scale.svg"
BATCH = 64
SINGLE = 24
FAR = 10_000_000
"""Rows whose cost is told from the growth between the last two sizes."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What a question costs over so many rows, asked alone and in batches, by both."""

    rows: int
    single: Cost
    flat_single: Cost
    batch: Cost
    flat_batch: Cost
    flat_single_settings: str
    flat_batch_settings: str


def run(context: Context) -> list[Figure]:
    embedder = load("minilm", device="cpu")
    recipe = Recipe(1_000_000, tokens=60) if context.is_full else Recipe(20_000)
    rows = rows_of(stored(context, recipe, embedder))
    asked = Questions.of(context).take(BATCH * 3 if context.is_full else BATCH)
    queries = embedder.embed_queries(asked)
    watch = Watch()
    costs = []
    for share in (0.1, 0.2, 0.5, 1.0):
        some = rows.first(int(len(rows) * share))
        context.say(f"scale: {len(some):,} rows")
        leg = Leg(some)
        costs.append(_costs(leg, queries))
    machine = watch.told()
    found = leg.search(queries, present(), TOP)
    true, _ = true_ids(rows, queries, TOP, rows.is_current)
    exact = leg.search(queries, present(), TOP, exact=True)
    if context.is_full:
        _draw(costs)
    return [
        *_figures(costs[-1], machine),
        Figure("recall@10", recall(found, true), "share", notes=f"{len(asked)} questions"),
        Figure("recall@10 with `exact`", recall(exact, true), "share"),
        *_growth(costs),
    ]


def _costs(leg: Leg, queries: NDArray[np.float32]) -> Costs:
    flat = fastest(leg.rows.current, queries, batch=BATCH, threads=(1,), kinds=(FP32,))
    flat_single = replace(flat, threshold=THRESHOLDS[0])  # it never multiplies matrices for one
    ours: list[tuple[float, float]] = []
    bare: list[tuple[float, float]] = []
    for query in queries[:SINGLE]:
        line = query[np.newaxis]
        ours.append(timed(leg.searching(line, present(), TOP, threads=1)))
        bare.append(timed(partial(flat_single.search, line)))
    together, flat_together = alternated(
        [
            leg.searching(queries[:BATCH], present(), TOP, threads=1),
            partial(flat.search, queries[:BATCH]),
        ],
        3,
    )
    return Costs(
        rows=len(leg.rows),
        single=cost_of(ours[1:]),
        flat_single=cost_of(bare[1:]),
        batch=_each(together),
        flat_batch=_each(flat_together),
        flat_single_settings=flat_single.settings,
        flat_batch_settings=flat.settings,
    )


def _each(cost: Cost) -> Cost:
    return Cost(cost.seconds / BATCH, cost.cpu_seconds / BATCH)


def _figures(costs: Costs, machine: str) -> list[Figure]:
    single, batch = costs.single, costs.batch
    return [
        Figure(
            "one question",
            single.seconds * 1_000,
            "ms",
            Baseline(costs.flat_single_settings, costs.flat_single.seconds * 1_000),
            notes=f"{costs.rows:,} rows, one thread; {machine}",
        ),
        Figure("one question beside FAISS", single.seconds / costs.flat_single.seconds, "x"),
        Figure(
            "processor time of one question",
            single.cpu_seconds * 1_000,
            "ms",
            Baseline("the same", costs.flat_single.cpu_seconds * 1_000),
        ),
        Figure(
            f"a question of {BATCH} together",
            batch.seconds * 1_000,
            "ms",
            Baseline(costs.flat_batch_settings, costs.flat_batch.seconds * 1_000),
        ),
        Figure(
            f"{BATCH} together, times faster than FAISS",
            costs.flat_batch.seconds / batch.seconds,
            "x",
        ),
        Figure(
            f"processor time of a question of {BATCH}",
            batch.cpu_seconds * 1_000,
            "ms",
            Baseline("the same", costs.flat_batch.cpu_seconds * 1_000),
        ),
    ]


def _growth(costs: Sequence[Costs]) -> list[Figure]:
    """Tell what ten million rows would cost if cost goes on growing by as much a row.

    Processor time is taken, which is the time of one thread that nobody disturbs.
    """
    one, other = costs[-2], costs[-1]
    rows = other.rows - one.rows

    def far(small: Cost, large: Cost) -> float:
        a_row = (large.cpu_seconds - small.cpu_seconds) / rows
        return (large.cpu_seconds + a_row * (FAR - other.rows)) * 1_000

    growth = f"grown as from {one.rows:,} to {other.rows:,} rows"
    return [
        Figure(
            f"one question over {FAR:,} rows, by arithmetic",
            far(one.single, other.single),
            "CPU ms",
            Baseline(f"FAISS, {growth}", far(one.flat_single, other.flat_single)),
            notes=f"{growth}; not run",
        ),
        Figure(
            f"a question of {BATCH} over {FAR:,} rows, by arithmetic",
            far(one.batch, other.batch),
            "CPU ms",
            Baseline(f"FAISS, {growth}", far(one.flat_batch, other.flat_batch)),
        ),
    ]


def _draw(costs: Sequence[Costs]) -> None:
    curves = {
        "the service's index, one question": [each.single for each in costs],
        "FAISS flat, one question": [each.flat_single for each in costs],
        f"the service's index, a question of {BATCH}": [each.batch for each in costs],
        f"FAISS flat, a question of {BATCH}": [each.flat_batch for each in costs],
    }
    PICTURE.write_text(
        svg(
            {
                name: [
                    (each.rows, cost.seconds * 1_000)
                    for each, cost in zip(costs, line, strict=True)
                ]
                for name, line in curves.items()
            },
            across=Axis("rows", is_logarithmic=True),
            up=Axis("milliseconds a question, one thread", is_logarithmic=True),
            title="What a search costs as the rows grow",
        ),
        encoding="utf-8",
    )
