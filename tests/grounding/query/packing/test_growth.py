import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.query.packing.draft import ENOUGH, TOO_BIG
from grounding.query.packing.pack import pack
from grounding.query.packing.sentences import spans
from grounding.query.question import Limits, Share
from grounding.query.records import Candidate, Packed
from grounding.query.render import context_text
from indexer.catalogue.evidence import NearbyPassage
from tests.grounding.query.items import candidate, frame
from tests.grounding.query.packing.documents import found, nearby_of, passages

ONE = "The ferry leaves at nine. It is blue."
TWO = "Tickets cost four pounds. Dogs travel free."
THREE = "The harbour has a kiosk. It sells tea."


def words(text: str) -> int:
    return len(re.findall(r"\w+|[^\w\s]", text))


def packed(
    ranked: list[Candidate],
    around: list[NearbyPassage],
    *,
    question: str = "",
    limits: Limits | None = None,
) -> Packed:
    return pack(
        ranked,
        frame=frame(),
        count_tokens=words,
        limits=limits or Limits(10_000, 12),
        question=question,
        nearby=nearby_of(ranked, around),
    )


def test_passages_that_touch_become_one_item_named_after_the_best() -> None:
    text, around = passages([ONE, TWO])
    second, first = found(around[1], score=2.0), found(around[0], score=1.0)

    result = packed([second, first], around)

    (item,) = result.candidates
    assert (item.evidence.text, item.evidence.id) == (text, second.evidence.id)
    assert (item.evidence.start, item.evidence.end) == (0, len(text))
    assert (item.evidence.passages, item.scores.total) == ((0, 1), 2.0)
    assert [(out.candidate, out.reason) for out in result.left_out] == [
        (first, f"merged into {second.evidence.id}")
    ]


def test_passages_of_different_validity_stay_apart() -> None:
    _, around = passages([ONE, TWO], timed=[1])
    first = found(around[0])
    second = found(around[1], valid_from=first.evidence.observed_at)

    result = packed([first, second], around)

    assert sorted(each.evidence.text for each in result.candidates) == sorted([ONE, TWO])


def test_an_item_grows_into_what_is_around_it_but_not_into_other_times() -> None:
    text, around = passages([ONE, TWO, THREE], timed=[2])

    (item,) = packed([found(around[1])], around).candidates

    assert item.evidence.text == text[: around[1].end]


def test_what_does_not_fit_whole_is_cut_to_the_sentence_that_answers() -> None:
    _, around = passages([f"{TWO} {ONE}" + " The sea was calm and the sky was grey that day." * 20])
    only = found(around[0])
    least = words(context_text([replace(only.evidence, text=ONE)], frame()))

    result = packed([only], around, question="When does the ferry go?", limits=Limits(least, 12))

    (item,) = result.candidates
    assert "The ferry leaves at nine." in item.evidence.text
    assert result.token_count <= least
    assert item.evidence.highlight is not None
    start, end = item.evidence.highlight
    assert item.evidence.text[start:end] == "The ferry leaves at nine."


def test_a_sentence_longer_than_the_budget_is_left_out() -> None:
    _, around = passages(["word " * 500 + "end."])

    result = packed([found(around[0])], around, limits=Limits(200, 12))

    assert [out.reason for out in result.left_out] == [TOO_BIG]


def test_a_source_has_no_more_than_its_most() -> None:
    ranked = [candidate(f"Text {i}.", source="a") for i in range(3)] + [candidate("B.", source="b")]

    result = packed(ranked, [], limits=Limits(10_000, 12, max_per_source=1))

    assert sorted(each.evidence.source for each in result.candidates) == ["a", "b"]
    assert [out.reason for out in result.left_out] == [ENOUGH, ENOUGH]


def test_a_source_has_its_least_however_it_ranks() -> None:
    ranked = [candidate(f"Text {i}.", source="a", score=9 - i) for i in range(5)]
    last = candidate("B.", source="b", score=0.0)
    limits = Limits(10_000, 2, per_source={"b": Share(least=1)})

    result = packed([*ranked, last], [], limits=limits)

    assert {each.evidence.source for each in result.candidates} == {"a", "b"}


def test_only_the_best_grows_before_every_other_passage_is_in() -> None:
    _, around = passages(["The sea was calm. " * 30, ONE, "The sky was grey. " * 30])
    ranked = [candidate("Gold."), found(around[1]), candidate(TWO)]
    least = words(context_text([each.evidence for each in ranked], frame()))

    result = pack(
        ranked,
        frame=frame(),
        count_tokens=words,
        limits=Limits(least + 3, 12),
        nearby=nearby_of(ranked[1:2], around),
    )

    assert sorted(each.evidence.text for each in result.candidates) == ["Gold.", ONE, TWO]


def test_the_best_is_taken_with_the_rest_of_a_short_document_before_others() -> None:
    text, around = passages([ONE, TWO])
    best, other = found(around[0]), candidate("Gold is a metal. " * 5, score=-1.0)
    whole = replace(best.evidence, text=text, end=len(text))
    budget = words(context_text([whole], frame()))

    result = pack(
        [best, other],
        frame=frame(),
        count_tokens=words,
        limits=Limits(budget, 12),
        nearby=nearby_of([best], around),
    )

    assert [each.evidence.text for each in result.candidates] == [text]


def test_passages_far_from_each_other_are_apart_until_there_is_room_between_them() -> None:
    text, around = passages([ONE, "The sea was calm. " * 50, TWO, THREE])
    of_text = [found(around[2]), found(around[0]), found(around[1])]
    ranked = [candidate("Gold."), *of_text]
    nearby = nearby_of(of_text, around)

    narrow, wide = (
        pack(ranked, frame=frame(), count_tokens=words, limits=Limits(budget, 12), nearby=nearby)
        for budget in (150, 10_000)
    )

    assert {each.evidence.id for each in narrow.candidates} == {
        each.evidence.id for each in ranked[:3]
    }
    assert {each.evidence.id: each.evidence.text for each in wide.candidates} == {
        ranked[0].evidence.id: "Gold.",
        ranked[1].evidence.id: text,
    }


def test_what_ranks_below_the_best_is_shortened_at_its_edges_to_fit_in_more() -> None:
    calm = "The sea was calm. " * 9
    ranked = [candidate(f"Ferry {i}. {calm}", score=-float(i)) for i in range(12)]
    budget = words(context_text([each.evidence for each in ranked[:7]], frame()))

    result = packed(ranked, [], question="Which ferry?", limits=Limits(budget, 12))

    by_id = {each.evidence.id: each.evidence.text for each in result.candidates}
    assert [by_id.get(each.evidence.id) for each in ranked[:5]] == [
        each.evidence.text.strip() for each in ranked[:5]
    ]
    assert len(by_id) > 7
    assert all(text.startswith("Ferry ") for text in by_id.values())


SENTENCES = st.lists(
    st.sampled_from(
        ["The ferry leaves.", "It is blue, 4.5 m long.", "Dr. Who waits!", "港は静かです。"]
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("count_tokens", [words, len])
@given(st.lists(SENTENCES, min_size=1, max_size=6), st.data())
def test_what_is_shown_is_a_slice_that_begins_and_ends_with_sentences(
    count_tokens: Callable[[str], int], made: list[list[str]], data: st.DataObject
) -> None:
    text, around = passages([" ".join(some) for some in made])
    chosen = data.draw(st.permutations(around))[: data.draw(st.integers(1, len(around)))]
    ranked = [found(each, score=float(-i)) for i, each in enumerate(chosen)]
    limits = Limits(data.draw(st.integers(0, 900)), data.draw(st.integers(1, 4)), 2)

    result = pack(
        ranked,
        frame=frame(),
        count_tokens=count_tokens,
        limits=limits,
        question="When does the ferry leave?",
        nearby=nearby_of(ranked, around),
    )

    bounds = [
        (each.start + start, each.start + end)
        for each in around
        for start, end in spans(each.text[: each.end - each.start])
    ]
    shown = [each.evidence for each in result.candidates]
    for item in shown:
        assert item.text == text[item.start : item.end]
        assert item.start in {start for start, _ in bounds}
        assert item.end in {end for _, end in bounds}
    by_start = sorted(shown, key=lambda item: item.start)
    assert all(a.end <= b.start for a, b in pairwise(by_start))
    assert result.token_count == count_tokens(context_text(shown, frame()))
    assert result.token_count <= limits.token_budget or not shown
    assert len(shown) <= min(limits.max_items, 2)
    accounted = [*result.candidates, *(out.candidate for out in result.left_out)]
    assert sorted(each.chunk for each in accounted) == sorted(each.chunk for each in ranked)
