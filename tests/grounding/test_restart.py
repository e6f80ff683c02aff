"""Delete the index folder, or lose the newest changes of it: searches answer the same."""

import shutil
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.records import Batch, Document, Observation, Series
from grounding.query import pipeline
from grounding.query.question import Filters
from grounding.service import Service
from tests.fakes import START, FakeClock
from tests.grounding.serving import DAY, HOUR, Plan, started

WORDS = ["gold", "oil", "rain", "price", "cat", "wheat", "rose", "fell", "today", "market", "storm"]
WORDS += ["metal", "bank", "river"]
QUERIES = ["gold price", "oil fell today", "storm", "cat river bank", "metal market gold", "xyz"]

Answer = list[tuple[str, float, datetime]]


def text_of(number: int) -> str:
    chosen = [WORDS[number * step % len(WORDS)] for step in range(1, 3 + number % 5)]
    return f"Note {number}: " + " ".join(chosen)


def push(service: Service, *, numbers: range, removed: tuple[str, ...] = ()) -> None:
    documents = tuple(
        Document(f"key-{n % 40}", text_of(n), f"Title {n % 7}", published_at=START - HOUR * n)
        for n in numbers
    )
    service.push(
        "desk" if numbers.start % 2 else "wiki", "default", Batch({}, documents, removed=removed)
    )


def fill(service: Service, clock: FakeClock, *, first: int, count: int) -> None:
    """Add, replace and remove documents, in several transactions."""
    for start in range(first, first + count, 9):
        removed = (f"key-{start * 3 % 40}", f"key-{start * 7 % 40}")
        push(service, numbers=range(start, start + 9), removed=removed)
        clock.advance(HOUR)
    gold = Series("gold", "Gold spot price", unit="USD")
    value = Observation("gold", clock(), Decimal(2000 + first))
    service.push("prices", "default", Batch({}, series=(gold,), observations=(value,)))


def answers(service: Service) -> list[Answer]:
    return [
        [
            (each.evidence.id, round(each.scores.total, 6), each.evidence.valid_from)
            for each in pipeline.search(
                query, filters, max_results=20, retrieval=service.parts.retrieval
            ).candidates
        ]
        for query in QUERIES
        for filters in moments()
    ]


def moments() -> list[Filters]:
    return [
        Filters(),
        Filters(known_at=START + HOUR * 5),
        Filters(known_at=START + HOUR * 5, as_of=START + HOUR * 3),
        Filters(sources=frozenset({"desk"}), published_after=START - DAY),
    ]


@pytest.fixture
def plan(tmp_path: Path, clock: FakeClock, empty_url: str) -> Plan:
    return Plan(tmp_path, clock=clock, database_url=empty_url)


def caught_up(service: Service) -> Service:
    service.parts.views.catch_up()
    return service


def test_answers_are_the_same_after_the_index_directory_was_deleted(
    plan: Plan, clock: FakeClock
) -> None:
    with started(plan) as service:
        fill(service, clock, first=0, count=90)
        before = answers(caught_up(service))

    shutil.rmtree(plan.directory / "index")
    with started(plan) as service:
        after = answers(service)

    assert sum(map(len, before)) > 100
    assert after == before


def test_answers_are_the_same_from_a_snapshot_and_the_changes_since(
    plan: Plan, clock: FakeClock, tmp_path: Path
) -> None:
    with started(plan) as service:
        fill(service, clock, first=0, count=45)
        caught_up(service)
    kept = shutil.copytree(plan.directory / "index", tmp_path / "kept")
    with started(plan) as service:
        fill(service, clock, first=45, count=45)
        before = answers(caught_up(service))
    shutil.rmtree(plan.directory / "index")
    kept.rename(plan.directory / "index")

    with started(plan) as service:
        after = answers(service)

    assert after == before


def test_answers_are_the_same_with_a_broken_snapshot(plan: Plan, clock: FakeClock) -> None:
    with started(plan) as service:
        fill(service, clock, first=0, count=45)
        before = answers(caught_up(service))
    for vectors in (plan.directory / "index").glob("snapshot-*/vectors.npy"):
        vectors.write_bytes(vectors.read_bytes()[:-7] + b"garbage")

    with started(plan) as service:
        after = answers(service)

    assert after == before


def test_index_of_another_database_is_not_believed(plan: Plan, clock: FakeClock) -> None:
    with started(plan) as service:
        fill(service, clock, first=0, count=45)
        caught_up(service)
    other = replace(plan, database_url=f"sqlite:///{plan.directory / 'other.db'}")

    with started(other) as service:
        found = [
            pipeline.search(query, Filters(), max_results=10, retrieval=service.parts.retrieval)
            for query in QUERIES
        ]

    assert [each.candidates for each in found] == [()] * len(QUERIES)
