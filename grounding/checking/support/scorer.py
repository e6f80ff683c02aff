"""Weigh how far evidence bears claims out: a probability learnt on labelled claims.

    claims, items, facts ─▶ aligned ─▶ words ─▶ weights ─▶ probability
                                         │                      │ not sure
                                         └─▶ and vectors ◀──────┘
                                                  └─▶ weights ─▶ probability

The weights lie in `scorer.toml` and are read as such: one for each feature of `alignment`, for
evidence of few, several and many sentences apart, since "some sentence is near" says little where
there are many. Vectors cost a hundred times what words do, so that a claim has none which is surely
borne out by its words, or for whose evidence vectors weigh nothing. They mean something for one
embedder only; for another one, and for what is too much to embed, the weights without them are
used.

That evidence says otherwise cannot be told from such features (see docs/quality.md): `contradicted`
is what a judge says, and 0 without one.
"""

import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp, fsum
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from grounding.checking.records import Aligned, Claim, Finding, Shown, Support
from grounding.checking.support.alignment import (
    DENSE,
    Aligning,
    aligned_scores,
    aligning,
    features,
)

Embed: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to unit vectors, float32, [texts, dimension]."""

SIZES: Final = {"few": 2, "several": 6, "many": sys.maxsize}
"""Up to how many sentences evidence is of each size."""
MOST_EMBEDDED: Final = 2_000
"""Texts of one answer; claims after that are weighed by their words alone."""
_AT_ONCE: Final = 64
_LEAST_ALIGNED: Final = 0.35
_MOST_ALIGNED: Final = 3
_FILE: Final = "scorer.toml"


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression: one weight a feature, by its name."""

    intercept: float
    weights: Mapping[str, float]

    @property
    def reads_vectors(self) -> bool:
        return any(self.weights.get(name) for name in DENSE)

    def probability(self, found: Mapping[str, float]) -> float:
        weighed = (weight * found[name] for name, weight in self.weights.items())
        return 1.0 / (1.0 + exp(-max(-60.0, min(60.0, fsum((self.intercept, *weighed))))))


@dataclass(frozen=True, slots=True)
class Scorer:
    """What `scorer.toml` holds.

    embedder: what the identity of the embedder begins with whose vectors were learnt from.
    supported: the probability from which on a claim counts as borne out.
    sure: the probability by words alone from which on vectors would change nothing.
    related, related_by_words: how near evidence has to be for saying anything about a claim, with
        vectors and without.
    """

    embedder: str
    supported: float
    sure: float
    related: float
    related_by_words: float
    by_kind: Mapping[str, Mapping[str, Weights]]

    def is_related(self, support: Support) -> bool:
        """Whether evidence says anything about a claim, be it that or something else."""
        has_vectors = DENSE[0] in support.features
        return support.related >= (self.related if has_vectors else self.related_by_words)

    def weights(self, *, dense: bool, sentences: int) -> Weights:
        size = next(size for size, most in SIZES.items() if sentences <= most)
        return self.by_kind["dense" if dense else "words"][size]


@cache
def shipped() -> Scorer:
    text = resources.files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    return read(tomllib.loads(text))


def read(table: Mapping[str, Any]) -> Scorer:  # Any: TOML
    """Return the scorer that a table describes."""
    return Scorer(
        embedder=table["embedder"],
        supported=table["supported"],
        sure=table["sure"],
        related=table["related"],
        related_by_words=table["related_by_words"],
        by_kind={
            kind: {
                size: Weights(table[kind][size]["intercept"], table[kind][size]["weights"])
                for size in SIZES
            }
            for kind in ("dense", "words")
        },
    )


def supports(
    claims: Sequence[Claim],
    shown: Sequence[Sequence[Shown]],
    found: Sequence[Sequence[Finding]],
    embed: Embed,
    *,
    embedder: str,
    scorer: Scorer | None = None,
) -> list[Support]:
    """Return how far each claim is borne out by the items it may rest on.

    shown, found: for each claim its items, and what became of its facts in them.
    embedder: the identity of what `embed` embeds with.
    """
    scorer = scorer or shipped()
    beside = [aligning(*each) for each in zip(claims, shown, found, strict=True)]
    told = [_support(one, None, scorer) for one in beside]
    if not embedder.startswith(scorer.embedder):
        return told
    doubted = [
        i
        for i, (one, each) in enumerate(zip(beside, told, strict=True))
        if each.supported < scorer.sure
        and scorer.weights(dense=True, sentences=one.count).reads_vectors
    ]
    vectors = _vectors([beside[i] for i in doubted], embed)
    for i in doubted:
        told[i] = _support(beside[i], _of(beside[i], vectors), scorer)
    return told


def _support(one: Aligning, vectors: NDArray[np.float32] | None, scorer: Scorer) -> Support:
    if not one.best:
        return Support(supported=0.0, contradicted=0.0, related=0.0)
    found = features(one, vectors)
    weights = scorer.weights(dense=vectors is not None, sentences=one.count)
    scores = sorted(aligned_scores(one, vectors).items(), key=lambda each: -each[1])
    near = [
        Aligned(each.number, each.start, each.end, score)
        for each, score in scores[:_MOST_ALIGNED]
        if score >= _LEAST_ALIGNED
    ]
    return Support(
        supported=weights.probability(found),
        contradicted=0.0,
        related=scores[0][1],
        aligned=tuple(near),
        features=found,
    )


def _vectors(beside: Sequence[Aligning], embed: Embed) -> dict[str, NDArray[np.float32]]:
    """Embed every text once, as many as may be, in calls that let others in between."""
    texts = list(dict.fromkeys(text for one in beside for text in one.texts))[:MOST_EMBEDDED]
    found: dict[str, NDArray[np.float32]] = {}
    for first in range(0, len(texts), _AT_ONCE):
        some = texts[first : first + _AT_ONCE]
        found |= zip(some, embed(some), strict=True)
    return found


def _of(one: Aligning, vectors: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32] | None:
    """Return the vectors of a claim's texts; None if not all are there."""
    found = [vectors[text] for text in one.texts if text in vectors]
    return np.stack(found) if found and len(found) == len(one.texts) else None
