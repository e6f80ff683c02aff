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
from indexer.pieces import sentence_starts

_LETTERS_KEPT = 6
_TERM_WEIGHT = 2.0
_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
"""Scripts that do not part words: two characters in a row stand for one."""


def spans(text: str) -> list[tuple[int, int]]:
    """Return the sentences of `text` without the white space around them, as offsets into it."""
    starts = sentence_starts(text, 0, len(text))
    bounds = sorted({0, *starts, len(text)})
    found = []
    for start, end in pairwise(bounds):
        ink = text[start:end].strip()
        if ink:
            first = start + len(text[start:end]) - len(text[start:end].lstrip())
            found.append((first, first + len(ink)))
    return found


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
    for found in _WORD.finditer(text.casefold()):
        word = found.group()
        if _UNSPACED.search(word):
            yield from (word[i : i + 2] for i in range(max(1, len(word) - 1)))
        else:
            yield word[:_LETTERS_KEPT].rstrip("s") or word
