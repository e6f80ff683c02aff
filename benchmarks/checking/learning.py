"""Claims of three sets as numbers, and what is learnt from the half of them that is for fitting."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.checking import sets
from benchmarks.checking.sets import Case, Label, is_reported
from benchmarks.quality import logistic
from benchmarks.quality.logistic import Floats, Line
from grounding.checking.facts.findings import findings
from grounding.checking.records import Claim, Shown, When
from grounding.checking.support.alignment import DENSE, LEXICAL, Aligning, aligning, features
from grounding.checking.support.scorer import SIZES, Embed, Scorer, read

NAMES: Final = (*LEXICAL, *DENSE)
WHEN: Final = When(datetime(2026, 11, 1, tzinfo=UTC))
"""The present of every claim; hardly any speaks of it."""
EMBEDDER: Final = "all-MiniLM-L6-v2"
PAIRS: Final = "ClimateFEVER, one sentence"
WHOLE: Final = "ClimateFEVER, all five"
_PENALTY: Final = 0.01
_RELATED: Final = 0.25
"""Of claims that are supported 97 % and more come as near to their own evidence, of claims held
against another's evidence a third and less."""
_RELATED_BY_WORDS: Final = 0.15
"""Likewise: 87 % and more, a quarter and less."""
_SURE: Final = 0.7
"""On the fitting halves no accuracy is lost from 0.7 upwards, at 0.65 a tenth of a point of one."""
_DIGITS: Final = 4
_WORST: Final = ("words_missing", "facts_missing", "facts_differ", "negation", "opposite")
"""What can only speak against a claim; all else can only speak for it."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Claims of one set: values [n, features], and of each [n] what is true of it.

    counts: of how many sentences its evidence is.
    """

    set: str
    values: Floats
    supported: NDArray[np.bool_]
    contradicted: NDArray[np.bool_]
    reported: NDArray[np.bool_]
    counts: NDArray[np.int64]

    def only(self, mask: NDArray[np.bool_]) -> "Rows":
        return Rows(
            self.set,
            self.values[mask],
            self.supported[mask],
            self.contradicted[mask],
            self.reported[mask],
            self.counts[mask],
        )

    def column(self, name: str) -> Floats:
        found: Floats = self.values[:, NAMES.index(name)]
        return found


def all_rows(archive: Callable[[str], Path], embed: Embed) -> list[Rows]:
    """Read all sets, as the benchmarks find archives, and lay each claim beside its evidence."""
    climate = archive(sets.CLIMATE)
    cases = {
        "WiCE": sets.wice(archive(sets.WICE)),
        PAIRS: sets.climate_pairs(climate),
        WHOLE: sets.climate_claims(climate),
        "RefChecker": sets.refchecker(archive(sets.REFCHECKER)),
    }
    return [rows(name, some, embed) for name, some in cases.items()]


def beside(case: Case) -> Aligning:
    """Lay a case's claim beside its evidence, each sentence on a line of one item."""
    item = Shown(number=1, id="evidence", text="\n".join(case.evidence))
    claim = Claim(0, len(case.claim), case.claim)
    return aligning(claim, [item], findings(case.claim, claim, [item], WHEN))


def rows(name: str, cases: Sequence[Case], embed: Embed) -> Rows:
    """Return the features of all cases that people agreed on."""
    agreed = [case for case in cases if case.label is not Label.DISPUTED]
    laid = [beside(case) for case in agreed]
    texts = list(dict.fromkeys(text for one in laid for text in one.texts))
    vectors = dict(zip(texts, embed(texts), strict=True))
    found = [features(one, np.stack([vectors[text] for text in one.texts])) for one in laid]
    return Rows(
        name,
        np.array([[each[feature] for feature in NAMES] for each in found]),
        np.array([case.label is Label.SUPPORTED for case in agreed]),
        np.array([case.label is Label.CONTRADICTED for case in agreed]),
        np.array([is_reported(case.group) for case in agreed]),
        np.array([one.count for one in laid]),
    )


def fitted(some: Sequence[Rows]) -> dict[str, Any]:  # Any: TOML
    """Learn from the fitting halves of these sets; return the content of `scorer.toml`."""
    halves = [each.only(~each.reported) for each in some]
    kinds: Mapping[str, Sequence[str]] = {"dense": NAMES, "words": LEXICAL}
    return {
        "embedder": EMBEDDER,
        "supported": 0.5,
        "sure": _SURE,
        "related": _RELATED,
        "related_by_words": _RELATED_BY_WORDS,
        **{
            kind: {
                size: _weights(_of_size(halves, least, most) or halves, names)
                for size, (least, most) in zip(SIZES, pairwise((0, *SIZES.values())), strict=True)
            }
            for kind, names in kinds.items()
        },
    }


def _of_size(halves: Sequence[Rows], least: int, most: int) -> list[Rows]:
    """Return the claims with more than `least` sentences, where a set has some of either label."""
    some = [each.only((each.counts > least) & (each.counts <= most)) for each in halves]
    return [each for each in some if 0 < each.supported.sum() < len(each.supported)]


def scorer_of(some: Sequence[Rows]) -> Scorer:
    return read(fitted(some))


def probabilities(scorer: Scorer, some: Rows, *, dense: bool = True) -> Floats:
    """Return what a scorer says of claims, by words alone or also by vectors where it is unsure."""
    found = []
    for values, sentences in zip(some.values.tolist(), some.counts.tolist(), strict=True):
        named = dict(zip(NAMES, values, strict=True))
        said = scorer.weights(dense=False, sentences=sentences).probability(named)
        if dense and said < scorer.sure:
            said = scorer.weights(dense=True, sentences=sentences).probability(named)
        found.append(said)
    return np.array(found)


def _weights(halves: Sequence[Rows], names: Sequence[str]) -> dict[str, Any]:  # Any: TOML
    """Learn one regression; a set has the weight of the root of its size.

    In each the supported count as much as all others, so that a probability of one half means what
    it says where half of all claims hold.
    """
    columns = [NAMES.index(name) for name in names]
    signs = np.array([-1.0 if name in _WORST else 1.0 for name in names])
    line: Line = logistic.fitted(
        np.vstack([each.values for each in halves])[:, columns] * signs,
        np.concatenate([each.supported for each in halves]).astype(float),
        np.concatenate([_shares(each.supported) for each in halves]),
        never_negative=range(len(names)),
        penalty=_PENALTY,
    )
    weights = (line.weights * signs).tolist()
    return {
        "intercept": round(line.intercept, _DIGITS),
        "weights": {
            name: round(each, _DIGITS) + 0.0 for name, each in zip(names, weights, strict=True)
        },
    }


def _shares(supported: NDArray[np.bool_]) -> Floats:
    alike = np.where(supported, 0.5 / supported.sum(), 0.5 / (~supported).sum())
    found: Floats = alike * np.sqrt(len(supported))
    return found
