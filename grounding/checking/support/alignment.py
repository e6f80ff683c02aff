"""Lay a claim beside the sentences of its evidence, and say in numbers how well they go together.

    claim, items ─▶ sentences ─▶ those with most of its words ─▶ vectors ─▶ features

Words count by what they carry: numbers and names most, content words less, function words hardly.
Only the sentences that share most words with a claim are embedded, so that an answer of ten claims
against ten items costs few vectors.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.checking.records import Claim, Finding, Match, Shown
from grounding.checking.support.cues import Cues, cues, cues_of
from grounding.query.packing.sentences import spans

MOST_SENTENCES: Final = 5
"""Of all evidence, those whose vectors are compared with a claim's."""
_LONGEST: Final = 1_000
"""Characters of a sentence; what is longer, such as a table, is cut into pieces of this size."""
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?|[^\W_]")
_STEM: Final = 6
_FUNCTION: Final = frozenset(
    (  # noqa: SIM905 - read as words
        "a about above after again all also an and any are as at be because been before being "
        "below between both but by can could did do does doing during each few for from further "
        "had has have having he her here hers him his how i if in into is it its itself just may "
        "me might more most must my no nor not now of off on once only or other our out over own "
        "same shall she should so some such than that the their them then there these they this "
        "those through to too under until up us very was we were what when where which while who "
        "whom why will with would you your s t d ll re ve m said says say according"
    ).split()
)
_LEAD_IN: Final = re.compile(
    r"\s*(?:based on|according to|as per|per|from)\s(?:(?:the|these|this|my|your|all|our)\s)?"
    r"(?:(?:provided|given|retrieved|available|above|cited|search|latest|following)\s)?"
    r"(?:evidence|sources?|context|documents?|information|passages?|results?|data|articles?|texts?"
    r"|excerpts?)(?:\s(?:provided|above|given|shown|available))?\s?[,:]\s*(?=\S)",
    re.IGNORECASE,
)
"""What an answer begins with that evidence need not say."""
_WEIGHT_NUMBER: Final = 2.0
_WEIGHT_NAME: Final = 1.5
_WEIGHT_FUNCTION: Final = 0.1
_SHORT: Final = 6.0
"""Weight of the words of a claim up to which each missing one counts in full."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text as they are compared: stems with weights, in order."""

    stems: tuple[str, ...]
    weights: tuple[float, ...]

    @property
    def total(self) -> float:
        return sum(self.weights)

    def covered_by(self, held: frozenset[str]) -> float:
        """Return which share of the weight stands in `held`; 0 for no words."""
        there = sum(w for stem, w in zip(self.stems, self.weights, strict=True) if stem in held)
        return there / self.total if self.stems else 0.0


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an item: `text` is `item.text[start:end]`.

    stems: of its words and of those of the item's title, which says what all of it is about.
    """

    number: int
    start: int
    end: int
    text: str
    stems: frozenset[str]
    pairs: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Aligning:
    """A claim beside the sentences that share most with it, the best first.

    everything: all stems of the evidence, titles included.
    count: how many sentences the evidence has.
    facts: how its numbers, dates, names and quotations stand in the evidence.
    """

    claim: Claim
    words: Words
    best: tuple[Sentence, ...]
    everything: frozenset[str]
    cues: Cues
    count: int
    facts: frozenset[Match]

    @property
    def texts(self) -> list[str]:
        """What is to be embedded: the claim, then each sentence."""
        return [self.claim.text, *(each.text for each in self.best)]


def words(text: str) -> Words:
    """Return the words of a text with what they weigh."""
    found = _WORD.findall(text)
    stems = tuple(_stem(word) for word in found)
    weights = tuple(
        _weight(word, is_first=i == 0 or found[i - 1] in {".", "!"}) for i, word in enumerate(found)
    )
    return Words(stems, weights)


def aligning(claim: Claim, items: Sequence[Shown], found: Iterable[Finding]) -> Aligning:
    """Choose the sentences that share most of a claim's words.

    found: what became of its facts in these items.
    """
    claim = replace(claim, text=_LEAD_IN.sub("", claim.text))
    said = words(claim.text)
    said_there = [each for item in items for each in sentences(item.number, item.text, item.title)]
    everything = frozenset[str]().union(*(each.stems for each in said_there))
    pairs = frozenset(pairwise(said.stems))
    ranked = sorted(said_there, key=lambda each: -_shared(said, pairs, each))
    return Aligning(
        claim=claim,
        words=said,
        best=tuple(ranked[:MOST_SENTENCES]),
        everything=everything,
        cues=cues_of(claim.text),
        count=len(said_there),
        facts=frozenset(each.match for each in found),
    )


@lru_cache(maxsize=512)
def sentences(number: int, text: str, title: str) -> tuple[Sentence, ...]:
    """Return the sentences of an item's text; claims of an answer are held against the same."""
    made, above = [], frozenset(words(title).stems)
    for start, end in _pieces(spans(text)):
        stems = words(text[start:end]).stems
        pairs = frozenset(pairwise(stems))
        made.append(Sentence(number, start, end, text[start:end], above.union(stems), pairs))
    return tuple(made)


def features(one: Aligning, vectors: NDArray[np.float32] | None) -> dict[str, float]:
    """Return what is weighed, by name; each is 0 where there is nothing to compare.

    vectors: of `one.texts`, [1 + sentences, d], unit length; None leaves meaning out.
    """
    if not one.best or not one.words.stems:
        return dict.fromkeys(LEXICAL if vectors is None else (*LEXICAL, *DENSE), 0.0)
    found = _lexical(one)
    if vectors is not None:
        found |= _dense(vectors)
    return found


LEXICAL: Final = (
    "words_best", "words_two", "words_all", "words_missing", "facts_missing", "facts_differ",
    "negation", "opposite",
)  # fmt: skip
DENSE: Final = ("meaning_best", "meaning_more")


def _lexical(one: Aligning) -> dict[str, float]:
    said, best = one.words, one.best
    nearest = max(best, key=lambda each: said.covered_by(each.stems))
    compared = cues(one.cues, cues_of(nearest.text))
    there = said.covered_by(one.everything)
    return {
        "words_best": said.covered_by(nearest.stems),
        "words_two": _with_another(said, best),
        "words_all": there,
        "words_missing": (1 - there) * min(1.0, _SHORT / said.total),
        "facts_missing": float(Match.MISSING in one.facts),
        "facts_differ": float(Match.DIFFERS in one.facts),
        "negation": float(compared.negation_differs),
        "opposite": float(compared.is_opposite),
    }


def _dense(vectors: NDArray[np.float32]) -> dict[str, float]:
    near = np.sort(vectors[1:] @ vectors[0])[::-1]
    return {"meaning_best": float(near[0]), "meaning_more": float(near[:3].mean())}


def _with_another(said: Words, best: Sequence[Sentence]) -> float:
    """Return the best coverage by the first of the chosen sentences and another."""
    first = best[0].stems
    return max(said.covered_by(first | each.stems) for each in best)


def _shared(said: Words, pairs: frozenset[tuple[str, str]], sentence: Sentence) -> float:
    return said.covered_by(sentence.stems) + 0.5 * len(pairs & sentence.pairs) / max(1, len(pairs))


def _pieces(found: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    for start, end in found:
        for begin in range(start, end, _LONGEST):
            yield begin, min(end, begin + _LONGEST)


def _stem(word: str) -> str:
    folded = word.casefold().replace("’", "'").removesuffix("'s")
    if folded[0].isdigit():
        return folded.replace(",", "")
    return folded[:_STEM].rstrip("s") or folded


def _weight(word: str, *, is_first: bool) -> float:
    if word[0].isdigit():
        return _WEIGHT_NUMBER
    if word.casefold() in _FUNCTION:
        return _WEIGHT_FUNCTION
    return _WEIGHT_NAME if word[0].isupper() and not is_first else 1.0


def aligned_scores(one: Aligning, vectors: NDArray[np.float32] | None) -> Mapping[Sentence, float]:
    """Return how near each chosen sentence comes to the claim, in [0, 1]."""
    lexical = [one.words.covered_by(each.stems) for each in one.best]
    if vectors is None:
        return dict(zip(one.best, lexical, strict=True))
    near = np.clip(vectors[1:] @ vectors[0], 0.0, 1.0)
    return {
        each: (word + float(meaning)) / 2
        for each, word, meaning in zip(one.best, lexical, near, strict=True)
    }
