"""How fast and how right is a search within a tenth of the time, beside other projects?

The same 20,000 passages (`--full`: 100,000) with the same vectors are given to the service and to
each store of the extra `peers`, in memory and as its own users would set it up; then the same
questions are asked of all in turn, each within another window of publication that keeps 10 %.
Stores are given the question's vector. The service searches words as well, and is asked once more
over HTTP, where it also embeds the question and ranks.
"""

import sqlite3
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.records import Baseline, Context, Figure
from benchmarks.service import Service
from benchmarks.speed.baseline import TOP, timed
from benchmarks.speed.built import DATABASE, built, copied, opened
from benchmarks.speed.client import Connection, search_body
from benchmarks.speed.corpus import Recipe
from benchmarks.speed.dense import Leg, as_instant, true_ids
from benchmarks.speed.machine import Watch
from benchmarks.speed.peers import available
from benchmarks.speed.peers.records import Items, Store, Window
from benchmarks.speed.questions import Questions
from benchmarks.speed.rows import Rows, rows_of
from benchmarks.speed.scopes import kept_by, published_within
from grounding.service import Service as InProcess
from indexer.embed import load
from indexer.records import Scope

KEPT = 0.1
OURS, OVER_HTTP = "the service, in process", "the service, over HTTP"
DENSE = "the service, its dense leg"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what it may see, and what it must find: positions in the rows."""

    text: str
    vector: NDArray[np.float32]
    scope: Scope
    window: Window
    true: frozenset[int]


@dataclass(slots=True)
class Way:
    """One way to search: its settings, and what every question took and found."""

    settings: str
    search: Callable[[Asked], Sequence[int]]
    costs: list[tuple[float, float]] = field(default_factory=list)
    recalls: list[float] = field(default_factory=list)

    def ask(self, one: Asked, *, counts: bool) -> None:
        found: list[int] = []
        cost = timed(lambda: found.extend(self.search(one)))
        if counts:
            self.costs.append(cost)
            self.recalls.append(len(one.true.intersection(found)) / len(one.true))


def run(context: Context) -> list[Figure]:
    recipe = Recipe(100_000 if context.is_full else 20_000)
    embedder = load("minilm", device="cpu")
    kept = built(context, recipe, embedder)
    rows = rows_of(kept)
    random = np.random.default_rng(context.seed)
    texts = Questions.of(context).take(24 if context.is_full else 12)
    queries = embedder.embed_queries(texts)
    scopes = [published_within(rows, KEPT, random) for _ in texts]
    asked = [_asked(rows, *each) for each in zip(texts, queries, scopes, strict=True)]

    in_process = opened(copied(kept, context.workspace / "in-process"), embedder)
    in_process.start(serves=True, reads=False)
    stores, absent = available()
    for each in absent:
        context.say(f"left out: {each.name}: {each.reason}")
    ways = {
        OURS: Way(
            "LiveViews.search: both legs, the ten best of each", _ours(in_process, rows, asked)
        ),
        DENSE: Way("vectors alone, as the stores search", _dense(Leg(rows))),
    }
    places = np.flatnonzero(rows.is_current)
    items = _items(kept / DATABASE, rows, places)
    for store in stores:
        context.say(f"peers: {store.name} stores {len(items):,} passages")
        store.build(items)
        ways[store.name] = Way(store.settings, _of(store, places))
    with Service(copied(kept, context.workspace / "service"), []) as service:
        service.start()
        with Connection(service.process.url) as connection:
            ways[OVER_HTTP] = Way("POST /v1/search, embedding and ranking", _http(connection))
            watch = Watch(service.process.pid)
            for number, one in enumerate((asked[0], *asked)):
                for way in ways.values():
                    way.ask(one, counts=number > 0)
            machine = watch.told()
    in_process.stop()
    told = f"{len(items):,} passages, {len(asked)} questions, 10 % kept; {machine}"
    return _figures(ways, told)


def _asked(rows: Rows, text: str, query: NDArray[np.float32], scope: Scope) -> Asked:
    true, _ = true_ids(rows, query[np.newaxis], TOP, kept_by(rows, scope))
    return Asked(text, query, scope, _window(scope), frozenset(true[0].tolist()))


def _window(scope: Scope) -> Window:
    if scope.published_after is None or scope.published_before is None:
        raise ValueError("the scope is no window of publication")
    return Window(scope.published_after.timestamp(), scope.published_before.timestamp())


def _ours(
    service: InProcess, rows: Rows, asked: Sequence[Asked]
) -> Callable[[Asked], Sequence[int]]:
    views = service.parts.views
    places = {chunk: place for place, chunk in enumerate(rows.column("chunk").tolist())}
    read = {one.text: views.query(one.text) for one in asked}  # as stores are given vectors

    def search(one: Asked) -> Sequence[int]:
        legs = views.search(read[one.text], one.scope, TOP)
        return [places[hit.chunk] for hit in legs.dense]

    return search


def _dense(leg: Leg) -> Callable[[Asked], Sequence[int]]:
    def search(one: Asked) -> Sequence[int]:
        found: list[int] = leg.search(one.vector[np.newaxis], one.scope, TOP)[0].tolist()
        return found

    return search


def _of(store: Store, places: NDArray[np.int64]) -> Callable[[Asked], Sequence[int]]:
    def search(one: Asked) -> Sequence[int]:
        found: list[int] = places[store.search(one.vector, one.window, TOP)].tolist()
        return found

    return search


def _http(connection: Connection) -> Callable[[Asked], Sequence[int]]:
    def search(one: Asked) -> Sequence[int]:
        first, last = (as_instant(round(at * 1e6)).isoformat() for at in _ends(one.window))
        body = search_body(one.text, published_after=first, published_before=last)
        connection.post("/v1/search", body)
        return ()

    return search


def _ends(window: Window) -> tuple[float, float]:
    return window.first, window.last


def _items(database: Path, rows: Rows, places: NDArray[np.int64]) -> Items:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        texts = dict(connection.execute("SELECT id, text FROM chunk"))
    finally:
        connection.close()
    return Items(
        texts=[texts[chunk] for chunk in rows.column("chunk")[places].tolist()],
        vectors=rows.vectors[places].astype(np.float32),
        published_at=(rows.column("published_at")[places] / 1e6).tolist(),
    )


def _figures(ways: dict[str, Way], told: str) -> list[Figure]:
    ours = _median(ways[OURS]) * 1_000
    figures = []
    for name, way in ways.items():
        seconds = _median(way) * 1_000
        spent = sum(each for _, each in way.costs)
        if name == OURS:
            figures.append(Figure(f"{name}: a search", seconds, "ms", None, spent, told))
        else:
            baseline = Baseline(OURS, ours)
            figures.append(
                Figure(f"{name}: a search", seconds, "ms", baseline, spent, way.settings)
            )
        if name != OVER_HTTP:
            recall = statistics.mean(way.recalls)
            figures.append(Figure(f"{name}: recall@10", recall, "share"))
    stores = [way for name, way in ways.items() if name not in {OURS, DENSE, OVER_HTTP}]
    for name in (OURS, DENSE):
        ahead = sum(_is_ahead(store, ways[name]) for store in stores)
        figures.append(
            Figure(f"faster or more right than {name}", ahead, f"of {len(stores)} stores")
        )
    return figures


def _is_ahead(store: Way, ours: Way) -> bool:
    is_faster = _median(store) < _median(ours)
    return is_faster or statistics.mean(store.recalls) > statistics.mean(ours.recalls)


def _median(way: Way) -> float:
    return statistics.median(seconds for seconds, _ in way.costs)
