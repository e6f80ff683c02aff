import random
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from benchmarks.quality.facts import facts
from benchmarks.quality.ours import serving
from benchmarks.simulated import SimulatedClock
from benchmarks.tasks import fresh
from tests.fakes import HashEmbedder


def made(way):
    return facts(
        random.Random(1),
        ["Bakeldor"],
        prefix="f",
        versions=3,
        start=fresh.START,
        days=fresh.DAYS,
        only_numbers=way == fresh.SERIES,
    )


@pytest.fixture
def asked(tmp_path):
    def ask(way, at):
        changing = made(way)
        clock = SimulatedClock(fresh.START)
        with serving(tmp_path, HashEmbedder(), clock=clock) as ours:
            fresh.store(ours, clock, fresh.events(way, changing), lambda _: None)
            clock.now = fresh.END
            return fresh.ask(way, [(changing[0], at(changing[0]))], ours)

    return ask


@pytest.mark.parametrize("way", [fresh.AGAIN, fresh.SERIES])
@pytest.mark.parametrize("number", [0, 1, 2, None])
def test_the_version_valid_at_an_instant_is_recognised(asked, way, number):
    found = asked(way, lambda fact: None if number is None else fact.versions[number].at)

    assert (found.questions, found.first, found.other_version, found.other_subject) == (1, 1, 0, 0)


def test_another_version_is_told_from_the_true_one(asked):
    found = asked(fresh.ITEMS, lambda fact: fact.versions[0].at)

    assert (found.first, found.among_results) == (1, 1)


def test_items_have_keys_of_their_own_and_versions_share_one():
    again = [each.batch.documents[0].key for each in fresh.events(fresh.AGAIN, made(fresh.AGAIN))]
    items = [each.batch.documents[0].key for each in fresh.events(fresh.ITEMS, made(fresh.ITEMS))]

    assert (len(set(again)), len(set(items))) == (1, 3)


def test_a_series_has_its_values_at_their_instants():
    (fact,) = made(fresh.SERIES)

    values = [each.batch.observations[0] for each in fresh.events(fresh.SERIES, [fact])]

    assert [(each.valid_from, each.value) for each in values] == [
        (each.at, Decimal(each.value)) for each in fact.versions
    ]
    assert values[0].valid_from > datetime(2024, 10, 31, tzinfo=UTC)
