"""The facts of a piece of evidence: what can be cited by itself.

Cut by rules that are written here and nowhere else, so that a prompt is made again as it was
whatever library finds sentences by then. In doubt two sentences are one fact.
"""

import re
from collections.abc import Iterator
from typing import Final

from grounding.query.datamarks import marked
from grounding.query.records import Evidence, EvidenceKind, Frame
from grounding.query.render import lines_of

_END: Final = re.compile(
    r"(?:(?<=[^\WA-Z_][^\WA-Z_][.!?…])|(?<=[%)\]\"”’»][.!?…])|(?<=[.!?…][)\]\"”’»]))"  # not "U.S. "
    r"\s+(?=[^\sa-z])"
    r"|(?<=[。！？।॥۔؟])(?![。！？।॥۔؟」』”’）])\s*"
)
_ABBREVIATED: Final = re.compile(r"(?:^|[\s(\"“])(?:[A-Z][a-z]{1,3}|vs|al|approx|figs?|nos?)\.$")
_LONGEST_ABBREVIATION: Final = 8


def facts_of(evidence: Evidence, frame: Frame) -> list[str]:
    """Return the sentences and lines of a passage, neutralised; a value is one, whole."""
    lines = lines_of(evidence, frame)
    if evidence.kind is EvidenceKind.SERIES:
        return [said] if (said := " ".join(lines).strip()) else []
    facts = (fact for line in lines for each in _sentences(line) if (fact := each.strip()))
    return [marked(fact, evidence, frame) for fact in facts]


def _sentences(line: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(line):
        before = line[max(start, end.start() - _LONGEST_ABBREVIATION) : end.start()]
        if not _ABBREVIATED.search(before):
            yield line[start : end.start()]
            start = end.end()
    yield line[start:]
