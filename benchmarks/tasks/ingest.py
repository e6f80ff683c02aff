"""How fast does a feed become searchable, beside embedding its passages and nothing else?

The real service holds 20,000 passages (`--full`: 100,000) and reads feeds over loopback, one after
the other; in turn with it, this process embeds exactly the passages that came of a feed, in one
call. An item counts when a search finds it. Then every feed is read again, unchanged.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import cpu
from benchmarks.config import Source
from benchmarks.records import Baseline, Context, Figure
from benchmarks.service import Json, Service
from benchmarks.speed.baseline import timed
from benchmarks.speed.built import built, copied
from benchmarks.speed.client import Connection, search_body
from benchmarks.speed.corpus import Recipe
from benchmarks.speed.embedded import embedded_texts
from benchmarks.speed.feed import published
from benchmarks.speed.machine import Watch
from benchmarks.speed.prose import Made, prose, put_together
from grounding.demo.site import Site
from indexer.embed import Embedder, load

_TOKENS = 130
_LONGEST_SEARCH_SECONDS = 30
_WAIT = "/sync?wait_seconds=600"


@dataclass(frozen=True, slots=True)
class Taken:
    """What one feed took: seconds and processor seconds, and how long it took unchanged."""

    seconds: float
    cpu_seconds: float
    bare_seconds: float
    bare_cpu_seconds: float
    passages: int
    again_seconds: float
    again_run_seconds: float
    rewritten_seconds: float


def run(context: Context) -> list[Figure]:
    feeds, items = (4, 100) if context.is_full else (2, 40)
    chunks = 100_000 if context.is_full else 20_000
    embedder = load("minilm", device="cpu")
    kept = built(context, Recipe(chunks), embedder)
    folder = copied(kept, context.workspace / "service")
    random = np.random.default_rng(context.seed)
    source = prose(context, embedder)
    made = {
        f"feed-{number}": put_together(
            source,
            [f"item {number}-{place}" for place in range(items)],
            tokens=_TOKENS,
            random=random,
        )
        for number in range(feeds + 1)
    }
    with Site() as site:
        sources = [_source(site, name, each) for name, each in made.items()]
        with Service(folder, sources) as service:
            service.start()
            _taken(service, site, "feed-0", made.pop("feed-0"), embedder)  # warms both up
            watch = Watch(service.process.pid)
            taken = [_taken(service, site, name, each, embedder) for name, each in made.items()]
            machine = watch.told()
    settings = f"embed_passages of the same texts by {embedder.identity} in this process, one call"
    return _figures(taken, settings, f"{feeds} feeds of {items} items; {machine}")


def _taken(service: Service, site: Site, name: str, made: Made, embedder: Embedder) -> Taken:
    with Connection(service.process.url) as connection:
        before = cpu.process_seconds(service.process.pid)
        seconds, _ = timed(lambda: _read(connection, name, made.titles))
        spent = cpu.process_seconds(service.process.pid) - before
        texts = embedded_texts(service.database, name, embedder)
        bare, bare_cpu = timed(lambda: embedder.embed_passages(texts))
        again, _ = timed(lambda: connection.post(f"/v1/sources/{name}{_WAIT}", {}))
        run = service.last_run(name)
        published(site, name, made, remark="the same items in another body")
        rewritten, _ = timed(lambda: connection.post(f"/v1/sources/{name}{_WAIT}", {}))
    rewritten_run = service.last_run(name)
    if run["new"] or rewritten_run["new"] or rewritten_run["unchanged"] != len(made.titles):
        raise RuntimeError(f"source {name}: read as changed: {run}, {rewritten_run}")
    run_seconds = float(run["duration_seconds"])
    return Taken(seconds, spent, bare, bare_cpu, len(texts), again, run_seconds, rewritten)


def _read(connection: Connection, name: str, titles: Sequence[str]) -> None:
    """Have a feed read, and return when its items can be found."""
    run = connection.reply(f"/v1/sources/{name}{_WAIT}", {})
    if run["new"] != len(titles):
        raise RuntimeError(f"source {name}: {run['new']} items of {len(titles)}: {run['error']}")
    for title in (" ".join(titles[place].split()) for place in (0, -1)):
        body = search_body(title, sources=[name])
        deadline = time.monotonic() + _LONGEST_SEARCH_SECONDS
        while title not in _titles(connection.reply("/v1/search", body)):
            if time.monotonic() > deadline:
                raise RuntimeError(f"source {name}: not found: {title}")


def _titles(answer: Json) -> set[str]:
    return {str(each["title"]) for each in answer["results"]}


def _source(site: Site, name: str, made: Made) -> Source:
    return {"name": name, "kind": "feed", "url": published(site, name, made)}


def _figures(taken: Sequence[Taken], settings: str, notes: str) -> list[Figure]:
    seconds = sum(each.seconds for each in taken)
    bare = sum(each.bare_seconds for each in taken)
    passages = sum(each.passages for each in taken)
    spent = sum(each.cpu_seconds for each in taken)
    bare_spent = sum(each.bare_cpu_seconds for each in taken)
    again = float(np.median([each.again_seconds for each in taken]))
    first = float(np.median([each.seconds for each in taken]))
    rewritten = float(np.median([each.rewritten_seconds for each in taken]))
    unchanged = Baseline("its first read, until it was searchable", first)
    return [
        Figure(
            "passages a second, feed to searchable",
            passages / seconds,
            "1/s",
            Baseline(settings, passages / bare),
            spent,
            notes,
        ),
        Figure("speed beside bare embedding", bare / seconds, "x"),
        Figure(
            "passages a CPU second",
            passages / spent,
            "1/s",
            Baseline(settings, passages / bare_spent),
        ),
        Figure("unchanged feed read again", again * 1_000, "ms", _in_ms(unchanged)),
        Figure("unchanged feed, times faster", first / again, "x"),
        Figure(
            "its run alone",
            float(np.median([each.again_run_seconds for each in taken])) * 1_000,
            "ms",
            notes="without the queue and the request that asked for it",
        ),
        Figure("same items in another body", rewritten * 1_000, "ms", _in_ms(unchanged)),
    ]


def _in_ms(baseline: Baseline) -> Baseline:
    return Baseline(baseline.settings, baseline.value * 1_000)
