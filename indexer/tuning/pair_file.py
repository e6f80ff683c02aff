"""Pairs that the user brings: JSON Lines with a question, and a passage or a stored document.

{"question": "…", "passage": "…", "negatives": ["…"]}
{"question": "…", "document": "key or id of a stored document"}
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from indexer.catalogue.passages import StoredPassage
from indexer.errors import TuningRefused
from indexer.tuning.records import Origin, Pair

MOST_BAD = 0.1
"""A file with a larger share of bad lines is refused whole."""
_NAMED = 5

Best = Callable[[str, Sequence[str]], int]
"""Tells which of some texts is nearest to a question."""


def read(
    path: Path, stored: Sequence[StoredPassage], *, best: Best
) -> tuple[list[Pair], list[str]]:
    """Return the pairs in a file, and what is wrong with each line that has none.

    A document stands for its passage that `best` takes for the answer; all its passages count
    as one when the question is asked.

    Raises:
        TuningRefused: the file cannot be read, or too many of its lines are bad.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TuningRefused(f"pairs {path}: cannot be read as UTF-8 text: {error}") from error
    library = _Library(stored)
    found: list[Pair] = []
    bad: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(_pair(json.loads(line), library, best))
        except ValueError as error:  # JSONDecodeError is one
            bad.append(f"line {number}: {error}")
    if len(bad) > MOST_BAD * (len(bad) + len(found)):
        named = "; ".join(bad[:_NAMED]) + ("; …" if len(bad) > _NAMED else "")
        raise TuningRefused(
            f"pairs {path}: {len(bad)} of {len(bad) + len(found)} lines cannot be used: {named}"
        )
    return found, bad


class _Library:
    """Stored passages by what a line may call them."""

    def __init__(self, stored: Sequence[StoredPassage]) -> None:
        self.by_text: dict[str, StoredPassage] = {}
        self._documents: dict[str, list[StoredPassage]] = defaultdict(list)
        self._uids: dict[str, set[str]] = defaultdict(set)
        for each in stored:
            self.by_text[each.text.strip()] = self.by_text[each.embedded_text.strip()] = each
            self._documents[each.uid].append(each)
            for name in (each.uid, each.key):
                self._uids[name].add(each.uid)

    def document(self, name: str) -> list[StoredPassage]:
        uids = self._uids.get(name, set())
        if not uids:
            raise ValueError(f"no stored document has the key or id {name}")
        if len(uids) > 1:
            raise ValueError(f"several sources have a document {name}; name it by its id")
        return self._documents[next(iter(uids))]


def _pair(given: object, library: _Library, best: Best) -> Pair:
    if not isinstance(given, dict):
        raise ValueError("expected a JSON object")  # noqa: TRY004 - a bad line, not a bug
    question = _text(given, "question")
    negatives = given.get("negatives", [])
    if not isinstance(negatives, list) or not all(isinstance(each, str) for each in negatives):
        raise ValueError("negatives: expected a list of texts")
    if ("passage" in given) == ("document" in given):
        raise ValueError("expected either a passage or a document")
    if "passage" in given:
        passage, document, answers = _given_passage(_text(given, "passage"), library)
    else:
        parts = library.document(_text(given, "document"))
        answers = tuple(each.embedded_text for each in parts)
        passage, document = answers[best(question, answers)], parts[0].uid
    return Pair(question, passage, document, answers, Origin.GIVEN, tuple(filter(None, negatives)))


def _given_passage(text: str, library: _Library) -> tuple[str, str, tuple[str, ...]]:
    stored = library.by_text.get(text)
    if stored is not None:
        return stored.embedded_text, stored.uid, (stored.embedded_text,)
    return text, f"given {hashlib.sha256(text.encode()).hexdigest()[:24]}", (text,)


def _text(given: dict[str, object], name: str) -> str:
    text = given.get(name)
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{name}: expected a text")
    return text.strip()
