"""Cut passages into sentences, and say how near each of them comes to a question.

A sentence scores by the words it shares with the question, each by its rarity among all sentences
that are compared; the question's literal terms count again. Words are cut to their first letters,
which takes most endings off and costs nothing.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from grounding.query.analysis.terms import terms
from grounding.query.words import words_of
from indexer.pieces import sentence_starts

_LETTERS_KEPT = 6
_HALF = re.compile(r"\d\s?[ap]\.m\.\s*$")
_LONGEST_HALF = 9
_ZONE = re.compile(r"(?:[ECMP][SD]?T|GMT|UTC|BST|CES?T|IST|JST)\b")
_TERM_WEIGHT = 2.0


def spans(text: str) -> list[tuple[int, int]]:
    """Return the sentences of `text` without the white space around them, as offsets into it."""
    starts = sentence_starts(text, 0, len(text))
    bounds = sorted({0, *(start for start in starts if not _is_in_time(text, start)), len(text)})
    found = []
    for start, end in pairwise(bounds):
        ink = text[start:end].strip()
        if ink:
            first = start + len(text[start:end]) - len(text[start:end].lstrip())
            found.append((first, first + len(ink)))
    return found


def _is_in_time(text: str, start: int) -> bool:
    """Whether a time of day stands around a place, as in 3 p.m. EST."""
    is_after_half = _HALF.search(text[max(0, start - _LONGEST_HALF) : start]) is not None
    return is_after_half and _ZONE.match(text, start) is not None


def scores(question: str, sentences: Sequence[str]) -> list[float]:
    """Return how near each sentence comes to the question; 0 where it shares no word with it."""
    wanted = set(_stems(question))
    held = [wanted.intersection(_stems(sentence)) for sentence in sentences]
    counts = Counter(stem for stems in held for stem in stems)
    rarity = {
        stem: math.log((len(sentences) + 1) / (count + 0.5)) for stem, count in counts.items()
    }
    literal = [(term.text.casefold(), set(_stems(term.text))) for term in terms(question)]
    return [
        sum(rarity[stem] for stem in sorted(stems)) + _of_terms(literal, stems, sentence, rarity)
        for stems, sentence in zip(held, sentences, strict=True)
    ]


def _of_terms(
    literal: Iterable[tuple[str, set[str]]],
    stems: set[str],
    sentence: str,
    rarity: dict[str, float],
) -> float:
    """Count the words of a term again where it stands in the sentence letter by letter."""
    folded = ""
    total = 0.0
    for text, words in literal:
        if words and words <= stems:
            folded = folded or sentence.casefold()
            if text in folded:
                total += (_TERM_WEIGHT - 1) * sum(rarity[stem] for stem in sorted(words))
    return total


def _stems(text: str) -> Iterable[str]:
    return (word[:_LETTERS_KEPT].rstrip("s") or word for word in words_of(text))
