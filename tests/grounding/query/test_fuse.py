import statistics
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.query.fuse import POOL, fuse
from indexer.hits import Hits, Vectors
from indexer.records import Legs


def legs(dense: dict[int, float], lexical: dict[int, float]) -> Legs:
    return Legs(Hits([*dense], [*dense.values()]), Hits([*lexical], [*lexical.values()]), seq=1)


SCORES = st.dictionaries(st.integers(0, 30), st.floats(-100, 100).map(lambda x: round(x, 3)))


def test_scores_are_the_mean_of_the_legs_z_scores() -> None:
    dense = {1: 0.9, 2: 0.5, 3: 0.1}
    lexical = {1: 2.0, 2: 8.0, 3: 5.0}

    fused = fuse(legs(dense, lexical))

    for chunk in (1, 2, 3):
        z = [
            (leg[chunk] - statistics.fmean(leg.values())) / statistics.pstdev(leg.values())
            for leg in (dense, lexical)
        ]
        assert fused[chunk].fused == pytest.approx(statistics.fmean(z))
        assert (fused[chunk].dense, fused[chunk].lexical) == (dense[chunk], lexical[chunk])


def test_a_chunk_missing_from_a_leg_counts_as_its_worst_hit() -> None:
    fused = fuse(legs({1: 0.9, 2: 0.1}, {2: 9.0, 3: 1.0}))

    assert fused[1].lexical is None
    assert fused[1].fused == pytest.approx(0.5 * 1 + 0.5 * -1)
    assert fused[3].fused == pytest.approx(0.5 * -1 + 0.5 * -1)


def test_the_only_lexical_match_gains_by_it() -> None:
    fused = fuse(legs({1: 0.51, 2: 0.50, 3: 0.1}, {2: 7.0}))

    assert next(iter(fused)) == 2


def test_a_leg_without_hits_leaves_the_other_to_decide_alone() -> None:
    dense = {1: 0.9, 2: 0.5, 3: 0.1}

    fused = fuse(legs(dense, {}))

    assert list(fused) == [1, 2, 3]
    assert statistics.pstdev(score.fused for score in fused.values()) == pytest.approx(1.0)
    assert list(fuse(legs({}, dense))) == [1, 2, 3]


def test_no_hits_are_no_scores() -> None:
    assert fuse(legs({}, {})) == {}


def test_rounding_noise_is_not_a_difference() -> None:
    fused = fuse(legs({1: 0.1 + 0.2, 2: 0.3}, {}))

    assert fused[1].fused == fused[2].fused == 0.0


def test_the_weight_shifts_the_balance() -> None:
    opposed = legs({1: 1.0, 2: 0.0}, {1: 0.0, 2: 1.0})

    assert next(iter(fuse(opposed, dense_weight=0.7))) == 1
    assert next(iter(fuse(opposed, dense_weight=0.3))) == 2


@given(SCORES, SCORES)
def test_every_chunk_found_is_scored_once_best_first(
    dense: dict[int, float], lexical: dict[int, float]
) -> None:
    fused = fuse(legs(dense, lexical))

    totals = [scores.fused for scores in fused.values()]
    assert fused.keys() == dense.keys() | lexical.keys()
    assert totals == sorted(totals, reverse=True)


@given(SCORES, SCORES)
def test_a_chunk_ahead_in_both_legs_is_ahead(
    dense: dict[int, float], lexical: dict[int, float]
) -> None:
    fused = fuse(legs({**dense, 99: 101.0}, {**lexical, 99: 101.0}))

    assert next(iter(fused)) == 99


def test_what_a_leg_says_of_the_others_hits_counts() -> None:
    found = replace(legs({1: 0.9, 2: 0.1}, {2: 9.0, 3: 1.0}), also_dense=Hits([3], [0.5]))

    fused = fuse(found)

    dense = {1: 0.9, 2: 0.1, 3: 0.5}
    z = (0.5 - statistics.fmean(dense.values())) / statistics.pstdev(dense.values())
    assert fused[3].dense == 0.5
    assert fused[3].fused == pytest.approx(0.5 * z + 0.5 * -1)


def test_a_deviation_is_that_of_the_first_hits_however_deep_one_looks() -> None:
    shallow = {chunk: 1.0 - chunk / 1000 for chunk in range(POOL)}
    deep = shallow | dict.fromkeys(range(POOL, 4 * POOL), 0.001)

    few, many = fuse(legs(shallow, {})), fuse(legs(deep, {}))

    assert all(many[chunk].fused == pytest.approx(few[chunk].fused) for chunk in shallow)


def test_of_equals_the_one_among_what_fits_is_ahead() -> None:
    dense = {1: 0.9, 2: 0.88, 3: 0.5, 4: 0.5, 5: 0.1, 6: 0.1}
    there, here = np.eye(2, dtype=np.float16)
    vectors = Vectors([*dense], [there, there, here, there, here, here])

    fused = fuse(replace(legs(dense, {}), vectors=vectors))

    assert fused[4].fused == fused[3].fused
    assert fused[4].neighbours > 0 > fused[3].neighbours
    assert fused[1].neighbours < 0


def test_leaning_is_bounded_by_the_difference_to_the_neighbours() -> None:
    dense = {chunk: chunk / 10 for chunk in range(10)}
    vectors = Vectors([*dense], np.ones((len(dense), 1)))

    fused = fuse(replace(legs(dense, {}), vectors=vectors), leaning=0.2)

    spread = max(each.fused for each in fused.values()) - min(e.fused for e in fused.values())
    assert all(abs(each.neighbours) <= 0.2 * spread for each in fused.values())


def test_what_is_found_deeper_is_lowered_like_the_one_that_lost_most() -> None:
    dense = {chunk: 1.0 - chunk / 1000 for chunk in range(POOL + 5)}
    vectors = Vectors([*dense], np.ones((len(dense), 1)))

    fused = fuse(replace(legs(dense, {}), vectors=vectors))

    lost = min(fused[chunk].neighbours for chunk in range(POOL))
    assert {fused[chunk].neighbours for chunk in range(POOL, POOL + 5)} == {min(lost, 0.0)}
