"""How much of a question occurs in passages: its words, weighted by rarity, and its literal terms.

How rare a word is is taken from the passages themselves: one that all of them use tells them
apart from nothing. The statistics of a collection are not needed, so a share means the same in a
collection of any size.

Words are compared by their beginnings, so that "vaccines" is found in "vaccine" and "vaccination".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import fsum, log

from grounding.query.analysis.terms import terms
from grounding.query.analysis.vocabulary import words
from grounding.query.words import is_unspaced, words_of

_MOST_WORDS = 64
_LONGEST_PASSAGE = 4_000
_SMALL_WORDS = words(
    "a about above after again against all also am an and any are as at be because been before"
    " being between both but by can could did do does doing during each either else ever every for"
    " from further had has have having he her here hers him his how i if in into is it its itself"
    " just like many may me might more most much must my no nor not of off on one only or other our"
    " out over own per same shall she should so some such than that the their them then there these"
    " they this those through to too under until up upon us very via was we were what when where"
    " which while who whom whose why will with within without would you your s t"
    " tell give show explain describe say said deal"
)
_BETWEEN = re.compile(r"[\W_]+")
_ASCII_BETWEEN = "".join(each if each.isalnum() else " " for each in map(chr, range(128)))
_ENDING = re.compile(r"(?:ations?|ingly|ings?|ies|ied|ed|es|ly|s|e|y)$")
_SHORTEST_STEM = 4
_TOGETHER = 3


@dataclass(frozen=True, slots=True)
class Coverage:
    """Shares in [0, 1] of what a question holds; 0 where it holds nothing of the kind.

    words_best: in the first passage. words_three, terms_three: in the first three together.
    term_count: how many different literal terms the question holds.
    """

    words_best: float = 0.0
    words_three: float = 0.0
    terms_three: float = 0.0
    term_count: int = 0


def coverage(question: str, passages: Sequence[str]) -> Coverage:
    """Say how much of a question the passages hold, best passage first."""
    said = [_flat(passage[:_LONGEST_PASSAGE]) for passage in passages]
    asked = list(dict.fromkeys(_needles(question)))[:_MOST_WORDS]
    literal = list(dict.fromkeys(_flat(term.text) for term in terms(question)))[:_MOST_WORDS]
    literal = [term for term in literal if term.strip()]
    held = [[needle in text for needle in asked] for text in said]
    weights = [_rarity(sum(column), len(said)) for column in zip(*held, strict=True)]
    named = [[term in text for term in literal] for text in said[:_TOGETHER]]
    return Coverage(
        words_best=_share(held[0], weights) if held else 0.0,
        words_three=_share(_either(held[:_TOGETHER]), weights),
        terms_three=_share(_either(named), [1.0] * len(literal)),
        term_count=len(literal),
    )


def _rarity(holding: int, passages: int) -> float:
    return log((passages + 1.5) / (holding + 0.5))


def _share(is_held: Sequence[bool], weights: Sequence[float]) -> float:
    total = fsum(weights)
    held = fsum(weight for weight, has in zip(weights, is_held, strict=False) if has)
    return min(1.0, held / total) if total > 0 else 0.0


def _either(rows: Sequence[Sequence[bool]]) -> list[bool]:
    return [any(column) for column in zip(*rows, strict=True)]


def _flat(text: str) -> str:
    folded = text.casefold()
    if folded.isascii():
        return f" {' '.join(folded.translate(_ASCII_BETWEEN).split())} "
    return f" {_BETWEEN.sub(' ', folded).strip()} "


def _needles(question: str) -> Iterator[str]:
    """Yield what to look for in a flat text, for each word of the question that says something."""
    for word in words_of(question):
        if is_unspaced(word):
            yield word
        elif word not in _SMALL_WORDS:
            stem = _ENDING.sub("", word)
            yield f" {stem}" if len(stem) >= _SHORTEST_STEM else f" {word} "
