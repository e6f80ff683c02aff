"""How one version of a document differs from the one before, for people to read."""

import difflib
from collections.abc import Mapping
from typing import Any

import sentencex

from indexer.tables import DocumentRow

FIELDS = (
    "title",
    "url",
    "author",
    "language",
    "published_at",
    "updated_at",
    "valid_from",
    "valid_until",
)
MOST_LINES = 5_000
_LONG_LINE = 160


def changed_fields(old: DocumentRow, new: DocumentRow) -> list[dict[str, Any]]:  # Any: JSON
    """Return what changed beside the text: field, before, after; metadata by their own names."""
    changes = [
        _change(name, getattr(old, name), getattr(new, name))
        for name in FIELDS
        if getattr(old, name) != getattr(new, name)
        and not (name == "valid_from" and _begins_unsaid(old) and _begins_unsaid(new))
    ]
    before: Mapping[str, Any] = old.details
    after: Mapping[str, Any] = new.details
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    changes += [
        _change(f"metadata.{name}", before.get(name), after.get(name)) for name in sorted(names)
    ]
    return changes


def _begins_unsaid(row: DocumentRow) -> bool:
    """Whether a version begins to hold with its publication or receipt, for want of a word."""
    return row.valid_from in (row.observed_at, row.published_at)


def text_diff(old: str, new: str) -> str | None:
    """Return a unified diff, long paragraphs taken sentence by sentence.

    "" for equal texts, None for texts too long to compare while somebody waits.
    """
    if old == new:
        return ""
    before, after = _lines(old), _lines(new)
    if len(before) + len(after) > MOST_LINES:
        return None
    return "\n".join(difflib.unified_diff(before, after, "before", "after", lineterm="", n=1))


def _lines(text: str) -> list[str]:
    """Return lines; one too long to see at a glance what changed in it is cut into sentences."""
    found: list[str] = []
    for line in text.splitlines():
        found += [line] if len(line) <= _LONG_LINE else _sentences(line)
    return found


def _sentences(line: str) -> list[str]:
    storable = line.encode(errors="replace").decode()
    return [sentence.strip() for sentence in sentencex.segment("en", storable) if sentence.strip()]


def _change(name: str, before: object, after: object) -> dict[str, Any]:  # Any: JSON
    return {"field": name, "before": before, "after": after}
