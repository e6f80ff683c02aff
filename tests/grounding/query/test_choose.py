"""Tests of `grounding/query/choose.py`."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from grounding.query.choose import ALIKE, ENOUGH, chosen, not_chosen, open_sources
from grounding.query.question import Choice
from grounding.query.records import Candidate, Scores
from indexer.hits import Vectors
from tests.grounding.query.items import evidence

NONE = Vectors()


def ranked(*sources: str) -> list[Candidate]:
    """Return candidates of these sources, each a little worse than the one before."""
    return [
        Candidate(place, evidence(source=source), Scores(fused=-place / 10))
        for place, source in enumerate(sources)
    ]


def chunks(candidates: list[Candidate]) -> list[int]:
    return [each.chunk for each in candidates]


def reasons(kept: list[Candidate], choice: Choice, vectors: Vectors = NONE) -> list[str]:
    taken = chosen(kept, vectors, choice)
    return [each.reason for each in not_chosen(kept, taken, choice)]


def test_the_best_are_taken_and_the_rest_is_told_so() -> None:
    kept, choice = ranked("a", "a", "b"), Choice(2)

    assert chunks(chosen(kept, NONE, choice)) == [0, 1]
    assert reasons(kept, choice) == ["not among the best 2"]


def test_a_source_gives_no_more_than_its_max_and_the_next_takes_its_place() -> None:
    kept, choice = ranked("a", "a", "b", "a", "c"), Choice(2, max_per_source=1)

    assert chunks(chosen(kept, NONE, choice)) == [0, 2]
    assert reasons(kept, choice) == [ENOUGH, ENOUGH, "not among the best 2"]


def test_what_gave_way_to_what_differs_more_is_told_so() -> None:
    kept, choice = ranked("a", "a", "a", "a"), Choice(2, diversity=0.8)
    vectors = Vectors(range(4), [(1, 0), (1, 0), (0, 1), (1, 0)])

    assert chunks(chosen(kept, vectors, choice)) == [0, 2]
    assert reasons(kept, choice, vectors) == [ALIKE, "not among the best 2"]


def test_sources_are_open_while_too_few_can_be_shown() -> None:
    kept, names = ranked("a", "a", "b"), ("a", "b", "c")

    assert open_sources(kept, Choice(3, max_per_source=1), names) == {"c"}
    assert open_sources(kept, Choice(4, max_per_source=2), names) == {"b", "c"}
    assert open_sources(kept, Choice(2, max_per_source=1), names) == frozenset()
    assert open_sources(kept, Choice(10), names) == frozenset()


@given(
    st.lists(st.sampled_from("abc"), max_size=12),
    st.integers(1, 8),
    st.none() | st.integers(1, 4),
    st.sampled_from([0.0, 0.4, 1.0]),
)
def test_every_candidate_is_taken_or_told_of_once(
    sources: list[str], most: int, of_source: int | None, diversity: float
) -> None:
    kept, choice = ranked(*sources), Choice(most, of_source, diversity)

    taken = chosen(kept, NONE, choice)
    others = [each.candidate for each in not_chosen(kept, taken, choice)]

    assert sorted(chunks([*taken, *others])) == chunks(kept)
    counts = Counter(each.evidence.source for each in taken)
    assert all(of_source is None or count <= of_source for count in counts.values())
    possible = sum(min(sources.count(name), of_source or 12) for name in set(sources))
    assert len(taken) == min(most, possible)
