"""How much memory does a chunk take, and how much slower are searches while sources are read?

The resident memory of two services that differ in their number of chunks only (5,000 and 20,000;
`--full`: 100,000 and 1,000,000), each after the same questions, is compared: what a chunk takes is
the difference. Then 64 callers ask one of them, idle and while it reads a feed as fast as it can.
Idle it is also held to one core, for that is what reading leaves to searches, and what
"a core each" means on two.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import cpu
from benchmarks.config import Source
from benchmarks.records import Baseline, Context, Figure
from benchmarks.service import Service
from benchmarks.speed.built import built, copied
from benchmarks.speed.client import search_body
from benchmarks.speed.corpus import Recipe
from benchmarks.speed.feed import published
from benchmarks.speed.load import Order, Served, served
from benchmarks.speed.machine import Watch
from benchmarks.speed.prose import prose, put_together
from benchmarks.speed.questions import Questions
from grounding.demo.site import Site
from indexer.embed import Embedder, load

CALLERS = 64
TARGET = 2 * 384 + 160
_TOKENS = 130
_FEED = "flood"
_READ_ALONE = 100
_LONGEST_WAIT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes in memory, each page counted once: a process's own, and those of files it has mapped.

    vectors, words: of the index. stored: of the database, which holds the texts.
    """

    own: int
    vectors: int
    words: int
    stored: int

    @property
    def index(self) -> int:
        return self.own + self.vectors + self.words


@dataclass(frozen=True, slots=True)
class Speeds:
    """What was served idle, idle on one core, and while a feed was read."""

    idle: Served
    one_core: Served
    reading: Served
    read_a_second: float
    read_alone_a_second: float
    was_reading: bool


def run(context: Context) -> list[Figure]:
    sizes = (100_000, 1_000_000) if context.is_full else (5_000, 20_000)
    embedder = load("minilm", device="cpu")
    questions = Questions.of(context)
    asked = questions.take(60)
    found: list[Memory] = []
    for chunks in sizes:
        kept = built(context, Recipe(chunks, tokens=60), embedder)
        folder = copied(kept, context.workspace / f"service-{chunks}")
        context.say(f"memory: {chunks:,} chunks")
        with Service(folder, []) as service:
            service.start()
            served(_order(service, asked, callers=4))
            time.sleep(2)
            found.append(_memory(service.process.pid))
    return [*_memory_figures(sizes, found), *_speed_figures(context, embedder, questions)]


def _memory(pid: int) -> Memory:
    """Read the proportional set sizes: a page that is mapped twice would count twice otherwise."""
    sizes = dict.fromkeys(("own", "vectors", "words", "stored"), 0)
    kind: str | None = None
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if line[0] in "0123456789abcdef":
            kind = _kind(line.split(maxsplit=5)[5:])
        elif line.startswith("Anonymous:"):
            sizes["own"] += int(line.split()[1]) * 1024
        elif line.startswith("Pss:") and kind is not None:
            sizes[kind] += int(line.split()[1]) * 1024
    return Memory(**sizes)


def _kind(path: Sequence[str]) -> str | None:
    """Say what a mapping belongs to, None for what has nothing to do with chunks."""
    name = path[0] if path else ""
    if "/index/" in name:
        return "words" if "lexical" in name else "vectors"
    return "stored" if "grounding.db" in name else None


def _memory_figures(sizes: Sequence[int], found: Sequence[Memory]) -> list[Figure]:
    more = sizes[1] - sizes[0]
    small, large = found
    parts = {
        "its own memory": (large.own - small.own) / more,
        "mapped vectors": (large.vectors - small.vectors) / more,
        "mapped words": (large.words - small.words) / more,
    }
    return [
        Figure(
            "resident bytes a chunk",
            (large.index - small.index) / more,
            "bytes",
            Baseline("2 bytes a dimension and 160", TARGET),
            notes=f"from {sizes[0]:,} to {sizes[1]:,} chunks; mapped pages that were read count",
        ),
        *(Figure(f"of them {name}", each, "bytes") for name, each in parts.items()),
        Figure(
            "mapped pages of the database, a chunk",
            (large.stored - small.stored) / more,
            "bytes",
            notes="texts and rows on disk; not counted above",
        ),
        Figure(f"resident with {sizes[0]:,} chunks", small.index / 2**20, "MiB"),
        Figure(f"resident with {sizes[1]:,} chunks", large.index / 2**20, "MiB"),
    ]


def _speed_figures(context: Context, embedder: Embedder, questions: Questions) -> list[Figure]:
    chunks, items, count = (100_000, 4_000, 640) if context.is_full else (20_000, 900, 192)
    random = np.random.default_rng(context.seed)
    names = [f"item {number}" for number in range(items)]
    made = put_together(prose(context, embedder), names, tokens=_TOKENS, random=random)
    kept = built(context, Recipe(chunks, tokens=60), embedder)
    folder = copied(kept, context.workspace / "reading")
    with Site() as site:
        url = published(site, _FEED, made)
        source: Source = {"name": _FEED, "kind": "feed", "url": url}
        with Service(folder, [source]) as service:
            service.start()
            watch = Watch(service.process.pid)
            before = cpu.process_seconds(service.process.pid)
            speeds = _speeds(service, questions, count)
            spent = cpu.process_seconds(service.process.pid) - before
            machine = watch.told()
            service.process.kill()  # it would read on for long
    during, alone = speeds.reading.a_second, speeds.one_core.a_second
    return [
        Figure(
            f"searches a second while reading, {CALLERS} callers",
            during,
            "1/s",
            Baseline("idle, the service held to one core", alone),
            spent,
            machine,
        ),
        Figure("reading, beside idle with a core", during / alone, "x"),
        Figure("reading, beside idle with all cores", during / speeds.idle.a_second, "x"),
        Figure(
            "items read a second meanwhile",
            speeds.read_a_second,
            "1/s",
            Baseline("while nobody asks", speeds.read_alone_a_second),
        ),
        Figure("was reading to the end", int(speeds.was_reading), "(1 = yes)"),
        Figure("searches a second, idle", speeds.idle.a_second, "1/s"),
    ]


def _speeds(service: Service, questions: Questions, count: int) -> Speeds:
    served(_order(service, questions.take(CALLERS)))
    idle = served(_order(service, questions.take(count)))
    with _on_one_core(service.process.pid):
        one_core = served(_order(service, questions.take(count)))
    with _reading(service) as alone:
        items = _items(service)
        reading = served(_order(service, questions.take(count)))
        read = _items(service) - items
        was_reading = not service.reply("/v1/runs", source=_FEED, limit=1)["runs"][0]["finished_at"]
    return Speeds(idle, one_core, reading, read / reading.wall_seconds, alone, was_reading)


def _order(service: Service, asked: Sequence[str], *, callers: int = CALLERS) -> Order:
    bodies = [search_body(each) for each in asked]
    return Order(service.process.url, "/v1/search", bodies, callers)


@contextmanager
def _on_one_core(pid: int) -> Iterator[None]:
    """Hold every thread of a process, and those it starts, to one core within the block."""
    allowed = os.sched_getaffinity(pid)
    _hold(pid, {min(allowed)})
    try:
        yield
    finally:
        _hold(pid, allowed)


def _hold(pid: int, cores: set[int]) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), cores)


@contextmanager
def _reading(service: Service) -> Iterator[float]:
    """Within the block the feed is being read; yield how many items a second were read before."""
    service.post(f"/v1/sources/{_FEED}/sync?wait_seconds=0", {})
    first = _wait_for_items(service, 1)
    begun = time.perf_counter()
    last = _wait_for_items(service, first + _READ_ALONE)
    yield (last - first) / (time.perf_counter() - begun)


def _wait_for_items(service: Service, count: int) -> int:
    deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
    while (found := _items(service)) < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"of the feed only {found} items were read")
        time.sleep(0.02)
    return found


def _items(service: Service) -> int:
    connection = sqlite3.connect(f"file:{service.database}?mode=ro", uri=True)
    try:
        [(count,)] = connection.execute(
            "SELECT count(*) FROM document JOIN source ON source.id = document.source_id"
            " WHERE source.name = ?",
            (_FEED,),
        )
    finally:
        connection.close()
    return int(count)
