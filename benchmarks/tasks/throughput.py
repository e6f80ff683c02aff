"""How many searches a second does the service answer to 64 callers, beside bare batches of 64?

64 callers in a process of their own ask new questions over HTTP, each the next as soon as it was
answered; in turn with them one caller does, and this process embeds as many questions in batches
of 64 and searches them with FAISS, tuned. A second service, of a serving process for each core but
at least two, is asked in turn with the first. Callers and service share the machine's cores, so
what the callers' process took is told, and what would be answered if it ran elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks import cpu
from benchmarks.records import Baseline, Context, Figure
from benchmarks.service import Service
from benchmarks.speed.baseline import Searcher, fastest, timed
from benchmarks.speed.built import built, copied
from benchmarks.speed.client import search_body
from benchmarks.speed.corpus import Recipe
from benchmarks.speed.load import Order, Served, served
from benchmarks.speed.machine import Watch
from benchmarks.speed.questions import Questions
from benchmarks.speed.rows import rows_of
from indexer.embed import Embedder, load
from indexer.encoder.load import usable_cores

CALLERS = 64


@dataclass(frozen=True, slots=True)
class Size:
    """How much is asked in each round: by all callers, by one, and how many rounds there are."""

    chunks: int
    together: int
    one: int
    rounds: int


SAMPLE = Size(chunks=20_000, together=192, one=32, rounds=2)
FULL = Size(chunks=100_000, together=640, one=96, rounds=4)


@dataclass(slots=True)
class Way:
    """One way to answer, over all rounds: questions, seconds, processor seconds."""

    questions: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    refused: int = 0
    failed: int = 0
    callers_cpu_seconds: float = 0.0

    @property
    def a_second(self) -> float:
        return self.questions / self.seconds

    @property
    def cpu_ms(self) -> float:
        return self.cpu_seconds / self.questions * 1_000

    def add(self, done: Served, cpu_seconds: float) -> None:
        self.questions += len(done.seconds)
        self.seconds += done.wall_seconds
        self.cpu_seconds += cpu_seconds
        self.waits += done.seconds
        self.refused += done.refused
        self.failed += sum(done.failed.values())
        self.callers_cpu_seconds += done.cpu_seconds


def run(context: Context) -> list[Figure]:
    size = FULL if context.is_full else SAMPLE
    embedder = load("minilm", device="cpu")
    kept = built(context, Recipe(size.chunks), embedder)
    vectors = rows_of(kept).current
    questions = Questions.of(context)
    searcher = fastest(vectors, embedder.embed_queries(questions.take(CALLERS)), batch=CALLERS)
    together, several, one, bare = Way(), Way(), Way(), Way()
    processes = max(2, usable_cores())
    with (
        Service(copied(kept, context.workspace / "service"), []) as service,
        Service(copied(kept, context.workspace / "several"), [], processes=processes) as beside,
    ):
        for each in (service, beside):
            each.start()
            _ask(each, Way(), questions.take(CALLERS), callers=CALLERS)
        watch = Watch(service.process.pid, beside.process.pid)
        for number in range(size.rounds):
            context.say(f"throughput: round {number + 1} of {size.rounds}")
            _ask(service, together, questions.take(size.together), callers=CALLERS)
            _ask(beside, several, questions.take(size.together), callers=CALLERS)
            _alone(bare, embedder, searcher, questions.take(size.together))
            _ask(service, one, questions.take(size.one), callers=1)
        machine = watch.told()
    settings = (
        f"embed_queries({CALLERS}) by {embedder.identity} in this process, then"
        f" {searcher.settings}, {CALLERS} questions a call, top 10 of {len(vectors):,} vectors"
    )
    figures = _figures(together, one, bare, settings=settings, machine=machine)
    return figures + _figures_of_several(several, together, processes)


def _ask(service: Service, way: Way, asked: Sequence[str], *, callers: int) -> None:
    bodies = [search_body(each) for each in asked]
    before = cpu.process_seconds(service.process.pid)
    done = served(Order(service.process.url, "/v1/search", bodies, callers))
    way.add(done, cpu.process_seconds(service.process.pid) - before)


def _alone(way: Way, embedder: Embedder, searcher: Searcher, asked: Sequence[str]) -> None:
    def answer() -> None:
        for first in range(0, len(asked), CALLERS):
            searcher.search(embedder.embed_queries(asked[first : first + CALLERS]))

    seconds, cpu_seconds = timed(answer)
    way.questions += len(asked)
    way.seconds += seconds
    way.cpu_seconds += cpu_seconds


def _figures(together: Way, one: Way, bare: Way, *, settings: str, machine: str) -> list[Figure]:
    share = together.callers_cpu_seconds / together.seconds
    cores = (together.cpu_seconds + together.callers_cpu_seconds) / together.seconds
    told = f"{together.questions} questions by {CALLERS} callers, {bare.questions} bare; {machine}"
    return [
        Figure(
            f"searches a second, {CALLERS} callers",
            together.a_second,
            "1/s",
            Baseline(settings, bare.a_second),
            together.cpu_seconds,
            told,
        ),
        Figure(f"{CALLERS} callers beside bare batches", together.a_second / bare.a_second, "x"),
        Figure(
            "searches a second, one caller",
            one.a_second,
            "1/s",
            None,
            one.cpu_seconds,
        ),
        Figure(f"{CALLERS} callers beside one", together.a_second / one.a_second, "x"),
        Figure(
            "processor time a search",
            together.cpu_ms,
            "ms",
            Baseline("a question in bare batches", bare.cpu_ms),
        ),
        Figure(
            "the same with the callers elsewhere",
            (together.a_second * cores / (cores - share)) / bare.a_second,
            "x",
            notes=f"{share:.2f} of the {cores:.2f} cores in use were theirs: all given to searches",
        ),
        Figure("wait of a caller, p50", float(np.percentile(together.waits, 50)) * 1_000, "ms"),
        Figure("wait of a caller, p99", float(np.percentile(together.waits, 99)) * 1_000, "ms"),
        Figure("told to come back", together.refused, "answers"),
        Figure("failed", together.failed + one.failed, "answers"),
    ]


def _figures_of_several(several: Way, together: Way, processes: int) -> list[Figure]:
    name = f"{processes} processes"
    return [
        Figure(
            f"searches a second, {CALLERS} callers, {name}",
            several.a_second,
            "1/s",
            Baseline("one process, in turn", together.a_second),
            several.cpu_seconds,
        ),
        Figure(
            f"processor time a search, {name}",
            several.cpu_ms,
            "ms",
            Baseline("one process, in turn", together.cpu_ms),
        ),
        Figure(f"failed, {name}", several.failed, "answers"),
    ]
