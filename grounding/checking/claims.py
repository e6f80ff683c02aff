"""Split an answer into claims: its sentences, with what each of them cites."""

import re
from typing import Final

from grounding.checking.records import Claim
from grounding.query.packing.sentences import spans

MARK: Final = re.compile(r"[\[【]\s*\d{1,3}(?:\s*[,;]\s*\d{1,3})*\s*[\]】]")
_NUMBER = re.compile(r"\d{1,3}")


def claims(answer: str) -> tuple[Claim, ...]:
    """Return the claims of an answer in the order they stand."""
    return tuple(_claim(answer, start, end) for start, end in spans(answer))


def _claim(answer: str, start: int, end: int) -> Claim:
    text = answer[start:end]
    numbers = [int(each) for mark in MARK.findall(text) for each in _NUMBER.findall(mark)]
    return Claim(start, end, MARK.sub("", text).strip(), tuple(dict.fromkeys(numbers)))
