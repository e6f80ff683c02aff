"""Edits of real passages: some leave them the same statement, some make them another one."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from random import Random

Edit = Callable[[str, Random, Sequence[str]], str | None]
"""Edit a passage, with words of other passages at hand; None where there is nothing to edit."""

_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}")
_VERB = re.compile(r"\b(?:is|was|are|were|has|have|will|would|can|could)\b")
_END = re.compile(r"(?<=[a-z]{3}[.!?]) (?=[A-Z])")
_ADDED = (
    "Read more about this on our Site.",
    "Have a look at our Newsletter to stay informed about what matters to you.",
    "Photo by Ann Stone for the Evening Post.",
    "Follow the author on Twitter.",
    "The views in this column are those of the author.",
)
_OPPOSITES = (
    ("up", "down"), ("rose", "fell"), ("rise", "fall"), ("higher", "lower"), ("won", "lost"),
    ("before", "after"), ("above", "below"), ("open", "closed"), ("approved", "rejected"),
    ("increase", "decrease"), ("over", "under"), ("first", "second"), ("two", "three"),
    ("killed", "injured"), ("million", "billion"),
)  # fmt: skip


def _typography(text: str, draw: Random, words: Sequence[str]) -> str:
    del draw, words
    curly = text.replace('"', "“").replace("'", "’").replace(" - ", " — ")
    return re.sub(r"\n+", "\n\n", curly).replace(" ", "\u00a0 ", 3)


def _credits(text: str, draw: Random, words: Sequence[str]) -> str:
    del words
    town = draw.choice(("LONDON", "NEW YORK, Jan 5", "Paris"))
    return f"By Jo Lee and Ann Stone\n\n{town} (Reuters) - {text}\n\n© 2024 The Evening Post"


def _sentence_more(text: str, draw: Random, words: Sequence[str]) -> str:
    del words
    return f"{text} {draw.choice(_ADDED)}"


def _sentence_less(text: str, draw: Random, words: Sequence[str]) -> str | None:
    """Leave one sentence out that tells no number, of ten words at most."""
    del words
    sentences = _END.split(text)
    short = [each for each in sentences if len(each.split()) <= 10 and not _NUMBER.search(each)]
    if len(sentences) < 5 or not short:
        return None
    left_out = draw.choice(short)
    return " ".join(each for each in sentences if each is not left_out)


def _sentences_moved(text: str, draw: Random, words: Sequence[str]) -> str | None:
    del words
    sentences = _END.split(text)
    if len(sentences) < 4:
        return None
    place = draw.randrange(1, len(sentences))
    return " ".join(
        each if each[-1] in ".!?" else f"{each}." for each in sentences[place:] + sentences[:place]
    )


def replaced(percent: int) -> Edit:
    """Return an edit that puts other words for so many in a hundred, at least one, all long ones.

    Short words and those of grammar stay: another one seldom makes another statement.
    """

    def edit(text: str, draw: Random, words: Sequence[str]) -> str | None:
        given, long = text.split(" "), [word for word in words if _is_long(word)]
        places = [place for place, word in enumerate(given) if _is_long(word)]
        count = max(1, round(len(given) * percent / 100))
        for place in draw.sample(places, min(count, len(places))):
            given[place] = draw.choice(long)
        return " ".join(given) if len(places) >= count else None

    return edit


def _is_long(word: str) -> bool:
    is_grammar = word in ("which", "their", "these", "those")
    return len(word) >= 5 and word.isalpha() and word.islower() and not is_grammar


def dropped(percent: int, *, is_ordinary: Callable[[str], bool]) -> Edit:
    """Return an edit that leaves so many words in a hundred out, at least one."""

    def edit(text: str, draw: Random, words: Sequence[str]) -> str | None:
        del words
        given = text.split(" ")
        places = [place for place, word in enumerate(given) if is_ordinary(word)]
        count = max(1, round(len(given) * percent / 100))
        gone = set(draw.sample(places, min(count, len(places))))
        kept = [word for place, word in enumerate(given) if place not in gone]
        return " ".join(kept) if len(places) >= count else None

    return edit


def _other_number(text: str, draw: Random, words: Sequence[str]) -> str | None:
    del words
    found = list(_NUMBER.finditer(text))
    if not found:
        return None
    one = draw.choice(found)
    other = str(int(one[0][:15]) + draw.choice((1, 7, 10)))
    return text[: one.start()] + other + text[one.end() :]


def _numbers_swapped(text: str, draw: Random, words: Sequence[str]) -> str | None:
    del words
    found = list(_NUMBER.finditer(text))
    pairs = [(a, b) for a, b in pairwise(found) if a[0] != b[0]]
    if not pairs:
        return None
    one, other = draw.choice(pairs)
    between = text[one.end() : other.start()]
    return text[: one.start()] + other[0] + between + one[0] + text[other.end() :]


def _other_name(text: str, draw: Random, words: Sequence[str]) -> str | None:
    found = list(_NAME.finditer(text))
    if not found:
        return None
    one = draw.choice(found)
    return text[: one.start()] + draw.choice(words).capitalize() + text[one.end() :]


def _negated(text: str, draw: Random, words: Sequence[str]) -> str | None:
    del words
    found = list(_VERB.finditer(text))
    if not found:
        return None
    one = draw.choice(found)
    return f"{text[: one.end()]} not{text[one.end() :]}"


def _opposite(text: str, draw: Random, words: Sequence[str]) -> str | None:
    del words
    both = [*_OPPOSITES, *((b, a) for a, b in _OPPOSITES)]
    there = [(a, b) for a, b in both if re.search(rf"\b{a}\b", text)]
    if not there:
        return None
    one, other = draw.choice(there)
    return re.sub(rf"\b{one}\b", other, text, count=1)


def _spelling(text: str, draw: Random, words: Sequence[str]) -> str | None:
    """Write one word in the way of the other side of the ocean."""
    del words
    found = list(re.finditer(r"(?<=\b[a-z]{4})(?:our|or)(?=s?\b)", text))
    if not found:
        return None
    one = draw.choice(found)
    other = {"our": "or", "or": "our"}[one[0]]
    return text[: one.start()] + other + text[one.end() :]


SAME: Mapping[str, Edit] = {
    "typography": _typography,
    "credits": _credits,
    "spelling": _spelling,
    "a sentence more": _sentence_more,
    "a sentence less": _sentence_less,
    "sentences moved": _sentences_moved,
}
DIFFERENT: Mapping[str, Edit] = {
    "another number": _other_number,
    "two numbers swapped": _numbers_swapped,
    "another name": _other_name,
    "a negation": _negated,
    "an opposite": _opposite,
}
