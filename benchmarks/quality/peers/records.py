"""What another project has to do here, and passages for those that bring no splitter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from benchmarks.quality.collections import SourceDocument
from indexer.embed import Embedder

Found: TypeAlias = tuple[str, str]
"""The id of a document and the text of one of its passages, without the title."""

Splitter: TypeAlias = Callable[[str], Sequence[str]]


class Peer(Protocol):
    """Another project's retrieval, set up as its own users would, but with our embedder.

    Callers may assume: `ranked` gives at most k passages, best first, and several may be of one
    document; with `published_before` every one of them is of a document published earlier than
    that, never of one whose day is unknown; the network is never used.
    Callers may not assume: that k passages come back, or that the first of many are those that
    would come if few were asked for.
    """

    name: str
    settings: str
    """The versions and settings behind its figures, in words."""

    def build(self, documents: Sequence[SourceDocument], embedder: Embedder) -> None:
        """Index the documents, in place of any given before."""

    def ranked(
        self, question: str, k: int, published_before: datetime | None = None
    ) -> list[Found]: ...


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document.

    published_at: seconds since 1970, UTC; None where the day is unknown.
    """

    document: str
    title: str
    text: str
    published_at: float | None

    @property
    def indexed_text(self) -> str:
        return f"{self.title}\n{self.text}"

    @property
    def found(self) -> Found:
        return self.document, self.text


def passages(documents: Sequence[SourceDocument], split: Splitter) -> list[Passage]:
    """Return the pieces of all documents; a document without a text is its title alone."""
    return [
        Passage(
            document=each.id,
            title=each.title,
            text=text,
            published_at=each.published_at.timestamp() if each.published_at else None,
        )
        for each in documents
        for text in split(each.text) or [each.text]
        if each.title or text
    ]


def best_places(found: Sequence[Found]) -> list[str]:
    """Return the documents in the order of their best passages."""
    return list(dict.fromkeys(document for document, _ in found))
