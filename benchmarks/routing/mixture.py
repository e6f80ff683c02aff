"""A service with five collections, and questions of each whose answers can be recognised.

news    articles that were found for RealTime QA's questions of eight weeks, and the questions
fires   wildfires of 2022, each as its list had it last; how large and how contained one is
prices  a daily oil price; what it is, and what it was on a day
papers  abstracts of SciFact, and its test claims
peps    a sample of PEPs, and questions made of them
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias, TypeVar

from benchmarks import brent, fires
from benchmarks.quality import news, peps, scifact
from benchmarks.quality.collections import Collection, SourceDocument
from benchmarks.quality.metrics import answer_in_evidence
from benchmarks.records import Context
from benchmarks.replay import recorded_polls
from connectors.records import Batch, Document, Observation, Series
from grounding.query.records import Candidate
from grounding.service import Service

NEWS, FIRES, PRICES, PAPERS, PEPS = "news", "fires", "prices", "papers", "peps"
NAMES = (NEWS, FIRES, PRICES, PAPERS, PEPS)
_LONGEST_WAIT_SECONDS = 300
_PRICES_KEPT = 400

_T = TypeVar("_T")
Held: TypeAlias = Callable[[Sequence[Candidate]], bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the collection that has its answer, and what tells whether it was found."""

    text: str
    collection: str
    is_held: Held
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One collection: what is stored of it, and what is asked."""

    batch: Batch
    questions: Sequence[Asked]


def parts(context: Context, *, questions: int) -> dict[str, Part]:
    """Return the five collections, samples of them without `--full`, with so many questions each.

    Those that have no answer in the sample are left out.
    """
    draw = random.Random(context.seed)
    made = {
        NEWS: _news(context, draw, questions),
        FIRES: _fires(context, draw, questions),
        PRICES: _prices(context, draw, questions),
        PAPERS: _papers(context, draw, questions),
        PEPS: _peps(context, draw, questions),
    }
    return {name: made[name] for name in NAMES}


def store(service: Service, stored: Mapping[str, Part]) -> None:
    """Push each part as a collection of its own, and return when searches see all."""
    seq = 0
    for name, part in stored.items():
        outcome = service.push(name, name, part.batch)
        if outcome.error or outcome.failures:
            raise RuntimeError(f"{name}: {outcome.error or outcome.failures[0]}")
        seq = outcome.seq
    service.parts.views.wait_for(seq, _LONGEST_WAIT_SECONDS)


def quiz(context: Context) -> Collection:
    return news.collection(context.archive(news.ARCHIVE))


def claims(context: Context) -> tuple[str, ...]:
    """Return SciFact's test claims."""
    found = scifact.beir_test(context.archive(scifact.ARCHIVE))
    return tuple(each.text for each in found.questions)


def sums(seed: int, count: int) -> list[str]:
    """Return generated arithmetic; no form of it is among what is learnt from."""
    draw = random.Random(seed)
    forms = (
        "{a} is what percent of {b}?",
        "Which is greater, {a}/{b} or {c}/{a}?",
        "A tank holds {b} litres and loses {a} litres an hour. When is it empty?",
        "How many dozens make {b}?",
        "The total of two numbers is {b}, and one of them is {a}. Name the other",
        "Estimate {a} · {b}",
        "Express {a}/{c} as a decimal",
        "Which time is it {a} minutes after noon?",
        "What is the mean of {a}, {b} and {c}?",
        "Count down from {a} in steps of {c}",
        "{a} in hexadecimal",
        "How far do you get in {c} hours at {a} km/h?",
        "Is {a} odd or even?",
        "Five friends split a bill of {b} and leave a tip of {c}. What does each pay?",
    )
    return [
        draw.choice(forms).format(
            a=draw.randint(2, 999), b=draw.randint(2, 9999), c=draw.randint(2, 24)
        )
        for _ in range(count)
    ]


def _news(context: Context, draw: random.Random, most: int) -> Part:
    found = quiz(context)
    if not context.is_full:
        found = replace(found, documents=found.documents[::4])
    known = news.answerable(found)
    usable = [each for each in found.questions if each.id in known]
    asked = [
        Asked(each.text, NEWS, _says(each.answers), each.asked_at)
        for each in _some(draw, usable, most)
    ]
    return Part(_batch(found.documents), asked)


def _fires(context: Context, draw: random.Random, most: int) -> Part:
    listed: dict[str, fires.Fire] = {}
    for poll in recorded_polls(context, fires.ARCHIVE)[:: 1 if context.is_full else 10]:
        listed |= fires.listed_fires(poll.file)
    documents = [
        SourceDocument(
            id=key,
            title=fire.name,
            text=f"{fire.name} at {fire.place}\n{fires.BURNED}{fire.acres or 'unknown'}\n"
            f"{fires.CONTAINED}{fire.contained or 'unknown'}",
        )
        for key, fire in listed.items()
    ]
    known = [fire for fire in listed.values() if fire.acres and fire.contained]
    forms = (
        fires.question,
        lambda fire: f"How big is the {fire.name}?",
        lambda fire: f"Is the {fire.name} contained?",
    )
    asked = [
        Asked(forms[n % len(forms)](fire), FIRES, _says((f"{fires.BURNED}{fire.acres}",)))
        for n, fire in enumerate(_some(draw, known, most))
    ]
    return Part(_batch(documents), asked)


def _prices(context: Context, draw: random.Random, most: int) -> Part:
    listed = brent.listed_prices(recorded_polls(context, brent.ARCHIVE)[-1].file)
    dates = sorted(listed)[-_PRICES_KEPT:]
    series = Series(
        brent.SERIES,
        "Brent crude oil spot price",
        unit="barrel",
        currency=brent.CURRENCY,
        cadence="daily",
        aliases=("Brent", "oil price", "price of crude oil"),
    )
    observations = tuple(
        Observation(brent.SERIES, _midnight(date), Decimal(listed[date])) for date in dates
    )
    forms = (
        ("What was the spot price of Brent crude oil on {date}?", True),
        ("How much did a barrel of Brent cost on {date}?", True),
        ("What is the price of Brent crude oil?", False),
        ("How much does a barrel of crude cost?", False),
    )
    asked = []
    for n, date in enumerate(_some(draw, dates, most)):
        form, is_past = forms[n % len(forms)]
        day = date if is_past else dates[-1]
        at = _midnight(date) + timedelta(hours=12) if is_past else None
        asked.append(Asked(form.format(date=date), PRICES, _has_value(listed[day]), at))
    return Part(Batch(cursor={}, series=(series,), observations=observations), asked)


def _papers(context: Context, draw: random.Random, most: int) -> Part:
    found = scifact.beir_test(context.archive(scifact.ARCHIVE))
    chosen = _some(draw, found.questions, most)
    wanted = {document for each in chosen for document in found.qrels[each.id]}
    documents = [
        each
        for n, each in enumerate(found.documents)
        if context.is_full or each.id in wanted or n % 5 == 0
    ]
    titles = {each.id: each.title for each in documents}
    asked = [
        Asked(each.text, PAPERS, _is_of({titles[name] for name in found.qrels[each.id]}))
        for each in chosen
    ]
    return Part(_batch(documents), asked)


def _peps(context: Context, draw: random.Random, most: int) -> Part:
    found = peps.collection(context.archive(peps.ARCHIVE), seed=context.seed)
    documents = found.documents if context.is_full else found.documents[::2]
    titles = {each.id: each.title for each in documents}
    usable = [each for each in found.questions if found.qrels[each.id].keys() & titles.keys()]
    asked = [
        Asked(each.text, PEPS, _is_of({titles[name] for name in found.qrels[each.id]}))
        for each in _some(draw, usable, most)
    ]
    return Part(_batch(documents), asked)


def _some(draw: random.Random, usable: Sequence[_T], most: int) -> list[_T]:
    return draw.sample(list(usable), min(most, len(usable)))


def _batch(documents: Sequence[SourceDocument]) -> Batch:
    stored = tuple(
        Document(
            key=each.id,
            title=each.title,
            text=each.text or each.title,
            published_at=each.published_at,
        )
        for each in documents
        if each.text or each.title
    )
    return Batch(cursor={}, documents=stored)


def _says(answers: Sequence[str]) -> Held:
    return lambda found: answer_in_evidence(
        [each.evidence.text for each in found], answers, k=len(found)
    )


def _is_of(titles: set[str]) -> Held:
    return lambda found: any(each.evidence.title in titles for each in found)


def _has_value(price: str) -> Held:
    def held(found: Sequence[Candidate]) -> bool:
        values = [each.evidence.observation for each in found]
        return any(each is not None and each.value == Decimal(price) for each in values)

    return held


def _midnight(date: str) -> datetime:
    return datetime.fromisoformat(date).replace(tzinfo=UTC)
