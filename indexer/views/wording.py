"""Under which words a chunk is found: its own, those around it, and pairs of neighbouring words.

A passage cut from a text says "it" and "this law" of what the passage before it names. So what
stands around it counts as well, half as much as its own words; and a short document is about one
thing, so each of its passages is found under all of its words.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

import tantivy
from tantivy import Filter

from indexer.records import IndexedChunk

SHORT_DOCUMENT: Final = 3
"""Passages of a document that is found as a whole."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What is indexed of a chunk: texts, and pairs of words already analysed."""

    chunk: IndexedChunk
    body: str
    around: str
    pairs: str


class Analysis:
    """English words as terms: folded, stemmed; and pairs of them without stop words."""

    def __init__(self) -> None:
        self.words = _analyzer()
        self._telling = _analyzer(Filter.stopword("english"))

    def terms(self, text: str) -> list[str]:
        """Return the different terms of a text, in order."""
        return list(dict.fromkeys(self.row(text)))

    def row(self, text: str) -> list[str]:
        """Return the terms of a text as they follow each other."""
        return self.words.analyze(encodable(text))

    def pairs(self, text: str) -> list[str]:
        """Return every two terms that follow each other, stop words between them not counted."""
        return [f"{one}_{other}" for one, other in pairwise(self._telling.analyze(encodable(text)))]

    def wordings(self, chunks: Iterable[IndexedChunk]) -> Iterator[Wording]:
        """Yield what is indexed of each chunk; of every document here all chunks must be given."""
        ordered = sorted(chunks, key=lambda chunk: (chunk.document_row, chunk.chunk))
        for _, some in groupby(ordered, key=lambda chunk: chunk.document_row):
            document = list(some)
            is_short = len(document) <= SHORT_DOCUMENT
            for place, chunk in enumerate(document):
                near = document[max(0, place - 1) : place + 2]
                around = _joined(chunk, [each for each in near if _holds_when(each, chunk)])
                body = around if is_short else _joined(chunk, [chunk])
                yield Wording(chunk, body, around, " ".join(self.pairs(body)))


def encodable(text: str) -> str:
    """Replace lone surrogates, which JSON can smuggle into a string and UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode()


def _joined(chunk: IndexedChunk, near: Iterable[IndexedChunk]) -> str:
    return encodable("\n".join((chunk.title, chunk.section, *(each.text for each in near))))


def _holds_when(one: IndexedChunk, other: IndexedChunk) -> bool:
    """Whether two passages hold at the same times: what is not yet valid must not be matched."""
    return (one.valid_from, one.valid_until) == (other.valid_from, other.valid_until)


def _analyzer(*filters: Filter) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    steps = (Filter.remove_long(64), Filter.lowercase(), Filter.ascii_fold(), *filters)
    for step in (*steps, Filter.stemmer("english")):
        builder = builder.filter(step)
    return builder.build()
