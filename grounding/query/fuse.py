"""Fuse the dense and the lexical leg into one score per chunk.

Raw scores of the two legs have nothing in common, so each leg is first brought to zero mean and
unit deviation over its own hits (z-scores), then the two are averaged with weights. This keeps how
*far* ahead a hit is, which fusing by rank throws away.
"""

from collections.abc import Sequence
from math import fsum, sqrt

from grounding.query.records import Scores
from indexer.records import Hit, Legs

NAMED = 2.0
"""What a series gains that the question calls by name: two deviations, more than luck gives."""


def fuse(legs: Legs, *, dense_weight: float = 0.5) -> dict[int, Scores]:
    """Give every chunk that a leg found its fused score, best first.

    A chunk that a leg did not find is scored there as that leg's worst hit. A leg that found
    nothing has no say, and the other one decides alone.
    """
    named = {hit.chunk for hit in legs.named}
    dense, lexical = _raw(legs.dense), _raw(legs.lexical)
    dense_z, lexical_z = _standardised(dense), _standardised(lexical)
    dense_floor, lexical_floor = _floor(dense_z), _floor(lexical_z)
    weight = dense_weight if dense and lexical else float(bool(dense))

    fused = {
        chunk: Scores(
            dense=dense.get(chunk),
            lexical=lexical.get(chunk),
            fused=weight * dense_z.get(chunk, dense_floor)
            + (1 - weight) * lexical_z.get(chunk, lexical_floor),
            named=NAMED if chunk in named else 0.0,
        )
        for chunk in [*dense, *lexical, *named]
    }
    return dict(sorted(fused.items(), key=lambda item: (-item[1].total, item[0])))


def _raw(hits: Sequence[Hit]) -> dict[int, float]:
    """A chunk's best score in the leg."""
    scores: dict[int, float] = {}
    for hit in hits:
        scores[hit.chunk] = max(hit.score, scores.get(hit.chunk, hit.score))
    return scores


def _standardised(scores: dict[int, float]) -> dict[int, float]:
    if not scores:
        return {}
    mean = fsum(scores.values()) / len(scores)
    deviation = sqrt(fsum((score - mean) ** 2 for score in scores.values()) / len(scores))
    # A spread that is mere rounding noise must not be blown up to unit deviation.
    if deviation <= 1e-9 * max(1.0, abs(mean)):
        return dict.fromkeys(scores, 0.0)
    return {chunk: (score - mean) / deviation for chunk, score in scores.items()}


def _floor(standardised: dict[int, float]) -> float:
    """What a chunk gets in a leg that did not find it.

    Where all hits score the same (often: there is just one), they are still better than what was
    not found, by one deviation. Otherwise the only exact match would gain nothing by it.
    """
    if not standardised:
        return 0.0
    return min(standardised.values()) if any(standardised.values()) else -1.0
