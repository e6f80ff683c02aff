"""What markup may ask of a parser: bounds on it, looked for before it is parsed.

Parsers of feeds keep every element, and some of their steps take time that grows with the square
of what they are given. A few megabytes built for that hold a processor for minutes.
"""

import math
import re
from collections import Counter

DEEPEST = 1_000
MOST_MARKS = 400_000
"""Tags, opening and closing, attributes and references: four times what large podcasts have."""
MOST_ATTRIBUTES = 200
MOST_BYTES_OF_HUGE_TAGS = 500_000
"""Tags of 5 kB and more in all, pictures inside them included; those in CDATA are text here."""
MOST_ENTITIES = 300
MOST_EXPANDED_BYTES = 100_000

_TAG = re.compile(rb"<(/?)([A-Za-z][^\s<>/]*)[^<>]*")
_WITHOUT_END = frozenset({b"br", b"hr", b"img", b"p", b"li"})
_ATTRIBUTE = re.compile(rb"=\s*[\"']")
_HUGE_TAG = re.compile(rb"<[^<>]{5000,}")
_LONG_TAG = re.compile(rb"<[^<>]{600,}")  # shorter ones cannot have too many attributes
# With a value of its own; one that stands elsewhere is never fetched.
_ENTITY = re.compile(rb"<!ENTITY\s+(%\s*)?([^\s\"']+)\s*[\"']([^>]*)", re.IGNORECASE)
_REFERENCE = re.compile(rb"[&%]([^\s&%;]+);")


def excess(body: bytes, *, most_marks: int = MOST_MARKS) -> str:
    """Say what is too much in markup that is built to exhaust whoever parses it, "" if nothing."""
    marks = sum(map(body.count, (b"<", b"&", b'="', b"='")))
    if marks > most_marks:
        return f"it has more than {most_marks} tags, attributes and references"
    if any(_attributes(body, tag) > MOST_ATTRIBUTES for tag in _LONG_TAG.finditer(body)):
        return f"it has a tag with more than {MOST_ATTRIBUTES} attributes"
    elements = _without(_without(body, b"<!--", b"-->"), b"<![CDATA[", b"]]>")
    huge = (tag.end() - tag.start() for tag in _HUGE_TAG.finditer(elements))
    if sum(huge) > MOST_BYTES_OF_HUGE_TAGS:
        return "it has huge tags"
    return f"it is nested deeper than {DEEPEST} elements" if _is_deep(elements) else ""


def _attributes(body: bytes, tag: re.Match[bytes]) -> int:
    return sum(1 for _ in _ATTRIBUTE.finditer(body, tag.start(), tag.end()))


def has_oversized_entities(body: bytes) -> bool:
    """Tell whether the entities that it declares would make it far larger."""
    return _expanded_bytes(body) > MOST_EXPANDED_BYTES


def _expanded_bytes(body: bytes) -> float:
    """Return how large the entities that `body` declares would become wherever they stand."""
    declared = {found[2]: found[3] for found in _ENTITY.finditer(body)}
    if len(declared) > MOST_ENTITIES:
        return math.inf
    sizes: dict[bytes, float] = {}

    def size(name: bytes) -> float:
        if name not in sizes:
            sizes[name] = math.inf  # as long as its parts are not known: one may be itself
            value = declared[name]
            inner = [part for part in _REFERENCE.findall(value) if part in declared]
            sizes[name] = len(value) + sum(map(size, inner))
        return sizes[name]

    if not declared:
        return 0
    named = Counter(_REFERENCE.findall(body))
    return sum(named[name] * size(name) for name in declared)


def _is_deep(body: bytes) -> bool:
    depth = 0
    for tag in _TAG.finditer(body):
        if tag[2].lower() in _WITHOUT_END:
            continue
        if tag[1]:
            depth = max(0, depth - 1)
        elif not tag[0].endswith(b"/"):
            depth += 1
        if depth > DEEPEST:
            return True
    return False


def _without(body: bytes, start: bytes, end: bytes) -> bytes:
    """Leave out what stands between `start` and `end`."""
    first, *others = body.split(start)
    return b"".join([first, *(other.partition(end)[2] for other in others)]) if others else body
