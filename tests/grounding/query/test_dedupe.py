from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from grounding.query.dedupe import dedupe
from grounding.query.records import Candidate
from grounding.query.statement import with_value
from tests.grounding.query.items import NOW, brent, brent_card, candidate


def test_one_text_from_three_sources_is_shown_once_as_the_newest_says_it() -> None:
    older = candidate("It rains.", source="a", published_at=NOW - timedelta(hours=5), score=3)
    newest = candidate("IT  RAINS.", source="b", published_at=NOW, score=2)
    middle = candidate("It\nrains.", source="c", published_at=NOW - timedelta(hours=1), score=1)

    (kept,) = dedupe([older, newest, middle])

    assert kept.evidence.id == newest.evidence.id
    assert kept.evidence.corroborated_by == ("a", "c")


def test_the_survivor_ranks_where_the_best_of_them_ranked() -> None:
    best = candidate("Same.", score=3, published_at=NOW - timedelta(days=1))
    other = candidate("Other.", score=2)
    newest = candidate("Same.", score=1, published_at=NOW)

    kept = dedupe([best, other, newest])

    assert [c.evidence.id for c in kept] == [newest.evidence.id, other.evidence.id]
    assert [c.scores.total for c in kept] == [3, 2]


def test_a_source_does_not_corroborate_itself() -> None:
    (kept,) = dedupe([candidate("Same.", source="a"), candidate("Same.", source="a")])

    assert kept.evidence.corroborated_by == ()


def test_of_two_versions_of_a_document_the_later_is_kept_even_if_undated() -> None:
    first = candidate("Same.", document_id="d" * 24, version=1)
    second = candidate("Same.", document_id="d" * 24, version=2, published_at=None)

    (kept,) = dedupe([first, second])

    assert kept.evidence.version == 2


def test_a_known_date_is_kept_before_an_unknown_one() -> None:
    undated = candidate("Same.", published_at=None, observed_at=NOW)
    dated = candidate("Same.", published_at=NOW - timedelta(days=9))

    (kept,) = dedupe([undated, dated])

    assert kept.evidence.id == dated.evidence.id


def test_texts_that_differ_in_a_number_are_both_kept() -> None:
    assert len(dedupe([candidate("Price: 84.12"), candidate("Price: 84.13")])) == 2


def test_a_series_is_shown_once() -> None:
    best = Candidate(901, with_value(brent_card(), brent()))
    again = Candidate(902, with_value(brent_card(ordinal=1), brent(value=Decimal(80))))

    kept = dedupe([best, again])

    assert [c.chunk for c in kept] == [901]


def test_two_sources_with_a_series_of_one_name_are_two_series() -> None:
    one = Candidate(901, with_value(brent_card(), brent()))
    other = Candidate(902, with_value(brent_card(source="ice"), brent(value=Decimal(80))))

    assert len(dedupe([one, other])) == 2


def test_order_and_scores_of_different_items_stay() -> None:
    ranked = [candidate(f"Text {i}.", score=-i) for i in range(5)]

    assert dedupe(ranked) == [replace(c) for c in ranked]
