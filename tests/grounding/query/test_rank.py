from datetime import UTC, datetime, timedelta

import pytest

from grounding.query.rank import rank
from grounding.query.recency import HALF_LIVES, RecencyPolicy, recency
from tests.grounding.query.items import NOW, brent_evidence, candidate, evidence

POLICY = RecencyPolicy(bound=0.25)


@pytest.mark.parametrize(("kind", "half_life"), list(HALF_LIVES.items()))
def test_the_term_halves_with_every_half_life(kind: str, half_life: timedelta) -> None:
    terms = [
        recency(
            evidence(source_kind=kind, published_at=NOW - age * half_life, observed_at=NOW),
            as_of=NOW,
            policy=POLICY,
        )
        for age in (0, 1, 2)
    ]

    assert terms == pytest.approx([0.25, 0.125, 0.0625])


def test_an_unknown_date_is_neither_new_nor_old() -> None:
    term = recency(evidence(published_at=None), as_of=NOW, policy=POLICY)

    assert term == 0.125


def test_files_are_timeless() -> None:
    new = recency(evidence(source_kind="files"), as_of=NOW, policy=POLICY)
    undated = recency(evidence(source_kind="files", published_at=None), as_of=NOW, policy=POLICY)

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
    two_days_later = brent_evidence().valid_from + timedelta(days=2)

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
    )

    assert [c.evidence.text for c in ranked] == ["relevant but old", "new", "old"]


def test_of_one_title_the_newest_is_first_however_old_both_are() -> None:
    ranked = rank(
        [
            candidate("a year old", score=2.0, published_at=NOW - timedelta(days=365)),
            candidate("half a year old", score=1.0, published_at=NOW - timedelta(days=180)),
        ],
        as_of=NOW,
    )

    assert [c.evidence.text for c in ranked] == ["half a year old", "a year old"]


def test_what_recency_added_is_shown_apart() -> None:
    (ranked,) = rank([candidate(score=1.0, published_at=NOW, observed_at=NOW)], as_of=NOW)

    assert (ranked.scores.fused, ranked.scores.recency, ranked.scores.total) == (1.0, 0.25, 1.25)
