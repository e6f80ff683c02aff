"""Does the check of answers agree with people on which claims their evidence bears out?

Three sets of claims with human labels: WiCE (dev), ClimateFEVER and RefChecker. Weights and
thresholds are fitted on one half of each set, split by article, claim or question, and reported on
the other, beside the share of words that evidence has and the similarity of vectors.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.checking import sets
from benchmarks.checking.learning import (
    PAIRS,
    WHEN,
    WHOLE,
    Rows,
    all_rows,
    probabilities,
    scorer_of,
)
from benchmarks.checking.sets import Case, is_reported
from benchmarks.quality import logistic
from benchmarks.quality.logistic import Floats
from benchmarks.quality.sufficiency import remembering
from benchmarks.records import Baseline, Context, Figure
from grounding.checking.facts.findings import findings
from grounding.checking.records import Claim, Shown
from grounding.checking.support.scorer import SIZES, shipped, supports
from indexer import embed
from indexer.embed import Embedder

_RESAMPLED: Final = 1_000
_TIMED: Final = 200
_ANSWERS: Final = 10
_LEXICAL: Final = "words_all"
_DENSE: Final = "meaning_best"


def run(context: Context) -> list[Figure]:
    found = all_rows(context.archive, remembering().embed_queries)
    reported = [each.only(each.reported) for each in found]
    scores: Mapping[str, Callable[[Rows], Floats]] = {
        "shipped": lambda each: probabilities(shipped(), each),
        "words": lambda each: each.column(_LEXICAL),
        "meaning": lambda each: each.column(_DENSE),
    }
    common = {name: _common(found, score) for name, score in scores.items() if name != "shipped"}
    common["shipped"] = shipped().supported
    return [
        *(figure for each in found for figure in _of_set(each, scores, common, context)),
        _mean(reported, scores, common),
        *_transfer(found),
        *_from_one(found),
        *_without_vectors(reported),
        *_contradictions(reported),
        *_costs(context),
    ]


def _of_set(
    some: Rows,
    scores: Mapping[str, Callable[[Rows], Floats]],
    common: Mapping[str, float],
    context: Context,
) -> list[Figure]:
    """Report one set, by one threshold for all sets, and by one of its own."""
    fitting, reported = some.only(~some.reported), some.only(some.reported)
    labels, found = reported.supported, scores["shipped"](reported)
    own = {name: _best(score(fitting), fitting.supported) for name, score in scores.items()}
    accuracy = {
        name: _balanced(score(reported), labels, common[name]) for name, score in scores.items()
    }
    tuned = {name: _balanced(score(reported), labels, own[name]) for name, score in scores.items()}
    low, high = _interval(found, labels, common["shipped"], context.seed)
    curves = ", ".join(
        f"{name} {logistic.auroc(score(reported).tolist(), labels.tolist()):.3f}"
        for name, score in scores.items()
    )
    return [
        Figure(
            f"{some.set}: balanced accuracy",
            accuracy["shipped"] * 100,
            "%",
            Baseline("words in the evidence", accuracy["words"] * 100),
            notes=f"vectors alone {accuracy['meaning']:.1%}; one threshold for all sets; "
            f"{len(labels):,} claims, {labels.sum():,} supported; 95 % of samples {low:.1%} to "
            f"{high:.1%}; AUROC {curves}",
        ),
        Figure(
            f"{some.set}: with thresholds of its own",
            tuned["shipped"] * 100,
            "%",
            Baseline("words in the evidence", tuned["words"] * 100),
            notes=f"vectors alone {tuned['meaning']:.1%}",
        ),
        Figure(
            f"{some.set}: calibration error",
            _calibration(found, labels) * 100,
            "%",
            notes="supported and others counted alike",
        ),
    ]


def _mean(
    reported: Sequence[Rows],
    scores: Mapping[str, Callable[[Rows], Floats]],
    common: Mapping[str, float],
) -> Figure:
    mean = {
        name: np.mean([_balanced(score(each), each.supported, common[name]) for each in reported])
        for name, score in scores.items()
    }
    return Figure(
        "balanced accuracy, mean of all sets",
        float(mean["shipped"]) * 100,
        "%",
        Baseline("words in the evidence", float(mean["words"]) * 100),
        notes=f"vectors alone {mean['meaning']:.1%}; one threshold for all sets",
    )


def _transfer(found: Sequence[Rows]) -> list[Figure]:
    """Learn from all sets but one, and report on that one."""
    groups = {
        "WiCE": ["WiCE"],
        "ClimateFEVER": [PAIRS, WHOLE],
        "RefChecker": ["RefChecker"],
    }
    figures = []
    for left_out, names in groups.items():
        scorer = scorer_of([each for each in found if each.set not in names])
        for each in found:
            if each.set in names:
                reported = each.only(each.reported)
                there = _balanced(probabilities(scorer, reported), reported.supported, 0.5)
                here = _balanced(probabilities(shipped(), reported), reported.supported, 0.5)
                figures.append(
                    Figure(
                        f"{each.set}: learnt without {left_out}",
                        there * 100,
                        "%",
                        Baseline("learnt from all", here * 100),
                    )
                )
    return figures


def _from_one(found: Sequence[Rows]) -> list[Figure]:
    """Learn from one set at a time, and report on every set how well claims are ordered.

    All are claims with more evidence than a sentence or two: there is no other in WiCE.
    """
    several = {
        each.set: each.only(each.counts > SIZES["few"]) for each in found if each.set != PAIRS
    }
    return [
        Figure(
            f"{tried}: AUROC, learnt from {learnt_from}",
            logistic.auroc(probabilities(scorer, half).tolist(), half.supported.tolist()),
            "",
        )
        for learnt_from, rows in several.items()
        for scorer in [scorer_of([rows])]
        for tried, each in several.items()
        for half in [each.only(each.reported)]
    ]


def _without_vectors(reported: Sequence[Rows]) -> list[Figure]:
    """Report the weights for embedders that nothing was learnt for."""
    return [
        Figure(
            f"{each.set}: without vectors",
            _balanced(probabilities(shipped(), each, dense=False), each.supported, 0.5) * 100,
            "%",
        )
        for each in reported
    ]


def _contradictions(reported: Sequence[Rows]) -> list[Figure]:
    """Report whether what is least supported is contradicted: hardly, without a judge."""
    return [
        Figure(
            f"{each.set}: AUROC of contradicted among those that are not supported",
            logistic.auroc(
                (1 - probabilities(shipped(), others)).tolist(), others.contradicted.tolist()
            ),
            "",
            notes=f"{others.contradicted.sum():,} of {len(others.contradicted):,}",
        )
        for each in reported
        if (others := each.only(~each.supported)).contradicted.any()
    ]


def _costs(context: Context) -> list[Figure]:
    """Time claims as they come: each set's claims against evidence, with and without vectors."""
    draw = random.Random(context.seed)
    cases = [
        case for case in sets.wice(context.archive(sets.WICE)) if is_reported(case.group)
    ] + draw.sample(sets.refchecker(context.archive(sets.REFCHECKER)), _TIMED)
    chosen = draw.sample(cases, _TIMED)
    embedder = embed.load("minilm", device="cpu", threads=1)
    with_vectors = _milliseconds(chosen, embedder)
    without = _milliseconds(chosen, embedder, identity="another")
    return [
        Figure(
            "a claim",
            with_vectors,
            "CPU ms",
            Baseline("by words alone", without),
            notes=f"median of {_TIMED} one by one, each with its sentences embedded anew",
        ),
        Figure(
            "an answer of ten claims against ten items",
            _of_answers(context, draw, embedder),
            "CPU ms",
            notes=f"median of {_ANSWERS}; items of five sentences, each claim against all",
        ),
    ]


def _of_answers(context: Context, draw: random.Random, embedder: Embedder) -> float:
    """Return the median CPU time of weighing claims together, each against all their evidence."""
    cases = sets.climate_claims(context.archive(sets.CLIMATE))
    taken = []
    for _ in range(_ANSWERS):
        chosen = draw.sample(cases, 10)
        items = [Shown(n, str(n), "\n".join(each.evidence)) for n, each in enumerate(chosen, 1)]
        claims = [Claim(0, len(each.claim), each.claim) for each in chosen]
        began = time.process_time()
        _weigh(claims, items, embedder, embedder.identity)
        taken.append((time.process_time() - began) * 1_000)
    return float(np.median(taken))


def _milliseconds(
    cases: Sequence[Case], embedder: Embedder, *, identity: str | None = None
) -> float:
    """Return the median CPU time of weighing a claim; identity: another embedder's, by words."""
    taken = []
    for case in cases:
        item = Shown(number=1, id="evidence", text="\n".join(case.evidence))
        claim = Claim(0, len(case.claim), case.claim)
        began = time.process_time()
        _weigh([claim], [item], embedder, identity or embedder.identity)
        taken.append((time.process_time() - began) * 1_000)
    return float(np.median(taken))


def _weigh(claims: Sequence[Claim], items: Sequence[Shown], embedder: Embedder, name: str) -> None:
    """Weigh claims together, each against all items. name: the embedder's, or another's."""
    facts = [findings(claim.text, claim, items, WHEN) for claim in claims]
    supports(claims, [items] * len(claims), facts, embedder.embed_queries, embedder=name)


def _best(found: Floats, labels: NDArray[np.bool_]) -> float:
    tried = np.unique(np.quantile(found, np.linspace(0, 1, 201)))
    return float(max(tried, key=lambda each: _balanced(found, labels, float(each))))


def _common(found: Sequence[Rows], score: Callable[[Rows], Floats]) -> float:
    """Return the threshold with the best mean over the fitting halves of all sets."""
    halves = [each.only(~each.reported) for each in found]
    scored = [score(each) for each in halves]
    tried = np.unique(np.quantile(np.concatenate(scored), np.linspace(0, 1, 201)))

    def mean(threshold: float) -> float:
        each = [
            _balanced(values, half.supported, threshold)
            for values, half in zip(scored, halves, strict=True)
        ]
        return float(np.mean(each))

    return float(max(tried, key=lambda each: mean(float(each))))


def _balanced(found: Floats, labels: NDArray[np.bool_], threshold: float) -> float:
    """Return the mean of the shares of supported and of other claims that are told as such."""
    told = found >= threshold
    return float((told[labels].mean() + (~told[~labels]).mean()) / 2)


def _calibration(found: Floats, labels: NDArray[np.bool_]) -> float:
    """Return the calibration error where half of all claims are supported."""
    draw = np.random.default_rng(1)
    most = min(int(labels.sum()), int((~labels).sum()))
    yes = draw.choice(np.flatnonzero(labels), most, replace=False)
    no = draw.choice(np.flatnonzero(~labels), most, replace=False)
    chosen = np.concatenate([yes, no])
    return logistic.calibration_error(found[chosen].tolist(), labels[chosen].tolist())


def _interval(
    found: Floats, labels: NDArray[np.bool_], threshold: float, seed: int
) -> tuple[float, float]:
    """Return what 95 % of resampled halves lie between."""
    draw = np.random.default_rng(seed)
    values = []
    for _ in range(_RESAMPLED):
        chosen = draw.integers(0, len(labels), len(labels))
        if 0 < labels[chosen].sum() < len(labels):
            values.append(_balanced(found[chosen], labels[chosen], threshold))
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
