"""Logistic regression that some weights of may not be negative, and how good probabilities are.

rows, labels ─▶ fitted ─▶ scores ─▶ calibrated on other rows ─▶ probabilities ─▶ measures
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PENALTY = 0.1
_HARDLY = 1e-9
_STEPS = 100
_BINS = 10


@dataclass(frozen=True, slots=True)
class Line:
    """A score: rows [n, features] times weights [features], plus the intercept."""

    weights: Floats
    intercept: float

    def __call__(self, rows: Floats) -> Floats:
        scores: Floats = rows @ self.weights + self.intercept
        return scores


def fitted(
    rows: Floats,
    labels: Floats,
    shares: Floats,
    *,
    never_negative: Collection[int] = (),
    penalty: float = _PENALTY,
) -> Line:
    """Fit by Newton's method with an L2 penalty on standardised features.

    rows [n, features], labels [n] of 0 and 1, shares [n]: how much each row counts.
    A weight that may not be negative and would be is 0, and the others are fitted without it.
    """
    mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-9)
    scaled = (rows - mean) / spread
    kept = list(range(rows.shape[1]))
    while True:
        found = _newton(scaled[:, kept], labels, shares / shares.sum(), penalty)
        negative = [n for n, weight in zip(kept, found[:-1], strict=True) if weight < 0]
        refused = [n for n in negative if n in never_negative]
        if not refused:
            break
        kept = [n for n in kept if n not in refused]
    weights = np.zeros(rows.shape[1])
    weights[kept] = found[:-1] / spread[kept]
    return Line(weights, float(found[-1] - weights @ mean))


def calibrated(line: Line, rows: Floats, labels: Floats, shares: Floats) -> Line:
    """Stretch and move the scores so that they fit rows that were not learnt from (Platt)."""
    platt = fitted(line(rows)[:, None], labels, shares, penalty=_HARDLY)
    slope = float(platt.weights[0])
    return Line(slope * line.weights, slope * line.intercept + platt.intercept)


def probabilities(scores: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
    return found


def best_threshold(found: Floats, labels: Floats, shares: Floats) -> float:
    """Return the threshold, in hundredths, with the most correct decisions."""
    tried = np.arange(0.2, 0.81, 0.01).round(2)
    right = [float(shares @ ((found >= each) == labels)) for each in tried]
    return float(tried[int(np.argmax(right))])


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Return the chance that what is enough scores above what is not; a tie is half of it.

    Raises:
        ValueError: all labels are the same.
    """
    values, is_enough = np.asarray(scores, dtype=float), np.asarray(labels, dtype=bool)
    if is_enough.all() or not is_enough.any():
        raise ValueError("both what is enough and what is not must be there")
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    good = int(is_enough.sum())
    above = float(ranks[is_enough].sum()) - good * (good + 1) / 2
    return above / (good * (len(values) - good))


def brier(found: Sequence[float], labels: Sequence[bool]) -> float:
    return float(np.mean((np.asarray(found) - np.asarray(labels, dtype=float)) ** 2))


def calibration_error(found: Sequence[float], labels: Sequence[bool]) -> float:
    """Return the expected calibration error over ten bins of equal width."""
    values, right = np.asarray(found, dtype=float), np.asarray(labels, dtype=float)
    bins = np.minimum((values * _BINS).astype(int), _BINS - 1)
    gaps = [
        float((bins == each).mean() * abs(values[bins == each].mean() - right[bins == each].mean()))
        for each in np.unique(bins)
    ]
    return sum(gaps)


def _newton(rows: Floats, labels: Floats, shares: Floats, penalty: float) -> Floats:
    """Return the weights, and the intercept last; only the weights are penalised."""
    extended = np.column_stack([rows, np.ones(len(rows))])
    penalties = np.append(np.full(rows.shape[1], penalty), _HARDLY)
    found = np.zeros(extended.shape[1])
    for _ in range(_STEPS):
        likely = probabilities(extended @ found)
        gradient = extended.T @ (shares * (likely - labels)) + penalties * found
        curvature = (extended.T * (shares * likely * (1 - likely))) @ extended + np.diag(penalties)
        step = np.linalg.solve(curvature, gradient)
        found = found - step
        if float(np.abs(step).max()) < 1e-9:
            break
    return found
