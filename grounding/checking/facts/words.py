"""Words of a text, to be looked up: in no case, without accents, and with their other endings."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from grounding.checking.facts.aliases import alike, is_code, numerals
from grounding.query.analysis.vocabulary import words

WORD: Final = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,9}|[^\W_]+")
SMALL: Final = words(
    "of the de la le van von der den del della di da du dos das al el bin ibn y and a an for in on"
    " at to s"
)
TITLES: Final = words(
    "mr mrs ms dr sir dame lord lady prof professor president senator sen rep representative"
    " governor gov minister prime king queen prince princess captain capt general gen col colonel"
    " lt sgt pope saint st judge justice chancellor secretary mayor ceo cfo pm vice chair chairman"
    " chairwoman leader deputy acting version the"
)
ENDINGS: Final = words("inc ltd corp co llc plc company corporation jr sr")
ROOT: Final = 4
_OF_STEM: Final = words("an ian ans ians ese ish ies ied ing ings ed es ic e y i")
"""What may take the place of the last letter of a word: Italy, Italian."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word in no case and without accents, and where it stands."""

    text: str
    start: int
    end: int
    is_capital: bool
    is_loud: bool


@dataclass(frozen=True)
class Words:
    """The words of a text, to be looked up."""

    all: tuple[Word, ...]
    places: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> "Words":
        every = tuple(
            Word(folded(match[0]), *match.span(), match[0][0].isupper(), match[0].isupper())
            for match in WORD.finditer(text)
        )
        made = cls(every)
        for i, word in enumerate(every):
            made.places.setdefault(word.text, []).append(i)
        return made

    @cached_property
    def looked_up(self) -> dict[tuple[tuple[str, ...], bool, bool], tuple[int, int] | None]:
        """Where names stand that were looked for: by their words, and how they are written."""
        return {}

    @cached_property
    def starts(self) -> list[int]:
        return [word.start for word in self.all]

    @cached_property
    def roots(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for word in self.places:
            if len(word) >= ROOT:
                found.setdefault(word[:ROOT], []).append(word)
        return found

    def within(self, start: int, end: int) -> Sequence[Word]:
        first = bisect_left(self.starts, start)
        return self.all[first : bisect_left(self.starts, end)]

    def _named(self, word: str) -> Iterator[int]:
        """Yield the places of a word, of a short one only those in capitals."""
        for place in self.places.get(word, ()):
            found = self.all[place]
            if found.is_loud or len(word) >= ROOT or (found.is_capital and not is_code(word)):
                yield place

    def numbered(self, word: str) -> Iterator[int]:
        """Yield the places where the numeral of a name is written otherwise."""
        for other in numerals(word):
            yield from self._named(other) if other[0].isalpha() else self.places.get(other, ())

    def like(self, word: str) -> Iterator[int]:
        """Yield the places of a word, and of those that only end otherwise."""
        yield from self.places.get(word, ())
        for other in alike(word):
            yield from self._named(other)
        if len(word) < ROOT:
            return
        for other in self.roots.get(word[:ROOT], ()):
            if other != word and _is_form(word, other):
                yield from self.places[other]


def folded(word: str) -> str:
    """Return a word in no case, without accents and the full stops of U.S."""
    if word.isascii():
        return word.lower().replace(".", "")
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(each for each in parts if not unicodedata.combining(each))


def _is_form(one: str, other: str) -> bool:
    """Whether two words share all but an ending: America, American; company, companies."""
    short, long = sorted((one, other), key=len)
    if one.isdigit() or other.isdigit() or len(long) - len(short) > 3:
        return False
    shared = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), None)
    kept = len(short) if shared is None else shared
    if kept == len(short):
        return True
    return kept >= max(ROOT, len(short) - 1) and long[kept:] in _OF_STEM
