"""Fuse the dense and the lexical leg into one score per chunk.

Raw scores of the two legs have nothing in common, so each leg's scores of all candidates are
brought to zero mean and unit deviation (z-scores), then the two are averaged with weights. This
keeps how *far* ahead a hit is, which fusing by rank throws away.

Then each candidate leans a little on those that are nearest to it in meaning: what is like much
else that fits the question probably fits it too (Diaz, CIKM 2005, "Regularizing ad hoc retrieval
scores"). The weights are the same for every collection; `benchmarks` shows what they are worth.
"""

from collections.abc import Mapping, Sequence
from math import fsum, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.query.records import Scores
from indexer.records import Hit, Legs

NAMED = 2.0
"""What a series gains that the question calls by name: two deviations, more than luck gives."""

POOL: Final = 100
"""Hits of each leg that say what a deviation is, however many more are looked at."""
_NEIGHBOURS: Final = 5
_LEANING: Final = 0.15
_SHARPNESS: Final = 4


def fuse(legs: Legs, *, dense_weight: float = 0.5, leaning: float = _LEANING) -> dict[int, Scores]:
    """Give every chunk that a leg found its fused score, best first.

    A chunk that a leg says nothing of is scored there as that leg's worst. A leg that found
    nothing has no say, and the other one decides alone.
    """
    named = {hit.chunk for hit in legs.named}
    dense, lexical = _raw(legs.dense, legs.also_dense), _raw(legs.lexical, legs.also_lexical)
    pool = {hit.chunk for hit in (*legs.dense[:POOL], *legs.lexical[:POOL])} | named
    dense_z, lexical_z = _standardised(dense, pool), _standardised(lexical, pool)
    dense_floor, lexical_floor = _floor(dense_z), _floor(lexical_z)
    has_both = bool(legs.dense) and bool(legs.lexical)
    weight = dense_weight if has_both else float(bool(legs.dense))
    fused = {
        chunk: weight * dense_z.get(chunk, dense_floor)
        + (1 - weight) * lexical_z.get(chunk, lexical_floor)
        for chunk in dict.fromkeys([*dense, *lexical, *named])
    }
    leant = _leant(fused, pool, legs.vectors, leaning)
    scored = {
        chunk: Scores(
            dense=dense.get(chunk),
            lexical=lexical.get(chunk),
            fused=score,
            neighbours=leant.get(chunk, 0.0),
            named=NAMED if chunk in named else 0.0,
        )
        for chunk, score in fused.items()
    }
    return dict(sorted(scored.items(), key=lambda item: (-item[1].total, item[0])))


def _raw(*legs: Sequence[Hit]) -> dict[int, float]:
    """A chunk's best score in the leg."""
    scores: dict[int, float] = {}
    for hit in (hit for hits in legs for hit in hits):
        scores[hit.chunk] = max(hit.score, scores.get(hit.chunk, hit.score))
    return scores


def _standardised(scores: Mapping[int, float], pool: set[int]) -> dict[int, float]:
    """Return z-scores; mean and deviation are those of the pool."""
    known = [score for chunk, score in scores.items() if chunk in pool]
    if not known:
        return dict.fromkeys(scores, 0.0)
    mean = fsum(known) / len(known)
    deviation = sqrt(fsum((score - mean) ** 2 for score in known) / len(known))
    # A spread that is mere rounding noise must not be blown up to unit deviation.
    if deviation <= 1e-9 * max(1.0, abs(mean)):
        return dict.fromkeys(scores, 0.0)
    return {chunk: (score - mean) / deviation for chunk, score in scores.items()}


def _floor(standardised: Mapping[int, float]) -> float:
    """What a chunk gets in a leg that says nothing of it.

    Where all hits score the same (often: there is just one), they are still better than what was
    not found, by one deviation. Otherwise the only exact match would gain nothing by it.
    """
    if not standardised:
        return 0.0
    return min(standardised.values()) if any(standardised.values()) else -1.0


def _leant(
    fused: Mapping[int, float],
    pool: set[int],
    vectors: Mapping[int, NDArray[np.floating]],
    leaning: float,
) -> dict[int, float]:
    """Return what leaning on its nearest adds to each score: `leaning * (theirs - its own)`.

    Theirs is the mean over the nearest few, weighted by a power of the cosine. What is not in the
    pool leans on nobody and is lowered as much as the one that lost most.
    """
    chunks = [chunk for chunk in fused if chunk in pool and chunk in vectors]
    if not leaning or len(chunks) < 2:
        return {}
    scores = np.array([fused[chunk] for chunk in chunks])
    rows = np.concatenate([vectors[chunk] for chunk in chunks], dtype=np.float32)
    rows = rows.reshape(len(chunks), -1)
    likeness = np.clip(rows @ rows.T, 0.0, 1.0) ** _SHARPNESS
    np.fill_diagonal(likeness, 0.0)
    if len(chunks) > _NEIGHBOURS + 1:
        least = np.partition(likeness, -_NEIGHBOURS, axis=1)[:, -_NEIGHBOURS, np.newaxis]
        likeness[likeness < least] = 0.0
    weights = likeness.sum(axis=1)
    alone = weights <= 0
    theirs = likeness @ scores / np.where(alone, 1.0, weights)
    added = leaning * np.where(alone, 0.0, theirs - scores)
    lowest = min(0.0, float(added.min()))
    return dict.fromkeys(fused, lowest) | dict(zip(chunks, added.tolist(), strict=True))
