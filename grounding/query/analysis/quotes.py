"""What stands between quotation marks."""

import re

_PAIRS = (
    r'"([^"\n]{1,300})"'
    r"|“([^“”\n]{1,300})[”\"]"
    r"|„([^„“”\n]{1,300})[“”]"
    r"|«([^«»\n]{1,300})»"
    r"|「([^「」\n]{1,300})」"
    # A single mark quotes only from outside a word to outside one: not in don't, the dogs' or '90s.
    r"|(?<!\w)'(?=[^\W\d])([^'\n]{2,300}(?:(?<=\w)'(?=\w)[^'\n]{1,300}){0,9})(?<=[\w.?!])'(?!\w)"
    r"|(?<!\w)‘(?=[^\W\d])([^‘’\n]{2,300}(?:(?<=\w)’(?=\w)[^‘’\n]{1,300}){0,9})(?<=[\w.?!])’(?!\w)"
)
_QUOTED = re.compile(_PAIRS)
_MARKS = re.compile("[\"“„«「'‘]")


def quoted(question: str) -> tuple[tuple[int, int], ...]:
    """Return where each quotation begins and ends, without its marks, in order."""
    if not _MARKS.search(question):
        return ()
    return tuple(
        found
        for match in _QUOTED.finditer(question)
        if (found := _stripped(question, *match.span(match.lastindex or 0)))
    )


def _stripped(question: str, start: int, end: int) -> tuple[int, int] | None:
    inner = question[start:end]
    start += len(inner) - len(inner.lstrip())
    end -= len(inner) - len(inner.rstrip(" \t.,;:"))
    return (start, end) if start < end else None
