"""How soon is a pushed item found while the service serves half of what it can?

First 64 callers find out how many searches a second are possible. Then others ask half as many at
even intervals, and meanwhile items are pushed one by one: every second is asked for with the `seq`
of its push (`min_seq`), the others by searching again and again without it.
Times run from when the push is sent, so they hold its embedding and its commit.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import cpu
from benchmarks.records import Baseline, Context, Figure
from benchmarks.service import Service
from benchmarks.speed.built import built, copied
from benchmarks.speed.client import Connection, search_body
from benchmarks.speed.corpus import Recipe
from benchmarks.speed.load import Callers, Order, Served, served
from benchmarks.speed.machine import Watch
from benchmarks.speed.prose import Made, prose, put_together
from benchmarks.speed.questions import Questions
from indexer.embed import load

CALLERS = 64
SOURCE = "bulletins"
_TOKENS = 100
_LONGEST_SEARCH_SECONDS = 30
_LONGEST_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Pushed:
    """One item: seconds from when it was sent until it was stored, and until it was found.

    is_honoured: whether the first answer to a search with `min_seq` held it, and stood at that
        change or later; None where it was searched for without.
    """

    stored: float
    found: float
    is_honoured: bool | None


def run(context: Context) -> list[Figure]:
    chunks, seconds, most = (100_000, 90, 300) if context.is_full else (20_000, 12, 40)
    embedder = load("minilm", device="cpu")
    kept = built(context, Recipe(chunks), embedder)
    random = np.random.default_rng(context.seed)
    names = [f"bulletin {random.integers(36**6, 36**7):x}" for _ in range(most)]
    made = put_together(prose(context, embedder), names, tokens=_TOKENS, random=random)
    questions = Questions.of(context)
    folder = copied(kept, context.workspace / "service")
    with Service(folder, []) as service:
        service.start()
        url = service.process.url
        _order(url, questions.take(CALLERS))
        fastest = served(_order(url, questions.take(CALLERS * 4)))
        half = fastest.a_second / 2
        watch = Watch(service.process.pid)
        before = cpu.process_seconds(service.process.pid)
        asking = Callers(_order(url, questions.take(round(half * seconds)), a_second=half))
        pushed = _push(url, made, asking, random)
        meanwhile = asking.wait()
        spent = cpu.process_seconds(service.process.pid) - before
        machine = watch.told()
    return _figures(pushed, fastest, meanwhile, cpu_seconds=spent, machine=machine)


def _order(url: str, asked: Sequence[str], *, a_second: float | None = None) -> Order:
    return Order(url, "/v1/search", [search_body(each) for each in asked], CALLERS, a_second)


def _push(url: str, made: Made, asking: Callers, random: np.random.Generator) -> list[Pushed]:
    """Push items one by one for as long as others ask."""
    done: list[Pushed] = []
    time.sleep(1.0)  # until the callers are connected and asking
    with Connection(url) as connection:
        for name, text in zip(made.titles, made.texts, strict=True):
            title = " ".join(name.split())
            one = _followed(connection, title, text, with_seq=len(done) % 2 == 0)
            if asking.is_done:
                break
            done.append(one)
            time.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS))
    return done


def _followed(connection: Connection, title: str, text: str, *, with_seq: bool) -> Pushed:
    begun = time.perf_counter()
    document = {"key": title, "title": title, "text": text}
    seq = connection.reply("/v1/documents", {"source": SOURCE, "documents": [document]})["seq"]
    stored = time.perf_counter() - begun
    body = search_body(title, sources=[SOURCE], **({"min_seq": seq} if with_seq else {}))
    tries = 0
    while True:
        answer = connection.reply("/v1/search", body)
        tries += 1
        if any(each["title"] == title for each in answer["results"]):
            break
        if time.perf_counter() - begun > _LONGEST_SEARCH_SECONDS:
            raise RuntimeError(f"not found: {title}")
    is_honoured = (tries == 1 and answer["seq"] >= seq) if with_seq else None
    return Pushed(stored, time.perf_counter() - begun, is_honoured)


def _figures(
    pushed: Sequence[Pushed],
    fastest: Served,
    meanwhile: Served,
    *,
    cpu_seconds: float,
    machine: str,
) -> list[Figure]:
    half = fastest.a_second / 2
    told = (
        f"{len(pushed)} pushes while {meanwhile.a_second:.1f} of {half:.1f} searches a second were"
        f" answered, half of the most; {machine}"
    )
    ways = {
        "with min_seq": [each for each in pushed if each.is_honoured is not None],
        "by searching again": [each for each in pushed if each.is_honoured is None],
    }
    figures = [
        Figure(
            f"pushed to found {name}, p{share}",
            _ms([each.found for each in some], share),
            "ms",
            Baseline("the push itself, until it is stored", _ms([e.stored for e in some], share)),
            cpu_seconds if share == 50 and name == "with min_seq" else None,
            told if share == 50 and name == "with min_seq" else "",
        )
        for name, some in ways.items()
        for share in (50, 99)
    ]
    broken = sum(each.is_honoured is False for each in pushed)
    return [
        *figures,
        Figure("min_seq not honoured", broken, "searches"),
        Figure("searches a second at most", fastest.a_second, "1/s"),
        Figure("wait of the other callers, p99", _ms(meanwhile.seconds, 99), "ms"),
        Figure("their searches that failed", sum(meanwhile.failed.values()), "answers"),
    ]


def _ms(seconds: Sequence[float], share: int) -> float:
    return float(np.percentile(seconds, share)) * 1_000
