"""How long does one caller wait for a search over HTTP, beside embedding and FAISS alone?

The real service over a corpus of 20,000 passages (`--full`: 100,000) is asked one question at a
time; in turn with it, this process embeds the same question with the same embedder and searches
the same vectors with FAISS, tuned. Every question is a new one.
With `--full` the picture in docs/images is drawn anew.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks import cpu
from benchmarks.data import CHECKOUT
from benchmarks.records import Baseline, Context, Figure
from benchmarks.service import Service
from benchmarks.speed.baseline import Searcher, fastest
from benchmarks.speed.built import built, copied
from benchmarks.speed.client import Connection, search_body
from benchmarks.speed.corpus import Recipe
from benchmarks.speed.inside import Inside, inside
from benchmarks.speed.machine import Watch
from benchmarks.speed.picture import Axis, svg
from benchmarks.speed.questions import Questions
from benchmarks.speed.rows import rows_of
from indexer.embed import Embedder, load

PICTURE = CHECKOUT / "docs" / "images" / "latency.svg"
WARM_UP = 40


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of each question, and processor seconds of all of them together."""

    service: NDArray[np.float64]
    alone: NDArray[np.float64]
    embedding: NDArray[np.float64]
    http: NDArray[np.float64]
    service_cpu_seconds: float
    alone_cpu_seconds: float
    machine: str


def run(context: Context) -> list[Figure]:
    embedder = load("minilm", device="cpu")
    recipe = Recipe(100_000 if context.is_full else 20_000)
    kept = built(context, recipe, embedder)
    questions = Questions.of(context)
    vectors = rows_of(kept).current
    searcher = _tuned(vectors, embedder, questions)
    folder = copied(kept, context.workspace / "service")
    with Service(folder, []) as service:
        service.start()
        with Connection(service.process.url) as connection:
            _ask(service, connection, embedder, searcher, questions.take(WARM_UP))
            asked = questions.take(400 if context.is_full else 100)
            timed = _ask(service, connection, embedder, searcher, asked)
    steps = inside(
        copied(kept, context.workspace / "inside"), embedder, questions.take(3 * WARM_UP)
    )
    if context.is_full:
        _draw(timed, recipe)
    settings = (
        f"embed_query by {embedder.identity} in this process, then {searcher.settings}, top 10 of"
        f" {len(vectors):,} vectors"
    )
    return [*_figures(timed, settings), *_steps(steps)]


def _tuned(vectors: NDArray[np.float16], embedder: Embedder, questions: Questions) -> Searcher:
    queries = np.stack([embedder.embed_query(each) for each in questions.take(8)])
    return fastest(vectors, queries, batch=1)


def _ask(
    service: Service,
    connection: Connection,
    embedder: Embedder,
    searcher: Searcher,
    asked: Sequence[str],
) -> Timed:
    """Ask each question of both, taking turns at being first."""
    ours: list[float] = []
    alone: list[float] = []
    embedding: list[float] = []
    floor: list[float] = []
    watch = Watch(service.process.pid)
    service_cpu = alone_cpu = 0.0
    for number, question in enumerate(asked):
        for way in range(2):
            if way == number % 2:
                before = cpu.process_seconds(service.process.pid)
                ours.append(_ms(partial(connection.post, "/v1/search", search_body(question))))
                service_cpu += cpu.process_seconds(service.process.pid) - before
                floor.append(_ms(partial(connection.get, "/healthz")))
            else:
                before = time.process_time()
                begun = time.perf_counter()
                vector = embedder.embed_query(question)
                embedding.append((time.perf_counter() - begun) * 1_000)
                searcher.search(vector[np.newaxis])
                alone.append((time.perf_counter() - begun) * 1_000)
                alone_cpu += time.process_time() - before
    return Timed(
        service=np.array(ours),
        alone=np.array(alone),
        embedding=np.array(embedding),
        http=np.array(floor),
        service_cpu_seconds=service_cpu,
        alone_cpu_seconds=alone_cpu,
        machine=watch.told(),
    )


def _ms(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1_000


def _figures(timed: Timed, settings: str) -> list[Figure]:
    count = len(timed.service)
    figures = []
    for share in (50, 99):
        ours = float(np.percentile(timed.service, share))
        bare = float(np.percentile(timed.alone, share))
        spent = timed.service_cpu_seconds if share == 50 else None
        notes = f"{count} questions; {timed.machine}" if share == 50 else ""
        figures += [
            Figure(
                f"search over HTTP, p{share}", ours, "ms", Baseline(settings, bare), spent, notes
            ),
            Figure(f"p{share} beside the baseline's", ours / bare, "x"),
        ]
    return [
        *figures,
        Figure(
            "processor time a search",
            timed.service_cpu_seconds / count * 1_000,
            "ms",
            Baseline("the same, alone", timed.alone_cpu_seconds / count * 1_000),
        ),
        Figure("embedding alone, p50", float(np.median(timed.embedding)), "ms"),
        Figure("GET /healthz, p50", float(np.median(timed.http)), "ms", notes="what HTTP costs"),
    ]


def _steps(found: Inside) -> list[Figure]:
    costs = {
        "the pipeline in this process, p50": found.whole,
        "of it: analysing and embedding the question": found.reading,
        "of it: both legs": found.legs,
    }
    return [
        Figure(
            name, cost.seconds * 1_000, "ms", notes=f"{cost.cpu_seconds * 1_000:.1f} CPU ms each"
        )
        for name, cost in costs.items()
    ]


def _draw(timed: Timed, recipe: Recipe) -> None:
    shares = [*range(1, 100), 99.5]
    curves = {
        "the service over HTTP": timed.service,
        "embedding and FAISS alone": timed.alone,
        "embedding alone": timed.embedding,
    }
    PICTURE.write_text(
        svg(
            {
                name: [(float(np.percentile(each, share)), share) for share in shares]
                for name, each in curves.items()
            },
            across=Axis("milliseconds", is_logarithmic=True),
            up=Axis("% of searches that took no longer"),
            title=f"How long a search takes over {recipe.chunks:,} passages",
        ),
        encoding="utf-8",
    )
