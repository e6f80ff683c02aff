from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from grounding.query.diversity import diversified
from grounding.query.records import Candidate, Scores
from indexer import hits
from tests.grounding.query.items import evidence

Vectors = Mapping[int, NDArray[np.float32]]


def candidates(*totals: float) -> list[Candidate]:
    return [Candidate(n, evidence(), Scores(fused=total)) for n, total in enumerate(totals)]


def unit(*numbers: float) -> NDArray[np.float32]:
    vector = np.array(numbers, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def chosen(
    given: Sequence[Candidate], vectors: Vectors, *, diversity: float, k: int = 99
) -> list[int]:
    found = diversified(given, columns(vectors), diversity=diversity, k=k)
    return [each.chunk for each in found]


def columns(vectors: Vectors) -> hits.Vectors:
    return hits.Vectors([*vectors], [*vectors.values()])


def by_the_book(
    given: Sequence[Candidate], vectors: Vectors, diversity: float, k: int
) -> list[int]:
    """The definition, one comparison after the other."""
    totals = [each.scores.total for each in given]
    spread = max(totals) - min(totals)
    left, taken = list(range(len(given))), []
    while left and len(taken) < k:

        def gain(place: int) -> float:
            relevance = (totals[place] - min(totals)) / spread if spread else 0.0
            if not taken:
                return relevance
            likest = max(likeness(given[place], given[other], vectors) for other in taken)
            return (1 - diversity) * relevance - diversity * max(0.0, likest)

        best = max(left, key=gain)  # the first of equals
        left.remove(best)
        taken.append(best)
    return [given[place].chunk for place in taken]


def likeness(one: Candidate, other: Candidate, vectors: Vectors) -> float:
    if one.chunk not in vectors or other.chunk not in vectors:
        return 0.0
    return float(np.dot(vectors[one.chunk], vectors[other.chunk]))


def test_what_repeats_the_first_gives_way_to_what_does_not() -> None:
    vectors = {0: unit(1, 0), 1: unit(1, 0.01), 2: unit(0, 1)}

    assert chosen(candidates(1.0, 0.95, 0.5), vectors, diversity=0.5, k=2) == [0, 2]


def test_a_little_diversity_keeps_what_is_much_more_relevant() -> None:
    vectors = {0: unit(1, 0), 1: unit(1, 0.01), 2: unit(0, 1)}

    assert chosen(candidates(1.0, 0.95, 0.0), vectors, diversity=0.2, k=2) == [0, 1]


def test_without_diversity_the_order_of_the_input_stays_whatever_the_scores() -> None:
    given = candidates(1.0, 3.0, 2.0)

    assert diversified(given, columns({}), diversity=0.0, k=2) == given[:2]


def test_all_diversity_takes_the_most_relevant_first_and_then_the_least_alike() -> None:
    vectors = {0: unit(1, 1), 1: unit(1, 0), 2: unit(1, 0.2), 3: unit(0, 1)}

    assert chosen(candidates(0.0, 3.0, 2.0, 1.0), vectors, diversity=1.0) == [1, 3, 0, 2]


def test_of_equals_the_first_comes_first() -> None:
    same = dict.fromkeys(range(4), unit(1, 1))

    assert chosen(candidates(1, 1, 1, 1), same, diversity=0.5) == [0, 1, 2, 3]
    assert chosen(candidates(1, 1, 1, 1), {}, diversity=1.0) == [0, 1, 2, 3]


def test_what_has_no_vector_is_like_no_other() -> None:
    vectors = {0: unit(1, 0), 1: unit(1, 0)}

    assert chosen(candidates(1.0, 0.9, 0.5), vectors, diversity=0.6, k=2) == [0, 2]


def test_the_opposite_is_no_better_than_what_is_merely_different() -> None:
    vectors = {0: unit(1, 0), 1: unit(0, 1), 2: unit(-1, 0)}

    assert chosen(candidates(1, 0.5, 0.5), vectors, diversity=0.9, k=2) == [0, 1]


@pytest.mark.parametrize("diversity", [0.0, 0.5, 1.0])
def test_more_than_there_are_gives_all_once(diversity: float) -> None:
    found = chosen(candidates(3, 2, 1), {0: unit(1, 0)}, diversity=diversity, k=50)

    assert sorted(found) == [0, 1, 2]


@pytest.mark.parametrize("diversity", [0.0, 0.5])
def test_nothing_is_chosen_from_nothing_or_for_nobody(diversity: float) -> None:
    assert chosen([], {}, diversity=diversity, k=5) == []
    assert chosen(candidates(1, 2), {}, diversity=diversity, k=0) == []


def test_a_vector_of_zeros_and_equal_scores_are_no_numbers_gone_wrong() -> None:
    zeros = {0: np.zeros(2, dtype=np.float32), 1: np.zeros(2, dtype=np.float32)}

    with np.errstate(all="raise"):
        assert chosen(candidates(0.0, 0.0), zeros, diversity=0.7) == [0, 1]


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 15)), min_size=1, max_size=14),
    st.sampled_from([0.125, 0.25, 0.5, 0.75, 1.0]),
    st.integers(1, 16),
)
def test_the_choice_is_that_of_the_definition(
    items: list[tuple[int, int]], diversity: float, k: int
) -> None:
    """Corners of a cube as vectors: likeness is a multiple of a quarter, so ties are exact."""
    corners = {n: np.array([1 if n >> bit & 1 else -1 for bit in range(4)]) / 2 for n in range(15)}
    given = candidates(*(4.0 * total for total, _ in items))
    vectors = {
        place: corners[corner].astype(np.float32)
        for place, (_, corner) in enumerate(items)
        if corner in corners
    }

    assert chosen(given, vectors, diversity=diversity, k=k) == by_the_book(
        given, vectors, diversity, k
    )


def test_the_choice_is_that_of_the_definition_on_real_sizes() -> None:
    given, vectors = _many(200)

    assert chosen(given, vectors, diversity=0.3, k=40) == by_the_book(given, vectors, 0.3, 40)


def _many(n: int) -> tuple[list[Candidate], dict[int, NDArray[np.float32]]]:
    random = np.random.default_rng(5)
    rows = random.normal(size=(n, 384)).astype(np.float32) + 0.5
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return candidates(*random.normal(size=n).tolist()), dict(enumerate(rows))
