"""Whether two texts say the same though their words are not quite equal.

What may differ is what an editor does to a text of an agency: typography, credits, spelling, a
sentence more or less, an ordinary word left out. What may never differ is what makes another
statement of it: a word in the place of another one, a number or what stands beside it, a name, a
"not". Any word with a capital counts as a name, and so does every character of a script that has
no capitals. Two templates that were filled in differently are therefore never the same.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grounding.query.telling import TELLING, TURNING, UNIMPORTANT
from indexer.signature import FEWEST_WORDS, shingles, words

LEAST = 0.8
"""How much of their shingles two texts share to be the same: one word in 28 may be missing."""

_MOST_SPELLINGS = 5
_FEWEST_LETTERS = 3

_AGENCIES = (
    r"(?:reuters|ap|associated press|afp|agence france-presse|dpa|upi|pa media|ansa|efe|kyodo"
    r"|xinhua|tass|bloomberg)"
)
_DATELINE = rf"^[^\n()]{{0,40}}\({_AGENCIES}\)\s*[-\u2013\u2014:]+[^\S\n]*"  # LONDON (Reuters) -
_CREDIT = re.compile(
    rf"{_DATELINE}|^[^\w\n]{{0,5}}(?:{_AGENCIES}|(?:\u00a9|\(c\)|copyright\b)[^\n]*)[^\w\n]*$",
    re.IGNORECASE | re.MULTILINE,
)
_BYLINE = re.compile(
    r"^[^\w\n]{0,5}(?:(?:additional |further )?(?:reporting |writing |editing |written |edited )?by"
    r"|von|par|por|di|door)[^\S\n]+([^\d\n]{2,80})$",
    re.IGNORECASE | re.MULTILINE,
)
_BETWEEN_NAMES = ("and", "for", "in", "of", "the", "und", "et", "y", "e", "en", "de", "von", "van")
_CUT_OFF = re.compile("(?:\u2026|\\.\\.\\.)[^\n]{0,60}$")
_SENTENCE_END = re.compile("[.!?\u2026]+[\"'\u201d\u2019)\\]]*\\s+|[\u3002\uff01\uff1f]|\n\\s*\n")
_SITE = re.compile(r"\s(?:\||-|\u2013|\u2014)\s[^|\u2013\u2014]{1,40}$")


@dataclass(frozen=True, slots=True)
class Wording:
    """A text as it is compared.

    said: all words in one case. bag: how often each is there.
    numbers: each number between its two neighbours, sorted.
    sentences: the telling words of each sentence, in order, and how many sentences have just those.
    """

    said: tuple[str, ...]
    bag: Counter[str]
    shingles: frozenset[str]
    numbers: tuple[str, ...]
    sentences: Counter[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Title:
    """A title as it is compared: its words as they are written, and in one case."""

    words: frozenset[str]
    said: frozenset[str]


def wording(text: str) -> Wording:
    """Take a text apart, without the credits of who wrote and who sent it."""
    told = _BYLINE.sub(_without_names, _CREDIT.sub("", text))
    sentences = [words(each) for each in _SENTENCE_END.split(told)]
    said = [word for sentence in sentences for word in sentence]
    folded = tuple(word.casefold() for word in said)
    return Wording(
        said=folded,
        bag=Counter(folded),
        shingles=shingles(said),
        numbers=tuple(sorted(_numbers(said))),
        sentences=Counter(tuple(_telling(each)) for each in sentences if each),
    )


def is_same_statement(one: Wording, other: Wording) -> bool:
    """Whether one says all that the other says, and nothing more that would change it."""
    if one.said == other.said:
        return bool(one.said)
    if one.numbers != other.numbers or not _has_words_of(one, other):
        return False
    only_here, only_there = one.sentences - other.sentences, other.sentences - one.sentences
    if only_here and only_there:
        return False
    if any(_turns(word) for sentence in only_here | only_there for word in sentence):
        return False
    return _jaccard(one.shingles, other.shingles) >= LEAST


def is_excerpt(one: str, other: str) -> bool:
    """Whether one stands in the other word for word, as a feed gives the beginning of a page."""
    excerpt, whole = words(_CUT_OFF.sub("", one)), words(other)
    if not FEWEST_WORDS <= len(excerpt) < len(whole):
        return False
    return f" {' '.join(excerpt)} ".casefold() in f" {' '.join(whole)} ".casefold()


def title(text: str) -> Title:
    """Take a title apart, without the name of the site behind it."""
    said = words(_SITE.sub("", text))
    return Title(frozenset(said), frozenset(word.casefold() for word in said))


def are_of_one_template(one: Title, other: Title, *, by_numbers_alone: bool) -> bool:
    """Whether two titles are alike but for what tells their items apart: a place, a version."""
    if 2 * len(one.said & other.said) < max(len(one.said), len(other.said)):
        return False
    tells = _has_digit if by_numbers_alone else _is_telling
    here = any(tells(word) for word in one.words if word.casefold() not in other.said)
    there = any(tells(word) for word in other.words if word.casefold() not in one.said)
    return here and there


def _has_words_of(one: Wording, other: Wording) -> bool:
    """Whether one has the words of the other, or the other way round, but for their spelling."""
    only_here = [word for word in (one.bag - other.bag).elements() if word not in UNIMPORTANT]
    only_there = [word for word in (other.bag - one.bag).elements() if word not in UNIMPORTANT]
    few, many = sorted((only_here, only_there), key=len)
    return len(few) <= _MOST_SPELLINGS and all(
        any(_is_spelling_of(word, another) for another in many) for word in few
    )


def _is_spelling_of(word: str, another: str) -> bool:
    """Whether both are one word: colour and color, room and rooms, but not county and country."""
    short, long = sorted((word, another), key=len)
    if len(long) != len(short) + 1 or len(short) < _FEWEST_LETTERS:
        return False
    same = next(
        (i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short)
    )
    is_doubled = long[same] == long[same - 1]
    is_plural = same == len(short) and long.endswith("s")
    is_british = long[same - 1 : same + 2] == "our"
    return short[same:] == long[same + 1 :] and (is_doubled or is_plural or is_british)


def _without_names(byline: re.Match[str]) -> str:
    """Leave the line out if only names follow: "By order of the sheriff" is no credit."""
    named = words(byline[1])
    is_credit = all(word[0].isupper() or word in _BETWEEN_NAMES for word in named)
    return "" if is_credit else byline[0]


def _numbers(said: Sequence[str]) -> Iterable[str]:
    """Each number with the words beside it, across sentences too: "Feb. 15" is cut in two."""
    padded = ["", *(word.casefold() for word in said), ""]
    for place, word in enumerate(padded):
        if _has_digit(word):
            yield " ".join(padded[place - 1 : place + 2])


def _telling(sentence: Sequence[str]) -> Iterable[str]:
    return (word.casefold() for word in sentence if _is_telling(word))


def _is_telling(word: str) -> bool:
    if not word.islower():
        return word.casefold() not in UNIMPORTANT
    return word in TELLING or _turns(word)


def _turns(word: str) -> bool:
    """Whether a word changes what is said even where it stands in a sentence of its own."""
    return word in TURNING or word.endswith("n't") or _has_digit(word)


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)
