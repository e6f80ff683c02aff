"""Does a question need fresh evidence at all? A small logistic regression, calibrated.

    question ─▶ cues of its words ─┐
                                   ├─▶ weights of need.toml ─▶ probability ─▶ is it needed?
    its vector ────────────────────┘

The vector is the one that a search makes anyway; what it says is for one embedder only, and with
another one the words decide alone, by weights of their own. Where nothing can be judged, as in a
language whose words are not known, evidence is needed: looking for it in vain costs less than an
answer that is out of date. `python -m benchmarks.routing.train` writes the weights.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from math import exp
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from connectors.clock import Clock, utc_now
from grounding.gateway.routing.cues import LONGEST, MEANINGS, NAMES, cues
from grounding.query.analysis.vocabulary import words

_WEIGHTS: Final = "need.toml"
_MOST_REASONS: Final = 3
_LEAST_SAID: Final = 0.15
_FOREIGN_WORDS: Final = 4
_OTHERS: Final = 2
"""One alone may be of a name, as in El Salvador."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_ENGLISH: Final = words(
    "the a an of in on at to for and or is are was were be been do does did has have had will would"
    " can could should what which who whom whose when where why how it its this that these those"
    " my your his her our their me you i we he she they with from by as about into not no than if"
    " please write give tell make show find explain there many much more most up out over after"
)
_NOT_ENGLISH: Final = words(
    "le la les un une des du est et quel quelle qui que pour avec dans sur combien der das und ist"
    " wie wer wo wann warum ein eine nicht den dem von mit el los las es cual cuanto cuando"
    " donde quien por para con il lo che chi quanto quando della nel um uma qual quem onde het een"
    " wat waar hoeveel van voor"
)
"""Small words of languages that the shipped embedder knows little of, rare in English."""


@dataclass(frozen=True, slots=True)
class Need:
    """Whether a question needs fresh evidence.

    probability: in [0, 1], calibrated where half of all questions need it.
    reasons: what decided, for a person to read.
    """

    is_needed: bool
    probability: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression.

    embedder: what the identity begins with of the embedder whose vectors are weighed; empty where
        none are.
    of: one weight a cue, by its name.
    direction: [d], one weight for each component of the vector; [0] where it is not weighed.
    """

    embedder: str
    intercept: float
    threshold: float
    of: Mapping[str, float]
    direction: NDArray[np.float64]


class NeedJudge:
    """Judges questions for a service with one embedder; may be used from several threads."""

    def __init__(self, embedder: str | None = None, *, clock: Clock = utc_now) -> None:
        """Take the embedder's identity; None is one that is not known."""
        self._weights, self._without = weights_for(embedder), weights_for(None)
        self._clock = clock

    def judge(
        self,
        question: str,
        vector: NDArray[np.float32] | None,
        *,
        series: Sequence[str] = (),
        now: datetime | None = None,
    ) -> Need:
        """Say whether a question needs evidence.

        vector: [d], of the whole question as the service's embedder embeds queries; None, or of
            another dimension, leaves it out.
        series: names of known series that the question calls by name: their values are needed.
        now: aware, the instant that is asked from; the present unless given.
        """
        text = question[:LONGEST]
        if series:
            return Need(True, 1.0, (f"it names a known series: {', '.join(series)}",))
        said = _WORD.findall(text)
        if not said and not any(map(str.isdigit, text)):
            return Need(False, 0.0, ("it has no words",))
        if _is_foreign(said):
            return Need(True, 0.5, ("it is not in English, so it cannot be judged",))
        found = cues(text, now=now or self._clock())
        weights = self._weights_for(vector)
        leaning = _leaning(vector, weights)
        probability = probability_of(found, leaning, weights)
        is_needed = probability >= weights.threshold
        return Need(is_needed, probability, _reasons(found, leaning, weights, is_needed=is_needed))

    def _weights_for(self, vector: NDArray[np.float32] | None) -> Weights:
        if vector is None or vector.shape != self._weights.direction.shape:
            return self._without
        return self._weights if np.isfinite(vector).all() else self._without


def probability_of(found: Mapping[str, float], leaning: float, weights: Weights) -> float:
    """Return the probability from the cues and from what the vector adds."""
    z = weights.intercept + leaning + sum(found[name] * w for name, w in weights.of.items())
    return 1 / (1 + exp(-max(-30.0, min(30.0, z))))


def weights_for(embedder: str | None) -> Weights:
    """Return the weights learnt with this embedder, or those of words alone."""
    fitted, without = _learnt()
    return fitted if embedder is not None and embedder.startswith(fitted.embedder) else without


def _leaning(vector: NDArray[np.float32] | None, weights: Weights) -> float:
    if vector is None or not weights.direction.size:
        return 0.0
    return float(vector.astype(np.float64) @ weights.direction)


def _is_foreign(said: Sequence[str]) -> bool:
    """Whether the words are hardly English.

    They are in another script, or more small words are of other languages than of English, or
    they have accents and no small word at all.
    """
    letters = "".join(said)
    latin = sum(each < "ɐ" for each in letters)
    if letters and latin < 0.5 * len(letters):
        return True
    small = {word.lower() for word in said}
    english, others = len(small & _ENGLISH), len(small & _NOT_ENGLISH)
    if others >= _OTHERS and others > english:
        return True
    has_marks = any(each > "\x7f" for each in letters)
    return has_marks and len(said) >= _FOREIGN_WORDS and not english


def _reasons(
    found: Mapping[str, float], leaning: float, weights: Weights, *, is_needed: bool
) -> tuple[str, ...]:
    """Name what weighed most towards the decision, then what else is to be known of it."""
    side = 1 if is_needed else -1
    weighed = [(side * found[name] * weights.of[name], MEANINGS[name]) for name in NAMES]
    if weights.direction.size:
        about = "what changes" if is_needed else "what does not change"
        weighed.append((side * leaning, f"it resembles questions about {about}"))
    weighed.sort(reverse=True)
    told = [meaning for weight, meaning in weighed[:_MOST_REASONS] if weight >= _LEAST_SAID]
    if not told:
        told.append("nothing in it says otherwise")
    if not weights.direction.size:
        told.append("its words alone were weighed: the weights fit another embedder")
    return tuple(told)


@cache
def _learnt() -> tuple[Weights, Weights]:
    text = resources.files(__package__).joinpath(_WEIGHTS).read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    return _weights(tables["with_vector"]), _weights(tables["words_alone"])


def _weights(table: Mapping[str, Any]) -> Weights:  # Any: parsed TOML
    return Weights(
        embedder=table.get("embedder", ""),
        intercept=float(table["intercept"]),
        threshold=float(table["threshold"]),
        of={name: float(weight) for name, weight in table["weights"].items()},
        direction=np.array(table.get("direction", ()), dtype=np.float64),
    )
