"""What SciFact and Cranfield are asked: is the whole better than its legs, and than others?

Every system is given the same documents, questions and vectors. A document stands at the place of
its best passage.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

from benchmarks import cpu
from benchmarks.quality import peers
from benchmarks.quality.baselines import Vectors, Words, whole
from benchmarks.quality.collections import Collection, SourceDocument
from benchmarks.quality.metrics import (
    Comparison,
    Measure,
    compared,
    mean,
    ndcg,
    per_query,
    recall,
    reciprocal_rank,
)
from benchmarks.quality.ours import PASSAGES, SETTINGS, serving
from benchmarks.quality.peers.records import Found, best_places
from benchmarks.records import Baseline, Context, Figure
from connectors.clock import utc_now
from grounding.query.recency import HALF_LIVES
from indexer.embed import Embedder
from indexer.records import PUSH

Run: TypeAlias = Mapping[str, list[str]]

OF_PEERS = 100
"""How many passages others are asked for: that gives them their best figures, or all but."""

DATES = timedelta(days=5 * 365)
LATE_DATES = timedelta(days=14)
MEASURES: Mapping[str, Measure] = {
    "nDCG@10": partial(ndcg, k=10),
    "recall@10": partial(recall, k=10),
    "MRR@10": partial(reciprocal_rank, k=10),
}


@dataclass(frozen=True, slots=True)
class Ranked:
    """The documents a system found for each question, best first, and what that cost.

    cpu_seconds: of asking, without building.
    """

    name: str
    settings: str
    run: Run
    cpu_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Within:
    """The service's own rankings: as it answers, by each leg, and with dates made up.

    dated: drawn from five years; late: from two weeks, where all differ in recency.
    """

    ours: Ranked
    dense: Ranked
    lexical: Ranked
    dated: Ranked
    late: Ranked


def figures(collection: Collection, context: Context, embedder: Embedder) -> list[Figure]:
    """Return the figures of a collection with judgements; what cannot be imported is named."""
    units = whole(collection.documents)
    words, vectors = Words(units), Vectors(units, embedder)
    within = _within(collection, context, embedder)
    alone = [
        _ranked(each.name, each.settings, collection, partial(each.ranked, k=OF_PEERS))
        for each in (words, vectors)
    ]
    others, absent = peers.available()
    by_others = []
    for peer in others:
        context.say(f"{collection.name}: {peer.name}")
        peer.build(collection.documents, embedder)
        asked = partial(peer.ranked, k=OF_PEERS)
        by_others.append(_ranked(peer.name, peer.settings, collection, asked))
    return [
        Figure("documents", len(collection.documents), "documents"),
        Figure("questions", len(collection.qrels), "questions"),
        *_against_words(within.ours, alone[0], collection),
        *_of_legs(within, collection),
        *_of_dates(within, collection),
        *(_alone(each, collection) for each in alone),
        *_against_peers(within.ours, by_others, absent, collection, context.seed),
    ]


def dated(
    documents: Sequence[SourceDocument],
    draw: random.Random,
    *,
    until: datetime,
    within: timedelta = DATES,
) -> list[SourceDocument]:
    """Give every document a publication date drawn from the time `within` before `until`."""
    return [replace(each, published_at=until - draw.random() * within) for each in documents]


def _within(collection: Collection, context: Context, embedder: Embedder) -> Within:
    context.say(f"{collection.name}: pushing {len(collection.documents)} documents")
    with serving(context.workspace / "plain", embedder) as ours:
        ours.push_collection(collection.documents)
        asked = partial(ours.ranked, k=PASSAGES)
        whole_run = _ranked(ours.name, SETTINGS, collection, asked)
        dense = _ranked("dense leg", "", collection, lambda text: ours.alone(text).dense)
        lexical = _ranked("lexical leg", "", collection, lambda text: ours.alone(text).lexical)
    return Within(
        whole_run,
        dense,
        lexical,
        dated=_dated(collection, context, embedder, within=DATES),
        late=_dated(collection, context, embedder, within=LATE_DATES),
    )


def _dated(
    collection: Collection, context: Context, embedder: Embedder, *, within: timedelta
) -> Ranked:
    context.say(f"{collection.name}: pushing them with dates of {within.days} days")
    draw = random.Random(context.seed)
    made_up = dated(collection.documents, draw, until=utc_now(), within=within)
    with serving(context.workspace / f"dated-{within.days}", embedder) as ours:
        ours.push_collection(made_up)
        return _ranked(ours.name, SETTINGS, collection, partial(ours.ranked, k=PASSAGES))


def _ranked(
    name: str, settings: str, collection: Collection, ask: Callable[[str], Sequence[Found]]
) -> Ranked:
    asked = [each for each in collection.questions if each.id in collection.qrels]
    before = cpu.own_seconds()
    run = {each.id: best_places(ask(each.text)) for each in asked}
    return Ranked(name, settings, run, cpu.own_seconds() - before)


def _value(measure: str, ranked: Ranked, collection: Collection) -> float:
    return mean(per_query(MEASURES[measure], ranked.run, collection.qrels))


def _against_words(ours: Ranked, words: Ranked, collection: Collection) -> list[Figure]:
    found = [
        Figure(
            name,
            _value(name, ours, collection),
            "of 1",
            baseline=Baseline(
                f"{words.name}, one unit a document: {words.settings}"
                if name == "nDCG@10"
                else words.name,
                _value(name, words, collection),
            ),
            cpu_seconds=ours.cpu_seconds if name == "nDCG@10" else None,
            notes=f"{SETTINGS}; {PASSAGES} passages asked for" if name == "nDCG@10" else "",
        )
        for name in MEASURES
    ]
    ratio = found[0].ratio
    return [*found, *([Figure("nDCG@10 over BM25's", ratio, "times")] if ratio else [])]


def _of_legs(within: Within, collection: Collection) -> list[Figure]:
    legs = [
        (each.name, _value("nDCG@10", each, collection)) for each in (within.dense, within.lexical)
    ]
    name, better = max(legs, key=lambda leg: leg[1])
    gain = _value("nDCG@10", within.ours, collection) - better
    return [
        *(Figure(f"nDCG@10, our {leg} alone", value, "of 1") for leg, value in legs),
        Figure(
            "nDCG@10 less the better leg's",
            gain,
            "of 1",
            notes=f"the better one is the {name}; not to be below -0.003",
        ),
    ]


def _of_dates(within: Within, collection: Collection) -> list[Figure]:
    """Return what dates that mean nothing cost; over years, hardly any document is new."""
    plain, over_years, over_days = (
        _value("nDCG@10", each, collection) for each in (within.ours, within.dated, within.late)
    )
    half_life = HALF_LIVES[PUSH].days
    return [
        Figure(
            "nDCG@10 lost to random dates of five years",
            plain - over_years,
            "of 1",
            notes=f"{plain:.4f} without dates, {over_years:.4f} with them, half-life {half_life}"
            " days; not to be above 0.01; few documents are new at all",
        ),
        Figure(
            f"nDCG@10 lost to random dates of {LATE_DATES.days} days",
            plain - over_days,
            "of 1",
            notes=f"{over_days:.4f} with them: the worst case, no bound is set",
        ),
    ]


def _alone(ranked: Ranked, collection: Collection) -> Figure:
    return Figure(
        f"nDCG@10, {ranked.name}",
        _value("nDCG@10", ranked, collection),
        "of 1",
        cpu_seconds=ranked.cpu_seconds,
        notes=f"one unit a document; {ranked.settings}",
    )


def _against_peers(
    ours: Ranked,
    others: Sequence[Ranked],
    absent: Sequence[peers.Absent],
    collection: Collection,
    seed: int,
) -> list[Figure]:
    found = [
        Figure(
            f"nDCG@10, {each.name}",
            _value("nDCG@10", each, collection),
            "of 1",
            cpu_seconds=each.cpu_seconds,
            notes=each.settings,
        )
        for each in others
    ]
    found.append(Figure("peers", len(others), "peers", notes=_absence(absent)))
    if not others:
        return found
    best = max(others, key=lambda each: _value("nDCG@10", each, collection))
    difference = _compared(ours, best, collection, seed)
    found.append(
        Figure(
            "nDCG@10 less the best peer's",
            difference.difference,
            "of 1",
            notes=f"the best one is {best.name}; 95 % of resamples between"
            f" {difference.lowest:+.4f} and {difference.highest:+.4f}, randomisation test"
            f" p = {difference.p_value:.4f}",
        )
    )
    return found


def _compared(one: Ranked, other: Ranked, collection: Collection, seed: int) -> Comparison:
    measure = MEASURES["nDCG@10"]
    return compared(
        per_query(measure, one.run, collection.qrels),
        per_query(measure, other.run, collection.qrels),
        seed=seed,
    )


def _absence(absent: Sequence[peers.Absent]) -> str:
    return "; ".join(f"{each.name} is absent: {each.reason}" for each in absent)
