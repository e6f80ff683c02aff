"""The facts of a piece of evidence: what can be cited by itself.

Cut by rules that are written here and nowhere else, so that a prompt is made again as it was
whatever library finds sentences by then.
"""

import re

from grounding.query.records import Evidence, EvidenceKind, Frame
from grounding.query.render import lines_of

_END = re.compile(
    r"(?:(?<=[^\WA-Z_][^\WA-Z_][.!?…])|(?<=[%)\]\"”’»][.!?…])|(?<=[.!?…][)\]\"”’»]))"  # not "U.S. "
    r"\s+(?=[^\sa-z])"
    r"|(?<=[。！？])(?![。！？」』”’）])\s*"
)


def facts_of(evidence: Evidence, frame: Frame) -> list[str]:
    """Return the sentences and lines of a passage, neutralised; a value is one, whole."""
    lines = lines_of(evidence, frame)
    if evidence.kind is EvidenceKind.SERIES:
        return [said] if (said := " ".join(lines).strip()) else []
    return [fact for line in lines for each in _END.split(line) if (fact := each.strip())]
