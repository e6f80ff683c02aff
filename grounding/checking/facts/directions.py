"""Which way something went by a number: fell 6 %, a rise of 25 points, down to 84 dollars."""

import re
from dataclasses import dataclass
from typing import Final

_UP: Final = (
    r"r[io]se[sn]?|rising|increas\w+|gain(?:s|ed|ing)?|gr[eo]w(?:s|n|ing|th)?|climb\w*|jump\w*"
    r"|surg(?:e[sd]?|ing)|soar\w*|advanc(?:e[sd]?|ing)|rall(?:y|ies|ied)|expand\w*|expansion"
    r"|up(?! to)|higher|rais(?:e[sd]?|ing)|add(?:s|ed)|widen\w*|accelerat\w+"
)
_DOWN: Final = (
    r"f[ae]ll(?:s|en|ing)?|drop(?:s|ped|ping)?|declin\w+|decreas\w+|down|los(?:es?|t|ing)"
    r"|loss(?:es)?|sl[io]d(?:e|es|ing)?|slip(?:s|ped|ping)?|slump\w*|plung\w+|plummet\w*|tumbl\w+"
    r"|shed(?:s|ding)?|s[iau]nk(?:s|ing)?|shr[aiu]nk(?:s|ing)?|contract(?:s|ed|ing|ion)|reduc\w+"
    r"|lower(?:s|ed|ing)?|cut(?:s|ting)?|narrow\w*|eas(?:e[sd]|ing)"
)
_WORD: Final = re.compile(rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))\b", re.IGNORECASE)
_AFTER: Final = re.compile(
    r"[\s-]{1,2}(?:[a-z]{3,12}[\s-])?(?:increase|rise|gain|growth|jump|surge|advance|expansion|higher"
    r"|drop|fall|decline|decrease|loss|slump|plunge|reduction|contraction|cut|lower)\b"
)
_CLAUSE: Final = re.compile(r"[,;:.!?()\n](?!\d)|\b(?:and|but|while|whereas|after|before|than)\b")
_DENIED: Final = re.compile(r"\b(?:not|never|no|without)\b|n['’]t\b")
_EDGE: Final = re.compile(r"\b(from|to)(\s(?:about\s|around\s|[$€£¥]\s?)?)$", re.IGNORECASE)
_LONGEST_EDGE: Final = 16
_REACH: Final = 100


@dataclass(frozen=True, slots=True)
class Turn:
    """A word that says which way, and where it stands."""

    is_up: bool
    start: int
    end: int


def turn_of(text: str, start: int, end: int) -> Turn | None:
    """Return which way the number went that stands at a place of a text; None if none is told.

    It is told by what is right behind the number, or else by the last word before it in its clause.
    """
    if after := _AFTER.match(text, end):
        return _last(text, end, after.end())
    first = max(0, start - _REACH)
    for stop in _CLAUSE.finditer(text, first, start):
        first = stop.end()
    return _last(text, first, start)


def other_edge(said: str, said_start: int, text: str, start: int) -> Turn | None:
    """Return "from" where a number of a text is what something came from, and the claim's what it
    came to, or the other way round.

    said_start, start: where each number stands in its text.
    """
    own, other = _edge(said, said_start), _edge(text, start)
    if own is None or other is None or own[1].lower() == other[1].lower():
        return None
    end = start - len(other[2])
    return Turn(other[1].lower() == "to", end - len(other[1]), end)


def _edge(text: str, start: int) -> re.Match[str] | None:
    return _EDGE.search(text[max(0, start - _LONGEST_EDGE) : start])


def tells_a_fall(text: str) -> bool:
    return any(match["down"] for match in _WORD.finditer(text))


def _last(text: str, start: int, end: int) -> Turn | None:
    turn = None
    if _DENIED.search(text, start, end):
        return None
    for match in _WORD.finditer(text, start, end):
        turn = Turn(match["up"] is not None, *match.span())
    return turn
