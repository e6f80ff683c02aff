import numpy as np
from numpy.typing import NDArray

from grounding.query import shortlist as module
from grounding.query.bounds import Bounds
from grounding.query.shortlist import NEAR
from indexer.hits import Vectors

APART = Vectors(range(60), np.eye(60))


def between(*totals: float, reach: float = 0.0) -> Bounds:
    """Return the bounds of chunks 0, 1, ..., best first."""
    low = np.array(totals)
    return Bounds(low, low + reach)


def falling(count: int, *, reach: float = 0.0) -> Bounds:
    return between(*(10 - chunk / 10 for chunk in range(count)), reach=reach)


def shortlist(bounds: Bounds, vectors: Vectors) -> list[int]:
    """Return the chunks, of 0, 1, ..., that may be among the best ten."""
    chunks = np.arange(len(bounds.low))
    return chunks[module.shortlist(chunks, bounds, vectors, shown=10)].tolist()


def turned_towards(one: int, other: int, cosine: float) -> NDArray[np.float32]:
    found: NDArray[np.float32] = cosine * APART[one] + np.sqrt(1 - cosine**2) * APART[other]
    return found


def test_few_candidates_are_all_worth_loading() -> None:
    assert shortlist(falling(10), APART) == list(range(10))


def test_what_times_cannot_bring_among_the_best_is_left_out() -> None:
    assert shortlist(falling(60), APART) == list(range(10))
    assert shortlist(falling(60, reach=0.55), APART) == list(range(15))


def test_what_is_like_one_of_the_best_is_in_however_far_behind() -> None:
    rows = APART.of(range(60))
    rows[50] = turned_towards(3, 50, NEAR + 0.01)
    rows[51] = turned_towards(3, 51, NEAR - 0.01)
    rows[52] = turned_towards(9, 52, NEAR + 0.01)
    rows[53] = turned_towards(15, 53, NEAR + 0.01)

    found = shortlist(falling(60), Vectors(range(60), rows))

    assert found == [*range(10), 50, 52]


def test_as_many_as_are_shown_are_in_even_without_vectors() -> None:
    assert shortlist(falling(60), Vectors()) == list(range(10))


def test_equal_scores_are_kept_together() -> None:
    bounds = between(*[1.0] * 30, *[0.5] * 30, reach=0.1)

    assert shortlist(bounds, Vectors()) == list(range(30))


def test_what_is_known_to_be_new_leaves_out_more_of_what_is_known_to_be_old() -> None:
    totals = falling(60).low
    newer = totals + 0.5 * (np.arange(60) < 10)
    highest = np.where(np.arange(60) == 59, newer[0], newer)

    assert shortlist(Bounds(newer, highest), Vectors()) == [*range(10), 59]
