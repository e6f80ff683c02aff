import numpy as np

from grounding.query.fused import Fused
from grounding.query.records import Scores

GIVEN = {
    7: Scores(0.5, None, 1.0, 0.25, named=2.0),
    3: Scores(None, 4.0, 3.5),
    9: Scores(0.1, 0.2, 3.5),
}


def test_scores_are_those_that_were_put_into_columns() -> None:
    fused = Fused.of(GIVEN)

    assert fused == GIVEN
    assert [*fused] == [7, 3, 9]
    assert 4 not in fused
    assert fused.total.tolist() == [each.total for each in GIVEN.values()]


def test_the_best_stand_first_and_of_equals_the_lower_chunk() -> None:
    assert [*Fused.of(GIVEN).best_first()] == [3, 9, 7]
    assert Fused.of(GIVEN).best_first() == GIVEN


def test_some_are_told_from_the_others() -> None:
    assert Fused.of(GIVEN).among([9, 7, 1]).tolist() == [True, False, True]


def test_nothing_has_no_scores() -> None:
    assert Fused.of({}).best_first() == {}
    assert np.array_equal(Fused.of({}).total, [])
