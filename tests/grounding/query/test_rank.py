import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from grounding.query.rank import rank
from grounding.query.recency import (
    HALF_LIVES,
    RecencyPolicy,
    half_life_seconds,
    recency,
    recency_policy,
)
from tests.fakes import source_record
from tests.grounding.query.items import NOW, brent_evidence, candidate, evidence

DAY_SECONDS = 86_400.0
TWO_DAYS = timedelta(days=2)
POLICY = RecencyPolicy({"weather": 2 * DAY_SECONDS, "eia": 2 * DAY_SECONDS}, bound=0.25)


@pytest.mark.parametrize("half_life", [timedelta(hours=1), timedelta(days=2), timedelta(days=400)])
def test_the_term_halves_with_every_half_life(half_life: timedelta) -> None:
    policy = RecencyPolicy({"weather": half_life.total_seconds()}, bound=0.25)

    terms = [
        recency(
            evidence(published_at=NOW - age * half_life, observed_at=NOW), as_of=NOW, policy=policy
        )
        for age in (0, 1, 2)
    ]

    assert terms == pytest.approx([0.25, 0.125, 0.0625])


@drawn(
    half_life=st.floats(1e-6, timedelta.max.total_seconds()),
    bound=st.floats(0, 1),
    ages=st.lists(st.timedeltas(timedelta(0), timedelta(days=365_000)), min_size=2, max_size=5),
)
def test_the_term_is_bounded_and_never_grows_with_age(
    half_life: float, bound: float, ages: list[timedelta]
) -> None:
    policy = RecencyPolicy({"weather": half_life}, bound=bound)

    terms = [
        recency(evidence(published_at=NOW, observed_at=NOW), as_of=NOW + age, policy=policy)
        for age in sorted(ages)
    ]

    assert all(0 <= term <= bound for term in terms)
    assert all(older <= newer for newer, older in pairwise(terms))


@pytest.mark.parametrize(("kind", "half_life"), list(HALF_LIVES.items()))
def test_a_source_has_the_half_life_of_its_kind(kind: str, half_life: timedelta) -> None:
    assert half_life_seconds(source_record(kind=kind)) == half_life.total_seconds()


@pytest.mark.parametrize("kind", ["files", "feed"])
def test_a_source_may_have_a_half_life_of_its_own(kind: str) -> None:
    own = source_record(kind=kind, half_life_seconds=DAY_SECONDS)

    assert half_life_seconds(own) == DAY_SECONDS


def test_a_source_may_be_timeless_whatever_its_kind() -> None:
    assert half_life_seconds(source_record(kind="feed", half_life_seconds=math.inf)) is None


def test_the_policy_names_the_sources_that_age() -> None:
    known = [
        source_record(name="wire", kind="feed"),
        source_record(name="archive", kind="feed", half_life_seconds=math.inf),
        source_record(name="minutes", kind="files", half_life_seconds=DAY_SECONDS),
        source_record(name="handbook", kind="files"),
    ]

    policy = recency_policy(known, bound=0.5)

    assert policy == RecencyPolicy(
        {"wire": HALF_LIVES["feed"].total_seconds(), "minutes": DAY_SECONDS}, bound=0.5
    )


def test_an_unknown_date_is_neither_new_nor_old() -> None:
    term = recency(evidence(published_at=None), as_of=NOW, policy=POLICY)

    assert term == 0.125


def test_what_a_timeless_source_says_never_ages() -> None:
    new = recency(evidence(source="handbook"), as_of=NOW, policy=POLICY)
    undated = recency(evidence(source="handbook", published_at=None), as_of=NOW, policy=POLICY)

    assert new == undated == 0.0


def test_a_date_in_the_future_makes_nothing_newer_than_its_receipt() -> None:
    lying = evidence(published_at=NOW + timedelta(days=300), updated_at=NOW + timedelta(days=1))
    honest = evidence(published_at=lying.observed_at)

    assert lying.dated_at == lying.observed_at
    assert recency(lying, as_of=NOW, policy=POLICY) == recency(honest, as_of=NOW, policy=POLICY)


def test_a_clock_that_was_never_set_makes_nothing_old() -> None:
    unset = evidence(published_at=datetime(1970, 1, 1, tzinfo=UTC))

    assert unset.dated_at is None
    assert recency(unset, as_of=NOW, policy=POLICY) == 0.125


def test_an_update_makes_an_item_new_again() -> None:
    item = evidence(published_at=NOW - timedelta(days=300), updated_at=NOW, observed_at=NOW)

    assert recency(item, as_of=NOW, policy=POLICY) == 0.25


def test_age_is_counted_from_as_of() -> None:
    item = evidence(published_at=NOW - timedelta(days=300))

    assert recency(item, as_of=NOW - timedelta(days=300), policy=POLICY) == 0.25


def test_a_value_is_as_old_as_its_validity() -> None:
    two_days_later = brent_evidence().valid_from + TWO_DAYS

    assert recency(brent_evidence(), as_of=two_days_later, policy=POLICY) == pytest.approx(0.125)


def test_recency_decides_between_items_of_similar_relevance_only() -> None:
    old = NOW - timedelta(days=365)
    ranked = rank(
        [
            candidate("relevant but old", title="Storm", score=2.0, published_at=old),
            candidate("old", title="Rain", score=1.1, published_at=old),
            candidate("new", title="Snow", score=1.0, published_at=NOW),
        ],
        as_of=NOW,
        policy=POLICY,
    )

    assert [c.evidence.text for c in ranked] == ["relevant but old", "new", "old"]


def test_of_one_title_the_newest_is_first_however_old_both_are() -> None:
    ranked = rank(
        [
            candidate("a year old", score=2.0, published_at=NOW - timedelta(days=365)),
            candidate("half a year old", score=1.0, published_at=NOW - timedelta(days=180)),
        ],
        as_of=NOW,
        policy=POLICY,
    )

    assert [c.evidence.text for c in ranked] == ["half a year old", "a year old"]


def test_what_recency_added_is_shown_apart() -> None:
    given = candidate(score=1.0, published_at=NOW, observed_at=NOW)

    (ranked,) = rank([given], as_of=NOW, policy=POLICY)

    assert (ranked.scores.fused, ranked.scores.recency, ranked.scores.total) == (1.0, 0.25, 1.25)
