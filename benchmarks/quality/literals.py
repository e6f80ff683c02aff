"""Questions that quote a text: a code, a number, a date, a name or words between quotation marks.

Nobody asked these questions. Each names one literal out of a document, found by patterns that have
nothing in common with those of the service, and no more than `MOST_HOLDERS` documents hold it. A
passage answers if it has the literal as it is written, case and punctuation aside.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.quality.collections import SourceDocument
from benchmarks.quality.metrics import is_said, normalised

MOST_HOLDERS = 3

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "code": re.compile(r"(?<!\S)(?=\S*[0-9])(?=\S*[A-Za-z])[\w]+(?:[-._/][\w]+)+(?=[\s,;)]|[.]\s)"),
    "number": re.compile(
        r"(?<!\S)[$€£]?[0-9][0-9,.]*[0-9] (?:people|percent|million|billion|[a-z]{3,}s)(?=[\s,.;])"
    ),
    "date": re.compile(
        rf"(?:{_MONTHS}) [0-9]{{1,2}}, [0-9]{{4}}|[0-9]{{1,2}} (?:{_MONTHS}) [0-9]{{4}}"
    ),
    "name": re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+){1,2}(?=[\s,.;])"),
    "quotation": re.compile(r"[\"“]([^\"“”\n]{20,200})[\"”]"),
}
_ASKED: Mapping[str, tuple[str, ...]] = {
    "code": ("What is said about {}?", "Where does {} occur?"),
    "number": ("What is it that has {}?", "Where is there talk of {}?"),
    "date": ("What is dated {}?", "What is said of {}?"),
    "name": ("What is said about {}?", "Who or what is {}?"),
    "quotation": ('Who wrote "{}"?', 'Where does it say "{}"?'),
}
_QUOTED_WORDS = (3, 6)


@dataclass(frozen=True, slots=True)
class LiteralQuestion:
    """A question, the literal in it, and of which kind that is."""

    text: str
    literal: str
    kind: str


def literal_questions(
    documents: Sequence[SourceDocument], *, each: int, seed: int
) -> tuple[LiteralQuestion, ...]:
    """Return at most so many questions of each kind, one at most out of a document."""
    draw = random.Random(seed)
    texts = [normalised(document.text) for document in documents]
    wanted = dict.fromkeys(_PATTERNS, each)
    found = []
    for document in draw.sample(documents, len(documents)):
        for kind, literal in _literals(document.text, draw):
            if wanted[kind] and _is_rare(literal, texts):
                wanted[kind] -= 1
                text = draw.choice(_ASKED[kind]).format(literal)
                found.append(LiteralQuestion(text, literal, kind))
                break
        if not any(wanted.values()):
            break
    return tuple(found)


def place_of(literal: str, passages: Sequence[str]) -> int | None:
    """Return how many passages have to be read until one holds the literal."""
    said = normalised(literal)
    places = (k for k, text in enumerate(passages, start=1) if is_said(said, normalised(text)))
    return next(places, None)


def _literals(text: str, draw: random.Random) -> Iterator[tuple[str, str]]:
    """Yield one literal of each kind that the text has, kinds in an order drawn anew."""
    for kind in draw.sample([*_PATTERNS], len(_PATTERNS)):
        listed = [match[match.lastindex or 0] for match in _PATTERNS[kind].finditer(text)]
        if listed:
            literal = draw.choice(listed)
            yield kind, _part(literal, draw) if kind == "quotation" else literal


def _part(quotation: str, draw: random.Random) -> str:
    words = quotation.split()
    length = min(draw.randint(*_QUOTED_WORDS), len(words))
    first = draw.randint(0, len(words) - length)
    return " ".join(words[first : first + length])


def _is_rare(literal: str, texts: Sequence[str]) -> bool:
    said = normalised(literal)
    holders = 0
    for text in texts:
        holders += is_said(said, text)
        if holders > MOST_HOLDERS:
            return False
    return holders > 0
