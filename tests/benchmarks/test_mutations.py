import random
import time
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks.corpus.mutants import CHANGES, Mutant, Seeds, mutant, seeds
from benchmarks.corpus.records import Recording
from benchmarks.corpus.trial import Bench, Hung, Outcome, Trial, faults_of, watched
from benchmarks.corpus.worker import Found, _add
from benchmarks.tasks.mutations import figures_of
from connectors.records import Batch, Document, Observation

FEED = b"<rss version='2.0'><channel><item><title>Level 3.2 m</title></item></channel></rss>"
NAIVE = datetime(2026, 3, 1, 8)


def recorded(body: bytes = FEED, *, kind: str = "feed") -> Recording:
    return Recording("suite", "file", Path("file"), kind, "application/xml", body=body)


def some() -> Seeds:
    return seeds([recorded(), recorded(b'{"a": [1, 2]}'), recorded(b"Disallow: /", kind="robots")])


def test_the_same_seed_and_number_make_the_same_mutant() -> None:
    first, second = ([mutant(n, some(), seed=1) for n in range(50)] for _ in range(2))

    assert first == second
    assert first != [mutant(n, some(), seed=2) for n in range(50)]


def test_most_mutants_differ_from_what_was_recorded() -> None:
    made = [mutant(number, some(), seed=1) for number in range(200)]

    assert sum(each.body != each.recording.served() for each in made) > 180
    assert len({each.body for each in made}) > 150


def test_every_change_can_be_made_to_an_empty_file() -> None:
    assert all(isinstance(change(b"", random.Random(1)), bytes) for change in CHANGES)


def test_kinds_that_have_only_large_files_are_damaged_too() -> None:
    large = recorded(b"x" * 100_000, kind="metar")

    assert seeds([recorded(), large]).small["metar"] == [large]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [(FEED, Outcome.READ), (b"", Outcome.REFUSED), (b"<html>", Outcome.REFUSED)],
)
def test_a_mutant_is_read_or_refused(body: bytes, outcome: Outcome) -> None:
    made = Mutant(recorded(), body, "application/xml", None)

    assert Bench().tried(made).outcome is outcome


def test_a_connector_that_raises_something_else_has_crashed() -> None:
    nothing: bytes = None  # type: ignore[assignment]

    trial = Bench().tried(Mutant(recorded(), nothing, "application/xml", None))

    assert trial.outcome is Outcome.CRASHED
    assert "TypeError" in trial.detail


def spend(*, seconds: float) -> None:
    started = time.thread_time()
    while time.thread_time() - started < seconds:
        pass


def test_what_uses_too_much_processor_time_is_stopped() -> None:
    with pytest.raises(Hung, match="spend"), watched(0.05):
        spend(seconds=5)


@pytest.mark.parametrize(
    ("batch", "fault"),
    [
        (Batch({}, documents=(Document("", "words"),)), "key of 0 characters"),
        (Batch({}, documents=(Document("1", " "),)), "1: no text"),
        (Batch({}, documents=(Document("1", "a\0b"),)), "text of '1' cannot be stored"),
        (Batch({}, documents=(Document("1", "a", title="\ud800"),)), "title of '1' cannot"),
        (Batch({}, documents=(Document("1", "a", updated_at=NAIVE),)), "a time without a zone"),
        (
            Batch({}, observations=(Observation("s", NAIVE.replace(tzinfo=UTC), Decimal("NaN")),)),
            "a value that is no number",
        ),
    ],
)
def test_what_no_store_would_take_is_noticed(batch: Batch, fault: str) -> None:
    assert [each[: len(fault)] for each in faults_of(batch)] == [fault]


def test_errors_are_named_and_counted() -> None:
    found = Found(memory=[200.0, 230.0])
    _add(found, 7, "feed", Trial(Outcome.CRASHED, 0.1, "Traceback\nKeyError: 'x'"))
    _add(found, 9, "web", Trial(Outcome.READ, 0.2))

    figures = {each.name: each for each in figures_of([found, Found(memory=[1.0, 2.0])])}

    assert figures["crashes"].value == 1
    assert figures["crashes"].notes == "mutant 7 (feed) crashed: KeyError: 'x'"
    assert figures["memory gained once warm"].value == 30
    assert found.kinds == Counter({"feed": 1, "web": 1})
