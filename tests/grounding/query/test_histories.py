"""Answers over random histories against a reference that shares no code with the service."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.histories.generate import history
from benchmarks.histories.play import played

LENGTH, QUESTIONS, ROUNDS = 25, 40, 2


@settings(
    max_examples=8,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(draw=st.randoms(use_true_random=False), seed=st.integers(0, 1_000_000))
def test_answers_are_those_of_going_through_all_that_happened(
    draw: Random, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    happenings = history(draw, LENGTH)
    folder: Path = tmp_path_factory.mktemp("history")

    tally = played(happenings, Random(seed), folder, questions=QUESTIONS, rounds=ROUNDS)

    assert [str(difference) for difference in tally.differences] == []
    assert tally.leaks == 0
    assert tally.dense_equal == tally.dense
    assert tally.questions == QUESTIONS
