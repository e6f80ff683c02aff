"""Words in quotation marks, which must occur as they are quoted."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from grounding.query.analysis.quotes import quoted

_FEWEST: Final = 3
_INK: Final = re.compile(r"[^\W_]+")
_CUT: Final = re.compile(r"…|\.\s?\.\s?\.|\[[^\[\]\n]{0,60}\]")


def quotations(text: str) -> list[tuple[int, int]]:
    """Return where quotations of three words and more stand, without their marks."""
    return [span for span in quoted(text) if len(_INK.findall(text[slice(*span)])) >= _FEWEST]


@dataclass(frozen=True, slots=True)
class Ink:
    """The words of a text in no case, to find several of them in a row.

    places: where each stands in the text. line: all of them, each between line feeds; offsets: of
    each in `line`.
    """

    places: tuple[tuple[int, int], ...]
    line: str
    offsets: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> "Ink":
        found = list(_INK.finditer(text))
        plain = [match[0].casefold() for match in found]
        offsets = accumulate((len(word) + 1 for word in plain), initial=0)
        return cls(tuple(match.span() for match in found), _lined(plain), tuple(offsets))


def place_of(quotation: str, ink: Ink) -> tuple[int, int] | None:
    """Return where a text has every part of a quotation, in order; case, space and marks aside."""
    parts = [[word.casefold() for word in _INK.findall(part)] for part in _CUT.split(quotation)]
    first, at = -1, 0
    for part in filter(None, parts):
        found = ink.line.find(_lined(part), ink.offsets[at])
        if found < 0:
            return None
        place = bisect_left(ink.offsets, found)
        first, at = (place if first < 0 else first), place + len(part)
    return None if first < 0 else (ink.places[first][0], ink.places[at - 1][1])


def _lined(some: Sequence[str]) -> str:
    return "\n".join(("", *some, ""))
