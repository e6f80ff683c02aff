"""What an answer cites: marks such as [2] in its text, resolved to the evidence of its prompt.

An annotation says where a mark stands and what it leads to, as OpenAI's web search does; offsets
are Unicode code points, the end is exclusive. A number that no evidence has is no citation.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from grounding.gateway.records import Citation, Grounded
from grounding.query.citation_marks import MARK, numbers

MOST_ANNOTATIONS: Final = 1_000
"""Of one answer: one that is nothing but marks must not grow a hundredfold."""


def annotations(text: str, citations: Sequence[Citation]) -> list[dict[str, Any]]:
    """Return `url_citation` annotations for the marks in a text, in the order they stand."""
    known = {each.number: each for each in citations}
    found: list[dict[str, Any]] = []
    for start, end, number in _marks(text):
        if number in known and len(found) < MOST_ANNOTATIONS:
            found.append(_annotation(start, end, known[number]))
    return found


def context(grounded: Grounded) -> dict[str, Any]:
    """Return `message.context` as Azure's "on your data" has it: evidence and what was asked.

    `intent` is JSON in a string, a list of what was searched for.
    """
    return {
        "citations": [_shown(each) for each in grounded.citations],
        "intent": json.dumps([grounded.question], ensure_ascii=False),
    }


def with_annotations(
    message: Mapping[str, Any],
    found: Sequence[Mapping[str, Any]],  # Any: JSON of an upstream
) -> dict[str, Any]:
    """Return a message with these annotations behind those it has."""
    if not found:
        return dict(message)
    own = message.get("annotations")
    return {**message, "annotations": [*(own if isinstance(own, list) else []), *found]}


def _marks(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield start, end and number; of a mark with several numbers each stands for all of it."""
    for mark in MARK.finditer(text):
        for number in numbers(mark[0]):
            yield mark.start(), mark.end(), number


def _annotation(start: int, end: int, citation: Citation) -> dict[str, Any]:
    place = {"start_index": start, "end_index": end}
    named = {"title": citation.evidence.title, "url": citation.url}
    return {"type": "url_citation", "url_citation": place | named}


def _shown(citation: Citation) -> dict[str, Any]:
    evidence = citation.evidence
    return {
        "title": evidence.title,
        "content": evidence.text,
        "url": citation.url,
        "filepath": None,
        "chunk_id": evidence.id,
        "cite": str(citation.number),
        "source": evidence.source,
        "published_at": evidence.published_at and evidence.published_at.isoformat(),
        "valid_from": evidence.valid_from.isoformat(),
        "valid_until": evidence.valid_until and evidence.valid_until.isoformat(),
        "observed_at": evidence.observed_at.isoformat(),
    }
