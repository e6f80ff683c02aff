"""Tests of `benchmarks/quality/logistic.py`."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from benchmarks.quality.logistic import (
    auroc,
    best_threshold,
    brier,
    calibrated,
    calibration_error,
    fitted,
    probabilities,
)


def drawn(count: int = 2_000) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(7)
    rows = draw.normal(size=(count, 3)) * (1.0, 10.0, 0.1)
    likely = probabilities(rows @ np.array([1.0, -0.2, 5.0]) + 0.5)
    return rows, (draw.random(count) < likely).astype(float)


def test_weights_are_those_of_an_independent_implementation() -> None:
    rows, labels = drawn()

    ours = fitted(rows, labels, np.ones(len(labels)), penalty=1e-6)
    theirs = LogisticRegression(C=1e6).fit(rows, labels)

    assert ours.weights == pytest.approx(theirs.coef_[0], rel=0.03)
    assert ours.intercept == pytest.approx(theirs.intercept_[0], abs=0.02)


def test_a_weight_that_may_not_be_negative_is_none_instead() -> None:
    rows, labels = drawn()

    line = fitted(rows, labels, np.ones(len(labels)), never_negative={1}, penalty=0.03)

    assert line.weights[1] == 0
    assert line.weights[0] > 0.5


def test_rows_count_by_their_shares() -> None:
    rows, labels = drawn()
    twice = fitted(np.vstack([rows, rows[:500]]), np.append(labels, labels[:500]), np.ones(2_500))

    weighted = fitted(rows, labels, np.where(np.arange(len(labels)) < 500, 2.0, 1.0))

    assert weighted.weights == pytest.approx(twice.weights, abs=0.01)


def test_calibrating_makes_probabilities_as_frequent_as_they_say() -> None:
    rows, labels = drawn()
    line = fitted(rows, labels, np.ones(len(labels)))
    sure = type(line)(4 * line.weights, 4 * line.intercept + 2)

    after = probabilities(calibrated(sure, rows, labels, np.ones(len(labels)))(rows))

    before = calibration_error(probabilities(sure(rows)).tolist(), labels > 0)
    assert before > 0.1
    assert calibration_error(after.tolist(), labels > 0) < 0.04


def test_measures_are_those_of_an_independent_implementation() -> None:
    draw = np.random.default_rng(3)
    found, labels = draw.random(300).round(2), draw.random(300) < 0.4

    assert auroc(found, labels) == pytest.approx(roc_auc_score(labels, found))
    assert brier(found, labels) == pytest.approx(brier_score_loss(labels, found))


def test_calibration_error_is_the_mean_gap_of_the_bins() -> None:
    assert calibration_error([0.95, 0.95, 0.05, 0.05], [True, True, False, True]) == pytest.approx(
        0.5 * 0.05 + 0.5 * 0.45
    )


def test_auroc_needs_both_kinds() -> None:
    with pytest.raises(ValueError, match="both"):
        auroc([0.1, 0.2], [True, True])


def test_the_threshold_is_where_most_decisions_are_right() -> None:
    found, labels = np.array([0.3, 0.55, 0.62, 0.9]), np.array([0.0, 0.0, 1.0, 1.0])

    threshold = best_threshold(found, labels, np.ones(4))

    assert 0.55 < threshold <= 0.62
