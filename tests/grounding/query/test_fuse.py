import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.query.fuse import fuse
from indexer.records import Hit, Legs


def legs(dense: dict[int, float], lexical: dict[int, float]) -> Legs:
    return Legs(
        tuple(Hit(chunk, score) for chunk, score in dense.items()),
        tuple(Hit(chunk, score) for chunk, score in lexical.items()),
        seq=1,
    )


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
