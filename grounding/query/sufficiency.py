"""Whether the evidence found answers the question: a probability, so that a caller can abstain.

    question, the ten best ─▶ features ─▶ weights learnt on development data ─▶ probability
                                                          threshold ─▶ is it enough?

Weights, threshold and what they were learnt from lie in `sufficiency.toml`; what they are worth is
shown in docs/quality.md. Features mean the same in a collection of any size. Dense scores mean
something for one embedder only: for another one the second set of weights is used, without them.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp, fsum, log1p
from typing import Any

from grounding.query.coverage import coverage
from grounding.query.records import Candidate, EvidenceKind, EvidenceState
from grounding.query.rerank import said

LOOKED_AT = 10
"""How many of the best candidates are looked at; fewer are taken as all there is."""
_AMONG_THE_BEST = 3
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
    """

    embedder: str
    intercept: float
    threshold: float
    of: Mapping[str, float]


def sufficiency(
    question: str, candidates: Sequence[Candidate], *, embedder: str | None = None
) -> Sufficiency:
    """Say whether the candidates, best first, answer the question.

    candidates: the best ten or more, before any cut to what was asked for or fits a prompt.
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
    found = features(question, candidates)
    if weights.embedder and "dense_best" not in found:
        weights = weights_for(None)
    probability = probability_of(found, weights)
    return Sufficiency(
        probability=probability,
        is_enough=probability >= weights.threshold,
        threshold=weights.threshold,
        reasons=(*_reasons(found), *_without_dense(weights, embedder)),
    )


def features(question: str, candidates: Sequence[Candidate]) -> dict[str, float]:
    """Return what the probability is computed from; dense features only where scores are."""
    best = candidates[:LOOKED_AT]
    dense = sorted((c.scores.dense for c in best if c.scores.dense is not None), reverse=True)
    lexical = sorted((c.scores.lexical for c in best if c.scores.lexical is not None), reverse=True)
    held = coverage(question, [said(each.evidence) for each in best])
    found = {
        "words_best": held.words_best,
        "words_three": held.words_three,
        "words_any": held.words_any,
        "terms_best": held.terms_best,
        "terms_three": held.terms_three,
        "has_no_terms": float(not held.term_count),
        "legs_agree": _agreement(best),
        "lexical_lead": 1 - lexical[-1] / lexical[0] if lexical and lexical[0] > 0 else 0.0,
        "length": log1p(held.word_count),
    }
    if dense:
        found["dense_best"] = dense[0]
        found["dense_second"] = dense[min(1, len(dense) - 1)]
        found["dense_lead"] = dense[0] - dense[-1]
    return found


def probability_of(found: Mapping[str, float], weights: Weights) -> float:
    z = weights.intercept + fsum(weight * found[name] for name, weight in weights.of.items())
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
    )


def _is_called_by_name(candidate: Candidate) -> bool:
    evidence = candidate.evidence
    return (
        evidence.kind is EvidenceKind.SERIES
        and evidence.observation is not None
        and evidence.state is EvidenceState.CURRENT
        and candidate.scores.named > 0
    )


def _agreement(best: Sequence[Candidate]) -> float:
    """Say how many of the two legs, in halves, have their best among the other one's best three."""
    dense = _by_score({c.chunk: c.scores.dense for c in best})
    lexical = _by_score({c.chunk: c.scores.lexical for c in best})
    if not dense or not lexical:
        return 0.0
    there = dense[0] in lexical[:_AMONG_THE_BEST]
    back = lexical[0] in dense[:_AMONG_THE_BEST]
    return (there + back) / 2


def _by_score(scores: Mapping[int, float | None]) -> list[int]:
    scored = [(-score, chunk) for chunk, score in scores.items() if score is not None]
    return [chunk for _, chunk in sorted(scored)]


def _reasons(found: Mapping[str, float]) -> tuple[str, ...]:
    told = [
        f"the best passage holds {found['words_best']:.0%} of the question's words by weight,"
        f" the best three {found['words_three']:.0%}"
    ]
    if not found["has_no_terms"]:
        told.append(
            f"of its names, numbers and quotations the best three hold {found['terms_three']:.0%}"
        )
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
