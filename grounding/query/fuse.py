"""Fuse the dense and the lexical leg into one score per chunk.

Raw scores of the two legs have nothing in common, so each leg's scores of all candidates are
brought to zero mean and unit deviation (z-scores), then the two are averaged with weights. This
keeps how *far* ahead a hit is, which fusing by rank throws away.

Then each candidate leans a little on those that are nearest to it in meaning: what is like much
else that fits the question probably fits it too (Diaz, CIKM 2005, "Regularizing ad hoc retrieval
scores"). The weights are the same for every collection; `benchmarks` shows what they are worth.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from grounding.query.fused import Fused, spread
from indexer.hits import Hits, are_among
from indexer.records import Legs

NAMED = 2.0
"""What a series gains that the question calls by name: two deviations, more than luck gives."""

POOL: Final = 100
"""Hits of each leg that say what a deviation is, however many more are looked at."""
_NEIGHBOURS: Final = 5
_LEANING: Final = 0.15
_SHARPNESS: Final = 4

_Column: TypeAlias = NDArray[np.float64]
"""Something of each chunk, [n]."""


def fuse(legs: Legs, *, dense_weight: float = 0.5, leaning: float = _LEANING) -> Fused:
    """Give every chunk that a leg found its fused score, best first.

    A chunk that a leg says nothing of is scored there as that leg's worst. A leg that found
    nothing has no say, and the other one decides alone.
    """
    of_dense, of_lexical = legs.dense + legs.also_dense, legs.lexical + legs.also_lexical
    told = np.concatenate((of_dense.chunks, of_lexical.chunks, legs.named.chunks))
    chunks, first = np.unique(told, return_index=True)
    best = np.concatenate((legs.dense.chunks[:POOL], legs.lexical.chunks[:POOL], legs.named.chunks))
    pool = np.flatnonzero(are_among(chunks, best))
    pool = pool[np.argsort(first[pool])]
    dense, lexical = _raw(of_dense, chunks), _raw(of_lexical, chunks)
    has_both = bool(legs.dense) and bool(legs.lexical)
    weight = dense_weight if has_both else float(bool(legs.dense))
    fused = weight * _standardised(dense, pool) + (1 - weight) * _standardised(lexical, pool)
    neighbours = _leant(fused, pool, legs.vectors.of(chunks[pool]), leaning)
    named = np.where(are_among(chunks, legs.named.chunks), NAMED, 0.0)
    return Fused(chunks, (dense, lexical), (fused, neighbours, named)).best_first()


def _raw(hits: Hits, chunks: NDArray[np.int64]) -> _Column:
    """Return each chunk's best score in the leg, NaN where it says nothing."""
    scores = np.full(len(chunks), np.nan)
    np.fmax.at(scores, np.searchsorted(chunks, hits.chunks), hits.scores)
    return scores


def _standardised(scores: _Column, pool: NDArray[np.intp]) -> _Column:
    """Return z-scores; mean and deviation are those of the pool, given by its places.

    What the leg says nothing of is as good as its worst. But where all hits score the same (often:
    there is just one), they are still better than what was not found, by one deviation. Otherwise
    the only exact match would gain nothing by it.
    """
    is_told = ~np.isnan(scores)
    known = scores[pool][is_told[pool]].tolist()
    found = np.zeros(len(scores))
    if known:
        mean, deviation = spread(known)
        if deviation:
            found[is_told] = (scores[is_told] - mean) / deviation
    if is_told.any():
        found[~is_told] = found[is_told].min() if found.any() else -1.0
    return found


def _leant(
    fused: _Column, pool: NDArray[np.intp], rows: NDArray[np.float32], leaning: float
) -> _Column:
    """Return what leaning on its nearest adds to each score: `leaning * (theirs - its own)`.

    Theirs is the mean over the nearest few, weighted by a power of the cosine. What is not in the
    pool leans on nobody and is lowered as much as the one that lost most.

    pool, rows: its places, [m], and its vectors, [m, d].
    """
    if not leaning or len(pool) < 2:
        return np.zeros(len(fused))
    scores = fused[pool]
    likeness = rows @ rows.T
    np.clip(likeness, 0.0, 1.0, out=likeness)
    likeness **= _SHARPNESS
    np.fill_diagonal(likeness, 0.0)
    if len(pool) > _NEIGHBOURS + 1:
        least = np.partition(likeness, -_NEIGHBOURS, axis=1)[:, -_NEIGHBOURS, np.newaxis]
        likeness[likeness < least] = 0.0
    weights = likeness.sum(axis=1)
    alone = weights <= 0
    theirs = likeness @ scores / np.where(alone, 1.0, weights)
    added = leaning * np.where(alone, 0.0, theirs - scores)
    leant = np.full(len(fused), min(0.0, float(added.min())))
    leant[pool] = added
    return leant
