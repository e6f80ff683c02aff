import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from benchmarks.quality.facts import KINDS, Fact, facts, names

START = datetime(2024, 11, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def some(count=40, seed=1, **more):
    draw = random.Random(seed)
    settings = {"prefix": "fact", "versions": 5, "start": START, "days": 730} | more
    return facts(draw, names(draw, count), **settings)


def test_each_fact_has_its_versions_in_order_on_different_days():
    for fact in some():
        days = [each.at for each in fact.versions]

        assert len(set(days)) == 5
        assert days == sorted(days)
        assert days[0] >= START
        assert days[-1] < START + timedelta(days=730)


def test_no_two_versions_of_a_fact_have_the_same_value_or_say_the_same():
    for fact in some(200):
        assert len({each.value for each in fact.versions}) == 5
        assert len({fact.said(each) for each in fact.versions}) == 5


def test_values_stay_different_where_few_are_possible():
    for fact in some(70, versions=30, days=100):
        assert len({each.value for each in fact.versions}) == 30


def test_a_sentence_is_about_one_fact_only():
    said = [fact.said(each) for fact in some(300) for each in fact.versions]

    assert len(set(said)) == len(said)


def test_a_version_holds_from_its_first_instant_until_just_before_the_next():
    fact = some(1)[0]
    first, second, *_, last = fact.versions

    assert fact.true_at(first.at - TICK) is None
    assert fact.true_at(first.at) == first
    assert fact.true_at(second.at - TICK) == first
    assert fact.true_at(second.at) == second
    assert fact.true_at(last.at + timedelta(days=10_000)) == last


def test_truth_at_any_instant_is_the_last_version_that_has_begun():
    draw = random.Random(2)
    for fact in some(50):
        instant = START + draw.random() * timedelta(days=800)
        expected = None
        for each in fact.versions:
            if each.at <= instant:
                expected = each

        assert fact.true_at(instant) == expected


def test_values_of_a_series_are_numbers():
    for fact in some(only_numbers=True):
        assert fact.kind.measured_in is not None
        assert all(Decimal(each.value) >= 0 for each in fact.versions)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.subject)
def test_both_wordings_of_a_kind_name_the_subject_and_the_value(kind):
    fact = Fact("f", kind, "Bakeldor", ())
    value = kind.value(random.Random(3))

    said = [wording.format(name=fact.name, value=value) for wording in kind.wordings]

    assert said[0] != said[1]
    assert all("Bakeldor" in each and value in each for each in said)
    assert "Bakeldor" in fact.question
    assert value not in fact.question


def test_the_same_seed_makes_the_same_facts():
    assert some() == some()
    assert some() != some(seed=2)


def test_names_are_different():
    drawn = names(random.Random(4), 2_600)

    assert len(set(drawn)) == 2_600
