"""Cut an answer into blocks by its lines: paragraphs, list items, table rows and headings.

What stands between code fences is left out. Every line is looked at once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_FENCE: Final = re.compile(r"[ \t]{0,20}(?:```|~~~)")
_HEADING: Final = re.compile(r"[ \t]{0,3}#{1,6}[ \t]")
_BOLD_LINE: Final = re.compile(r"[ \t]{0,3}(?:\*\*[^*\n]{1,80}\*\*|__[^_\n]{1,80}__):?[ \t]*$")
_ITEM: Final = re.compile(r"[ \t]{0,40}(?:[-*+•–]|\d{1,3}[.)])[ \t]+(?=\S)|[ \t]{0,40}>[ \t]?")
_RULE: Final = re.compile(
    r"[ \t]*(?:\|?[ \t]*:?-{2,}:?[ \t]*)(?:\|[ \t]*:?-{2,}:?[ \t]*){0,99}\|?[ \t]*$"
)


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of an answer, without white space around it."""

    start: int
    end: int
    is_heading: bool = False
    is_row: bool = False


def blocks(answer: str) -> list[Block]:
    """Return the blocks of an answer in order, none of them empty."""
    found: list[Block] = []
    open_start: int | None = None
    is_code = False
    for start, end in _lines(answer):
        line = answer[start:end]
        if _FENCE.match(line):
            is_code, open_start = not is_code, None
        elif is_code or not line.strip():
            open_start = None
        elif (alone := _alone(answer, start, end, found)) is not None:
            found.extend(alone)
            open_start = None
        elif open_start is None or (item := _ITEM.match(line)):
            item = _ITEM.match(line)
            open_start = start + (item.end() if item else 0)
            found.extend(_block(answer, open_start, end))
        else:
            found[-1] = _block(answer, open_start, end)[0]
    return found


def _lines(answer: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(answer):
        stop = answer.find("\n", start)
        end = len(answer) if stop < 0 else stop
        yield start, end
        start = end + 1


def _alone(answer: str, start: int, end: int, found: list[Block]) -> list[Block] | None:
    """Return the block of a line that stands for itself; [] for one that says nothing."""
    line = answer[start:end]
    if _HEADING.match(line) or _BOLD_LINE.match(line):
        return _block(answer, start, end, is_heading=True)
    if "|" in line and _RULE.match(line):
        if found and found[-1].is_row:
            last = found.pop()
            return [Block(last.start, last.end, is_heading=True)]
        return []
    if line.lstrip().startswith("|"):
        return _block(answer, start, end, is_row=True)
    return None


def _block(
    answer: str, start: int, end: int, *, is_heading: bool = False, is_row: bool = False
) -> list[Block]:
    text = answer[start:end]
    ink = text.strip()
    first = start + len(text) - len(text.lstrip())
    return [Block(first, first + len(ink), is_heading, is_row)] if ink else []
