"""Whether the evidence found answers the question: a probability, so that a caller can abstain.

    question, all ranked ─▶ features ─▶ weights learnt on development data ─▶ probability
                                                         threshold ─▶ is it enough?

Weights, threshold and what they were learnt from lie in `sufficiency.toml`; what they are worth is
shown in docs/quality.md. Features mean the same in a collection of any size. Dense scores mean
something for one embedder only: for another one the second set of weights is used, without them.
How far the best stand out is told in deviations, which mean the same for any embedder.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp, fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grounding.query.coverage import Coverage, coverage
from grounding.query.fuse import POOL
from grounding.query.fused import Fused, spread
from grounding.query.records import Candidate, EvidenceKind, EvidenceState
from grounding.query.rerank import said

LOOKED_AT = 10
"""How many of the best candidates are read, and among which an answer must be."""
_AMONG_THE_BEST = 5
_FEWEST_IN_POOL = 20
_WEIGHTS = "sufficiency.toml"


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """How likely it is that the evidence found answers the question.

    probability: in [0, 1], calibrated where half of all questions have an answer.
    is_enough: whether the probability reaches the threshold.
    reasons: what it rests on, for a person to read.
    """

    probability: float
    is_enough: bool
    threshold: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression: one weight a feature, by its name.

    embedder: what the identity of the embedder begins with whose dense scores are among the
        features; empty where none are.
    usual: what each feature is on average in what was learnt from.
    """

    embedder: str
    intercept: float
    threshold: float
    of: Mapping[str, float]
    usual: Mapping[str, float]


def sufficiency(
    question: str,
    candidates: Sequence[Candidate],
    *,
    embedder: str | None = None,
    pool: Fused | None = None,
) -> Sufficiency:
    """Say whether the candidates, best first, answer the question.

    candidates: the best ten or more that were ranked, before any cut to what fits a prompt.
    pool: the scores of all that was found, by chunk, from which it is seen how far the best stand
        out; without it, those of the candidates.
    embedder: the identity of the one that dense scores are from; None where it is not known, which
        is as if it were another one.
    """
    weights = weights_for(embedder)
    if not candidates:
        return Sufficiency(0.0, False, weights.threshold, ("nothing was found",))
    named = next((each for each in candidates if _is_called_by_name(each)), None)
    if named is not None:
        told = f"the question calls the series {named.evidence.title!r} by name, and it has a value"
        return Sufficiency(1.0, True, weights.threshold, (told,))
    held = coverage(question, _texts(candidates))
    found = _found(candidates, held, pool)
    if weights.embedder and "dense_best" not in found:
        weights = weights_for(None)
    probability = probability_of(found, weights)
    return Sufficiency(
        probability=probability,
        is_enough=probability >= weights.threshold,
        threshold=weights.threshold,
        reasons=(*_reasons(held, found, weights), *_without_dense(weights, embedder)),
    )


def features(question: str, candidates: Sequence[Candidate]) -> dict[str, float]:
    """Return what the probability is computed from, without what these candidates cannot say.

    words_best: the share of the question's words that the best candidate holds.
    ahead: how far the best five stand out, see `_ahead`; where there are enough candidates.
    dense_best: the best dense score of the ten; where there is one.
    """
    return _found(candidates, coverage(question, _texts(candidates)), None)


def _found(candidates: Sequence[Candidate], held: Coverage, pool: Fused | None) -> dict[str, float]:
    found = {"words_best": held.words_best}
    if pool is None:
        pool = Fused.of({each.chunk: each.scores for each in candidates})
    ahead = _ahead([each.chunk for each in candidates[:_AMONG_THE_BEST]], pool)
    if ahead is not None:
        found["ahead"] = ahead
    dense = [c.scores.dense for c in candidates[:LOOKED_AT] if c.scores.dense is not None]
    if dense:
        found["dense_best"] = max(dense)
    return found


def _texts(candidates: Sequence[Candidate]) -> list[str]:
    return [said(each.evidence) for each in candidates[:LOOKED_AT]]


def probability_of(found: Mapping[str, float], weights: Weights) -> float:
    """Return the probability; for a feature that is missing its usual value stands in."""
    terms = (weight * found.get(name, weights.usual[name]) for name, weight in weights.of.items())
    z = weights.intercept + fsum(terms)
    return 1 / (1 + exp(-max(-30.0, min(30.0, z))))


def weights_for(embedder: str | None) -> Weights:
    """Return the weights fitted with this embedder, or those that need no dense scores."""
    fitted, without = _learnt()
    return fitted if embedder is not None and embedder.startswith(fitted.embedder) else without


@cache
def _learnt() -> tuple[Weights, Weights]:
    text = resources.files(__package__).joinpath(_WEIGHTS).read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    return _weights(tables["dense"]), _weights(tables["without_dense"])


def _weights(table: Mapping[str, Any]) -> Weights:  # Any: parsed TOML
    return Weights(
        embedder=table.get("embedder", ""),
        intercept=float(table["intercept"]),
        threshold=float(table["threshold"]),
        of={name: float(weight) for name, weight in table["weights"].items()},
        usual={name: float(value) for name, value in table["usual"].items()},
    )


def _is_called_by_name(candidate: Candidate) -> bool:
    evidence = candidate.evidence
    return (
        evidence.kind is EvidenceKind.SERIES
        and evidence.observation is not None
        and evidence.state is EvidenceState.CURRENT
        and candidate.scores.named > 0
    )


def _ahead(best: Sequence[int], found: Fused) -> float | None:
    """Return how far the five best stand out, in deviations, as the mean of both legs.

    Each leg's mean and deviation are those of the pool: of what is among the best hundred of
    either leg. A leg that says nothing of a candidate counts as that leg's worst; a leg without
    scores has no say. None where the pool is too small to stand out from.

    How far the best retrieval scores are above the others, in units of their deviation, is known
    to tell how well a search did: WIG (Zhou and Croft, SIGIR 2007, "Query performance prediction
    in web search environments") and NQC (Shtok et al., ICTIR 2009, "Predicting query performance
    by query-drift estimation").
    """
    legs = [leg for leg in (found.dense, found.lexical) if not np.isnan(leg).all()]
    pool = np.zeros(len(found), dtype=np.bool_)
    for leg in legs:
        pool[_highest(leg)] = True
    if np.count_nonzero(pool) < _FEWEST_IN_POOL:
        return None
    places = np.flatnonzero(found.among(best))
    rows = [_standing(leg, pool, places) for leg in legs]
    return fsum(z for row in rows for z in row) / (len(rows) * len(best))


def _highest(leg: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the places of the best hundred that the leg says anything of."""
    order = np.argsort(-leg, kind="stable")  # NaN last
    return order[: min(POOL, np.count_nonzero(~np.isnan(leg)))]


def _standing(
    leg: NDArray[np.float64], pool: NDArray[np.bool_], best: NDArray[np.intp]
) -> list[float]:
    """Return the z-scores of the best among the pool; nothing stands out of equal scores."""
    known = leg[pool & ~np.isnan(leg)].tolist()
    mean, deviation = spread(known)
    if not deviation:
        return [0.0] * len(best)
    scores = np.nan_to_num(leg[best], nan=min(known))
    standing: list[float] = ((scores - mean) / deviation).tolist()
    return standing


def _reasons(held: Coverage, found: Mapping[str, float], weights: Weights) -> tuple[str, ...]:
    told = [
        f"the best passage holds {held.words_best:.0%} of the question's words by weight,"
        f" the best three {held.words_three:.0%}"
    ]
    if held.term_count:
        told.append(
            f"of its names, numbers and quotations the best three hold {held.terms_three:.0%}"
        )
    if "ahead" in found:
        told.append(
            f"the best five stand out by {found['ahead']:.1f} deviations; usual is"
            f" {weights.usual['ahead']:.1f}"
        )
    else:
        told.append("too little was found for anything to stand out")
    return tuple(told)


def _without_dense(weights: Weights, embedder: str | None) -> tuple[str, ...]:
    """Say why dense scores were left out, where they were."""
    if weights.embedder:
        return ()
    if weights_for(embedder).embedder:
        return ("no candidate has a dense score",)
    return (
        f"dense scores of {embedder or 'an unknown embedder'} are left out: weights are"
        f" fitted for {_learnt()[0].embedder}",
    )
