"""Words in quotation marks, which must occur as they are quoted."""

import re
from typing import Final

from grounding.query.analysis.quotes import quoted

_FEWEST: Final = 3
_INK: Final = re.compile(r"[^\W_]+")
_CUT: Final = re.compile(r"…|\.\s?\.\s?\.|\[[^\[\]\n]{0,60}\]")


def quotations(text: str) -> list[tuple[int, int]]:
    """Return where quotations of three words and more stand, without their marks."""
    return [span for span in quoted(text) if len(_INK.findall(text[slice(*span)])) >= _FEWEST]


def place_of(quotation: str, text: str) -> tuple[int, int] | None:
    """Return where a text has every part of a quotation, in order; case, space and marks aside."""
    parts = [[word.casefold() for word in _INK.findall(part)] for part in _CUT.split(quotation)]
    wanted = [part for part in parts if part]
    words = list(_INK.finditer(text))
    plain = [match[0].casefold() for match in words]
    first, at = -1, 0
    for part in wanted:
        found = _find(plain, part, at)
        if found < 0:
            return None
        first, at = (found if first < 0 else first), found + len(part)
    return None if first < 0 else (words[first].start(), words[at - 1].end())


def _find(words: list[str], part: list[str], start: int) -> int:
    joined = "\n" + "\n".join(words[start:]) + "\n"
    at = joined.find("\n" + "\n".join(part) + "\n")
    return -1 if at < 0 else start + joined.count("\n", 0, at)
