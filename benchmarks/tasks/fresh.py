"""Does the newest valid version of a changing fact come first, now and at any moment in between?

Invented facts change five times in two years, among 10,000 other documents: passages of real news,
and sentences in the same words about other subjects. A fact changes in one of three ways: its
document is pushed again under its key; each version is an item of its own, as in a feed; it is a
series, and each version an observation. All is stored at the instants at which it changes.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from benchmarks import cpu
from benchmarks.quality import news
from benchmarks.quality.baselines import cut
from benchmarks.quality.collections import SourceDocument
from benchmarks.quality.facts import Fact, Version, facts, names
from benchmarks.quality.ours import Ours, remembered, serving
from benchmarks.records import Baseline, Context, Figure
from benchmarks.simulated import SimulatedClock
from connectors.records import Batch, Document, Observation, Series
from grounding.query.records import Candidate
from indexer.embed import Embedder

FACTS = 200
VERSIONS = 5
DISTRACTORS = 10_000
ALIKE = 2_000
INSTANTS = 2
RESULTS = 10
DAYS = 730
START = datetime(2024, 11, 1, tzinfo=UTC)
END = START + timedelta(days=DAYS)

AGAIN, ITEMS, SERIES = "the same key again", "an item each", "a series"
WAYS = (AGAIN, ITEMS, SERIES)


@dataclass(frozen=True, slots=True)
class Event:
    """What one source says at one instant."""

    at: datetime
    source: str
    batch: Batch


@dataclass(frozen=True, slots=True)
class Asked:
    """How often what was true came first, came among the results, and what came first instead.

    by_dense_leg: how often it came first by our dense leg alone.
    """

    questions: int = 0
    first: int = 0
    among_results: int = 0
    other_version: int = 0
    other_subject: int = 0
    nothing: int = 0
    by_dense_leg: int = 0
    cpu_seconds: float = 0.0


def run(context: Context) -> list[Figure]:
    draw = random.Random(context.seed)
    embedder = remembered()
    called = names(draw, FACTS * len(WAYS) + ALIKE)
    by_way = {
        way: facts(
            draw,
            called[FACTS * number : FACTS * (number + 1)],
            prefix=way.replace(" ", "-"),
            versions=VERSIONS,
            start=START,
            days=DAYS,
            only_numbers=way == SERIES,
        )
        for number, way in enumerate(WAYS)
    }
    alike = facts(draw, called[-ALIKE:], prefix="alike", versions=1, start=START, days=DAYS)
    passages = _passages(context, embedder, draw, DISTRACTORS - ALIKE)
    changes = [event for way, some in by_way.items() for event in events(way, some)]
    changes += events("others", alike)
    clock = SimulatedClock(START)
    with serving(context.workspace, embedder, clock=clock) as ours:
        context.say(f"storing {len(passages)} passages of news")
        ours.push(Batch(cursor={}, documents=passages), source="news")
        store(ours, clock, changes, context.say)
        clock.now = END
        return [
            Figure("distractors", len(passages) + len(alike), "documents"),
            *(
                figure
                for way, some in by_way.items()
                for figure in _figures(way, some, ours, draw, context)
            ),
        ]


def _passages(
    context: Context, embedder: Embedder, draw: random.Random, count: int
) -> tuple[Document, ...]:
    articles: Sequence[SourceDocument] = news.collection(context.archive(news.ARCHIVE)).documents
    units = cut(articles, embedder)
    chosen = draw.sample(units, min(count, len(units)))
    return tuple(
        Document(
            key=f"passage-{number}",
            title=each.title,
            text=each.text,
            published_at=None
            if each.published_at is None
            else datetime.fromtimestamp(each.published_at, UTC),
        )
        for number, each in enumerate(chosen)
    )


def events(way: str, changing: Iterable[Fact]) -> list[Event]:
    return [
        Event(version.at, way.replace(" ", "-"), _batch(way, fact, version, number))
        for fact in changing
        for number, version in enumerate(fact.versions)
    ]


def _batch(way: str, fact: Fact, version: Version, number: int) -> Batch:
    if way == SERIES:
        title = f"{fact.subject}, {fact.kind.measured_in}"
        value = Observation(fact.id, version.at, Decimal(version.value), published_at=version.at)
        return Batch(cursor={}, series=(Series(fact.id, title),), observations=(value,))
    document = Document(
        key=fact.id if way == AGAIN else f"{fact.id}-{number}",
        title=fact.subject,
        text=fact.said(version),
        published_at=version.at,
    )
    return Batch(cursor={}, documents=(document,))


def store(
    ours: Ours, clock: SimulatedClock, changes: Sequence[Event], say: Callable[[str], None]
) -> None:
    """Store all in the order of time, what one source says at one instant together.

    Return when searches see it.
    """
    ordered = sorted(changes, key=lambda each: (each.at, each.source))
    for done, ((at, source), some) in enumerate(
        groupby(ordered, key=lambda each: (each.at, each.source))
    ):
        clock.now = max(clock.now, at)
        batches = [each.batch for each in some]
        ours.push(
            Batch(
                cursor={},
                documents=tuple(each for batch in batches for each in batch.documents),
                series=tuple(each for batch in batches for each in batch.series),
                observations=tuple(each for batch in batches for each in batch.observations),
            ),
            source=source,
        )
        if done % 500 == 0:
            say(f"stored until {at:%Y-%m-%d}")
    ours.settle()


def _figures(
    way: str, changing: Sequence[Fact], ours: Ours, draw: random.Random, context: Context
) -> list[Figure]:
    context.say(f"asking about {way}")
    present = ask(way, [(fact, None) for fact in changing], ours)
    past = ask(
        way,
        [(fact, _instant(fact, draw)) for fact in changing for _ in range(INSTANTS)],
        ours,
    )
    return [
        _figure(f"{way}: newest first, at present", present),
        _figure(f"{way}: what was valid first, in the past", past),
    ]


def _instant(fact: Fact, draw: random.Random) -> datetime:
    """Return a random instant at which the fact has a version."""
    begun = fact.versions[0].at
    return begun + draw.random() * (END - begun)


def ask(way: str, questions: Sequence[tuple[Fact, datetime | None]], ours: Ours) -> Asked:
    """Ask each question as of its instant; under the same key also as known then."""
    asked = Asked(questions=len(questions))
    for fact, at in questions:
        true = fact.true_at(at or END)
        known_at = at if way == AGAIN else None
        before = cpu.own_seconds()
        found = ours.candidates(fact.question, RESULTS, as_of=at, known_at=known_at)
        cost = cpu.own_seconds() - before
        says = _says(way, fact)
        is_there = [says(each) == true for each in found]
        dense = (
            ours.alone(fact.question, as_of=at, known_at=known_at).dense if way != SERIES else ()
        )
        asked = replace(
            _with_first(asked, says(found[0]) if found else None, true, is_empty=not found),
            among_results=asked.among_results + any(is_there),
            by_dense_leg=asked.by_dense_leg
            + bool(dense and true and dense[0][1] == fact.said(true)),
            cpu_seconds=asked.cpu_seconds + cost,
        )
    return asked


def _with_first(
    asked: Asked, first: Version | None, true: Version | None, *, is_empty: bool
) -> Asked:
    if is_empty:
        return replace(asked, nothing=asked.nothing + 1)
    if first is None:
        return replace(asked, other_subject=asked.other_subject + 1)
    if first == true:
        return replace(asked, first=asked.first + 1)
    return replace(asked, other_version=asked.other_version + 1)


def _says(way: str, fact: Fact) -> Callable[[Candidate], Version | None]:
    """Return what tells which version of the fact a result says; None: it is about another."""

    def of_series(candidate: Candidate) -> Version | None:
        value = candidate.evidence.observation
        if value is None or value.series != fact.id:
            return None
        said = {Decimal(each.value): each for each in fact.versions}
        return said.get(value.value)

    said = {fact.said(each): each for each in fact.versions}
    return of_series if way == SERIES else lambda candidate: said.get(candidate.evidence.text)


def _figure(name: str, asked: Asked) -> Figure:
    instead = (
        f"first instead: another version {asked.other_version}, another subject"
        f" {asked.other_subject}, nothing {asked.nothing}"
    )
    in_results = f"among the first {RESULTS}: {asked.among_results}"
    return Figure(
        name,
        100 * asked.first / asked.questions,
        "%",
        baseline=Baseline("our dense leg alone", 100 * asked.by_dense_leg / asked.questions)
        if asked.by_dense_leg
        else None,
        cpu_seconds=asked.cpu_seconds,
        notes=f"{asked.first} of {asked.questions}; {in_results}; {instead}",
    )
