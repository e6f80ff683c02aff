"""Tests of `benchmarks/tasks/sufficiency.py`."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.quality.sufficiency import learnt, rows_of
from benchmarks.quality.trials import Trial, with_and_without
from benchmarks.tasks.sufficiency import BASELINES, risks
from grounding.query.records import Scores
from grounding.query.sufficiency import features, probability_of
from tests.grounding.query.items import candidate

NAMES = ("words_best", "ahead")


def asked(number: int, *, others: int = 30) -> tuple[Trial, Trial]:
    """Ask about one town; what is left without its document speaks of others."""
    towns = [f"Town{number}", *(f"Port{n}" for n in range(others))]
    found = [
        replace(
            candidate(f"The harbour of {town} is deep.", title="", metadata={"id": town}),
            chunk=n,
            scores=Scores(0.5 - n / 1000 if n else 0.9),
        )
        for n, town in enumerate(towns)
    ]
    return with_and_without(f"How deep is Town{number}?", found, frozenset({towns[0]}))


def test_what_is_learnt_tells_both_kinds_apart() -> None:
    made = [each for number in range(30) for each in asked(number)]

    weights = learnt({"towns": rows_of(made, NAMES)}, NAMES, embedder="")

    said = [probability_of(features(each.question, each.candidates), weights) for each in made]
    decided = [probability >= weights.threshold for probability in said]
    assert decided == [each.is_enough for each in made]


def test_both_trials_of_a_question_are_held_out_or_neither() -> None:
    made = [each for number in range(9) for each in asked(number)]

    held_out = rows_of(made, NAMES).is_held_out

    assert held_out.sum() == 6
    assert np.array_equal(held_out[::2], held_out[1::2])


def test_what_few_candidates_cannot_say_is_what_the_others_say_on_average() -> None:
    made = [*asked(1), *asked(2, others=5)]

    ahead = rows_of(made, NAMES).rows[:, 1]

    assert ahead[2] == ahead[3] == pytest.approx(ahead[:2].mean())


def test_risk_is_the_share_without_evidence_among_the_surest() -> None:
    points = risks([0.9, 0.8, 0.7, 0.6], [True, False, True, False], [1, 1, 1, 1])

    assert points == [
        (0.25, 0.0),
        (0.5, 0.5),
        (0.75, pytest.approx(1 / 3)),
        (1.0, 0.5),
    ]


def test_baselines_look_at_the_best_score_there_is() -> None:
    scored = [
        type(candidate())(n, candidate().evidence, Scores(dense, n, n / 2))
        for n, dense in ((1, None), (2, 0.4), (3, 0.3))
    ]
    trial = Trial("q", tuple(scored), had_answer=True, is_enough=True)

    assert [score(trial) for score in BASELINES.values()] == [0.4, 3, 1.5]
