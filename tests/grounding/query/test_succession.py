from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.query.records import Candidate, EvidenceState, Scores
from grounding.query.succession import FARTHEST, succeeded
from tests.grounding.query.items import NOW, evidence

AGEING = frozenset({"weather"})


def item(chunk: int, fused: float, *, days: float | None = 0, title: str = "Ferry") -> Candidate:
    published_at = None if days is None else NOW - timedelta(days=days)
    said = evidence(
        document_id=f"doc{chunk}", title=title, published_at=published_at, source="weather"
    )
    return Candidate(chunk, said, Scores(fused=fused))


def order(*candidates: Candidate) -> list[int]:
    ranked = sorted(candidates, key=lambda each: (-each.scores.total, each.chunk))
    return [each.chunk for each in succeeded(ranked, ageing=AGEING)]


def test_the_newest_of_one_title_takes_the_place_of_the_best() -> None:
    assert order(item(1, 2.0, days=9), item(2, 1.0, days=1), item(3, 0.5, days=5)) == [2, 3, 1]


def test_what_it_gained_is_shown_apart() -> None:
    first, second = succeeded([item(1, 2.0, days=9), item(2, 1.0, days=1)], ageing=AGEING)

    assert (first.chunk, first.scores.total) == (2, 2.0)
    assert first.scores.succession == pytest.approx(1.0)
    assert (second.scores.total, second.scores.succession) == (1.0, pytest.approx(-1.0))


def test_titles_differ_in_more_than_case_and_spaces() -> None:
    assert order(item(1, 2.0, days=9, title="Ferry  times"), item(2, 1.0, title="FERRY TIMES")) == [
        2,
        1,
    ]
    assert order(item(1, 2.0, days=9), item(2, 1.0, title="Bus")) == [1, 2]


@pytest.mark.parametrize(
    "later",
    [
        item(2, 2.0 - FARTHEST - 0.1),
        item(2, 1.0, days=None),
        item(2, 1.0, title=""),
        replace(item(2, 1.0), evidence=replace(item(2, 1.0).evidence, source="handbook")),
        replace(
            item(2, 1.0), evidence=replace(item(2, 1.0).evidence, state=EvidenceState.SUPERSEDED)
        ),
    ],
    ids=["far worse", "undated", "untitled", "timeless", "superseded"],
)
def test_what_does_not_follow_stays(later: Candidate) -> None:
    first = item(1, 2.0, days=9, title=later.evidence.title)

    assert order(first, later) == [1, 2]


def test_items_of_one_title_about_different_things_stay() -> None:
    old, new = item(1, 2.0, days=9), item(2, 1.0, days=1)
    saying = "The ferry to the island leaves at nine."
    old = replace(old, evidence=replace(old.evidence, text=saying))

    same = replace(new, evidence=replace(new.evidence, text="At ten the island ferry leaves."))
    other = replace(new, evidence=replace(new.evidence, text="Tickets can be bought on board."))

    assert order(old, same) == [2, 1]
    assert order(old, other) == [1, 2]


def test_scripts_without_spaces_are_compared_by_pairs_of_characters() -> None:
    old, new = item(1, 2.0, days=9), item(2, 1.0, days=1)
    old = replace(old, evidence=replace(old.evidence, text="渡船九点出发去岛上"))

    new = replace(new, evidence=replace(new.evidence, text="渡船十点出发去岛上"))

    assert order(old, new) == [2, 1]


def test_only_the_best_passage_of_a_document_takes_part() -> None:
    old, new = item(1, 2.0, days=9), item(2, 1.0, days=1)
    rest = replace(item(3, 0.9), evidence=new.evidence)

    assert order(old, new, rest) == [2, 1, 3]


@given(
    st.lists(
        st.tuples(st.floats(-3, 3), st.integers(0, 5), st.sampled_from(["", "a", "b"])), max_size=12
    )
)
def test_places_are_exchanged_and_nothing_is_lost(items: list[tuple[float, int, str]]) -> None:
    given_ = [
        item(chunk, round(fused, 3), days=days, title=title)
        for chunk, (fused, days, title) in enumerate(items)
    ]
    ranked = sorted(given_, key=lambda each: (-each.scores.total, each.chunk))

    found = succeeded(ranked, ageing=AGEING)

    assert {each.chunk for each in found} == set(range(len(items)))
    assert [each.scores.total for each in found] == pytest.approx(
        [each.scores.total for each in ranked]
    )
    assert all(abs(each.scores.succession) <= FARTHEST + 1e-9 for each in found)
