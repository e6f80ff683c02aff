"""Candidates compared with each other: which of them say the same.

    same text                          ─▶ the same, if their titles are not of one template
    signatures alike, other source     ─▶ the same, if word by word it is the same statement
    same address, other source         ─▶ an excerpt, if one stands in the other word for word

Words that are only nearly the same count across sources alone: within one source they are two
items of one template.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations

from grounding.query.records import Candidate, Evidence
from grounding.query.wording import (
    Title,
    Wording,
    are_of_one_template,
    is_excerpt,
    is_same_statement,
    title,
    wording,
)
from indexer.signature import alike

_WORTH_A_LOOK = 0.65
"""Estimates are off by 0.04: three and a half times that below what the texts must share."""
_SPACES = bytes(range(0x09, 0x0E)) + bytes(range(0x1C, 0x21))
"""What `str.split` takes for white space among ASCII."""
_MOST_COMPARED = 400
"""A bound for a flood: what ranks below is the same only if its text is."""


class Comparison:
    """Candidates being compared with each other, by their places; each is taken apart once."""

    def __init__(self, given: Sequence[Candidate]) -> None:
        self._cited = [candidate.evidence for candidate in given]
        self._signatures = [candidate.signature for candidate in given]
        self._wordings: dict[int, Wording] = {}
        self._titles: dict[str, Title] = {}
        self._plain: dict[int, str] = {}
        self.letters = [each.letters or letters_of(each.evidence.text) for each in given]

    def worth_a_look(self) -> Iterator[tuple[int, int]]:
        """Yield the pairs of different sources that may say the same in nearly the same words."""
        if len({cited.source for cited in self._cited}) > 1:
            for one, other in alike(self._signatures[:_MOST_COMPARED], least=_WORTH_A_LOOK):
                if self._is_elsewhere(one, other) and not self.has_text_of(one, other):
                    yield one, other

    def has_text_of(self, one: int, other: int) -> bool:
        """Whether nothing tells two texts apart but case, width and spacing."""
        return self.letters[one] == self.letters[other] and self._plainly(one) == self._plainly(
            other
        )

    def is_near(self, one: int, other: int) -> bool:
        """Whether two candidates say the same, word by word."""
        return self.is_about_the_same(one, other) and is_same_statement(
            self._wording(one), self._wording(other)
        )

    def is_about_the_same(self, one: int, other: int) -> bool:
        """Whether nothing but their texts tells two candidates apart."""
        here, there = self._cited[one], self._cited[other]
        if here.document_id == there.document_id:
            return True
        if here.state is not there.state:
            return False
        return here.title == there.title or not are_of_one_template(
            self._title(here.title),
            self._title(there.title),
            by_numbers_alone=here.source != there.source,
        )

    def excerpts(self, places: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Yield pairs of one address: a passage, and one of another source that holds it whole."""
        at: dict[str, list[int]] = {}
        if len({cited.source for cited in self._cited}) == 1:
            return
        for place in places:
            if self._cited[place].url and self._signatures[place]:
                at.setdefault(_address(self._cited[place]), []).append(place)
        for one, other in (pair for some in at.values() for pair in permutations(some, 2)):
            if self._is_elsewhere(one, other) and self._is_excerpt(one, other):
                yield one, other

    def _is_elsewhere(self, one: int, other: int) -> bool:
        return self._cited[one].source != self._cited[other].source

    def _is_excerpt(self, one: int, other: int) -> bool:
        here, there = self._cited[one], self._cited[other]
        return here.state is there.state and is_excerpt(here.text, there.text)

    def _wording(self, place: int) -> Wording:
        if place not in self._wordings:
            self._wordings[place] = wording(self._cited[place].text)
        return self._wordings[place]

    def _plainly(self, place: int) -> str:
        if place not in self._plain:
            self._plain[place] = " ".join(_folded(self._cited[place].text).split())
        return self._plain[place]

    def _title(self, text: str) -> Title:
        if text not in self._titles:
            self._titles[text] = title(text)
        return self._titles[text]


def _address(cited: Evidence) -> str:
    return (cited.url or "").partition("#")[0].rstrip("/")


def letters_of(text: str) -> int:
    """Return a number that is the same for texts of which only case, width and spacing differ.

    It tells most other texts apart, at a tenth of what comparing them without these takes.
    """
    if text.isascii():
        return hash(text.encode().lower().translate(None, _SPACES))
    return hash("".join(_folded(text).split()).encode(errors="surrogatepass"))


def _folded(text: str) -> str:
    """The text without what does not change its meaning, spacing aside: case, width."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()
