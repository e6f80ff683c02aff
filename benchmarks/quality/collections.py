"""What a collection is: documents, questions about them, and which documents answer which."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document as its collection has it.

    published_at: aware UTC, the first instant of the day where only a day is known; None where
        nothing is known.
    """

    id: str
    title: str
    text: str
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question or a claim.

    asked_at: aware UTC, the last microsecond of the day where only a day is known, so that what
        was published on that day is known by then.
    answers: texts, each of which would do; empty where nobody wrote one down.
    """

    id: str
    text: str
    asked_at: datetime | None = None
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, questions, and for each question the grades of the documents that were judged.

    qrels: question -> document -> grade, relevant if above 0; empty where nobody judged.
    """

    name: str
    documents: tuple[SourceDocument, ...]
    questions: tuple[Question, ...]
    qrels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def only_file(folder: Path, name: str) -> Path:
    """Return the file of that name, wherever in the folder it lies.

    Raises:
        FileNotFoundError: there is none, or there are several.
    """
    found = sorted(folder.rglob(name))
    if len(found) != 1:
        raise FileNotFoundError(f"{folder}: expected one file {name}, found {len(found)}")
    return found[0]
