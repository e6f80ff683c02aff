"""Words that prefer what is newest without naming a window: latest, current, now."""

import re

from grounding.query.analysis.almanac import Window
from grounding.query.analysis.reading import Core, Reading, begins_sentence
from grounding.query.analysis.records import Strength
from grounding.query.analysis.vocabulary import words

_NO_ADJECTIVE = (
    r"accounts?|affairs?|density|densities|through|in|at|of|and|or|flow(?:s|ing)?|leakage|source"
    r"|transformers?|sensors?|events|is|was|are"
)
_SHAPES = {
    "latest": r"latest\b",
    "newest": r"newest\b",
    "recent": r"recent\b",
    "recently": r"recently\b",
    "current": rf"current\b(?=\s+\w)(?!\s+(?:{_NO_ADJECTIVE})\b)",
    "currently": r"currently\b",
    "now": r"now\b(?!-\w|\s+(?:that|and then|or never)\b)",
    "nowadays": r"nowadays\b",
    "presently": r"presently\b",
    "right": r"right\s+now\b",
    "up": r"up[-\s]to[-\s]date\b",
    "these": r"these\s+days\b",
    "moment": r"moment\b",
}
_PATTERNS = {word: re.compile(shape, re.IGNORECASE) for word, shape in _SHAPES.items()}
NEWEST_WORDS = frozenset(_SHAPES)
_ELECTRIC = words("electric electrical alternating direct eddy ocean induced heat gulf")
_NOT_BEFORE = {
    "latest": frozenset({"at the"}),
    "now": frozenset({"just", "until", "till", "from", "by", "before", "ago"}),
    "current": _ELECTRIC,
}


def newest_at(reading: Reading, position: int, word: str) -> Core | None:
    """Return the preference for the newest that begins with a word at a position, if it is one."""
    pattern = _PATTERNS.get(word)
    match = pattern.match(reading.text, position) if pattern else None
    if match is None or _is_something_else(reading, position, word):
        return None
    return Core(match.end(), Window(None, None), Strength.WEAK, wants_newest=True)


def _is_something_else(reading: Reading, position: int, word: str) -> bool:
    text = reading.text
    if reading.has_case and text[position].isupper() and not begins_sentence(text, position):
        return True
    before = text[max(0, position - 30) : position].lower().replace("-", " ").split()
    if word == "moment":
        return before[-2:] != ["at", "the"]
    ruled_out = _NOT_BEFORE.get(word, frozenset())
    return before[-1:] != [] and (before[-1] in ruled_out or " ".join(before[-2:]) in ruled_out)
