import re
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.query.packing.draft import TOO_BIG, TOO_MANY
from grounding.query.packing.order import reading_order
from grounding.query.packing.pack import pack
from grounding.query.question import Limits
from grounding.query.records import Candidate, Packed
from grounding.query.render import context_text
from tests.grounding.query.items import NOW, candidate, frame


def words(text: str) -> int:
    return len(re.findall(r"\w+|[^\w\s]", text))


def more_than_the_parts(text: str) -> int:
    return int(words(text) ** 1.2)


def packed(ranked: list[Candidate], *, budget: int = 10_000, items: int = 12) -> Packed:
    return pack(ranked, frame=frame(), count_tokens=words, limits=Limits(budget, items))


def texts(candidates: list[Candidate] | tuple[Candidate, ...]) -> list[str]:
    return [c.evidence.text for c in candidates]


def test_the_newest_is_last() -> None:
    ranked = [candidate(f"{h} h", published_at=NOW - timedelta(hours=h)) for h in (5, 1, 9)]

    assert texts(packed(ranked).candidates) == ["9 h", "5 h", "1 h"]


def test_undated_items_stand_where_their_relevance_puts_them() -> None:
    ranked = [
        candidate("best, old", published_at=NOW - timedelta(days=9)),
        candidate("good, undated", published_at=None),
        candidate("fair, new", published_at=NOW),
        candidate("poor, undated", published_at=None),
    ]

    assert texts(reading_order(ranked)) == [
        "poor, undated",
        "best, old",
        "good, undated",
        "fair, new",
    ]


def test_undated_items_alone_are_ascending_in_relevance() -> None:
    ranked = [candidate(name, published_at=None) for name in ("best", "good", "poor")]

    assert texts(reading_order(ranked)) == ["poor", "good", "best"]


def test_even_the_best_undated_item_leaves_the_end_to_the_newest() -> None:
    ranked = [candidate("undated", published_at=None), candidate("dated")]

    assert texts(reading_order(ranked)) == ["undated", "dated"]


def test_what_is_relevant_stands_after_newer_items_that_are_not() -> None:
    ranked = [
        candidate("price", score=1.5, published_at=NOW - timedelta(days=2)),
        candidate("older price", score=1.2, published_at=NOW - timedelta(days=3)),
        candidate("weather", score=-0.9, published_at=NOW),
    ]

    assert texts(reading_order(ranked)) == ["weather", "older price", "price"]


def test_of_items_of_one_time_the_most_relevant_is_last() -> None:
    ranked = [candidate("luggage", score=1.1), candidate("cabins", score=1.0)]

    assert texts(reading_order(ranked)) == ["cabins", "luggage"]


def test_an_item_that_is_too_big_does_not_keep_smaller_ones_out() -> None:
    big = candidate("word " * 500)
    small = candidate("Small.")

    result = packed([big, small], budget=200)

    assert result.candidates == (small,)
    assert [(out.candidate, out.reason) for out in result.left_out] == [(big, TOO_BIG)]


def test_what_is_relevant_is_left_out_last_however_old_or_undated_it_is() -> None:
    ranked = [
        candidate("word " * 40 + "best", published_at=None),
        candidate("word " * 40 + "second", published_at=NOW - timedelta(days=999)),
        candidate("word " * 40 + "third", published_at=NOW),
    ]

    result = packed(ranked, budget=200)

    assert {c.chunk for c in result.candidates} == {c.chunk for c in ranked[:2]}


def test_items_beyond_the_maximum_are_left_out_with_that_reason() -> None:
    ranked = [candidate(f"Text {i}.", published_at=None) for i in range(5)]

    result = packed(ranked, items=2)

    assert texts(result.candidates) == ["Text 1.", "Text 0."]
    assert [(out.candidate, out.reason) for out in result.left_out] == [
        (c, TOO_MANY) for c in ranked[2:]
    ]


def test_without_candidates_the_count_is_that_of_saying_so() -> None:
    result = packed([])

    assert (result.candidates, result.left_out) == ((), ())
    assert result.token_count == words(context_text([], frame()))


@pytest.mark.parametrize("count_tokens", [words, len, more_than_the_parts])
@given(
    st.lists(st.tuples(st.text(max_size=300), st.integers(0, 100) | st.none()), max_size=15),
    st.integers(0, 3000),
    st.integers(1, 12),
)
def test_the_budget_holds_and_every_candidate_is_whole_or_left_out(
    count_tokens: Callable[[str], int],
    made: list[tuple[str, int | None]],
    budget: int,
    items: int,
) -> None:
    ranked = [
        candidate(text, published_at=None if hours is None else NOW - timedelta(hours=hours))
        for text, hours in made
    ]

    result = pack(ranked, frame=frame(), count_tokens=count_tokens, limits=Limits(budget, items))

    shown = context_text([c.evidence for c in result.candidates], frame())
    assert result.token_count == count_tokens(shown)
    assert result.token_count <= budget or not result.candidates
    assert len(result.candidates) <= items
    accounted = [*result.candidates, *(out.candidate for out in result.left_out)]
    assert sorted(c.chunk for c in accounted) == sorted(c.chunk for c in ranked)


def test_saying_that_there_is_nothing_fits_the_smallest_budget() -> None:
    longest = max(available_timezones(), key=words)
    far = frame(timezone=longest, known_at=NOW - timedelta(days=1))

    result = pack([], frame=far, count_tokens=words, limits=Limits(64, 12))

    assert result.token_count <= 64


def test_a_budget_is_used_and_not_only_kept() -> None:
    ranked = [candidate("word " * 50, published_at=None) for _ in range(20)]

    result = packed(ranked, budget=1000, items=20)

    one_more = words(
        context_text([c.evidence for c in ranked[: len(result.candidates) + 1]], frame())
    )
    assert result.token_count <= 1000 < one_more
