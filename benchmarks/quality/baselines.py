"""What is simpler than a hybrid: BM25 alone and vectors alone, by libraries that are not ours.

A unit is what one score is given to: a whole document, or a passage.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.collections import SourceDocument
from benchmarks.quality.peers.records import Found, Passage
from benchmarks.records import Skipped
from indexer.chunk import ChunkLimits, split
from indexer.embed import Embedder


def whole(documents: Sequence[SourceDocument]) -> list[Passage]:
    """Return a unit for each document."""
    return [_unit(each, each.text) for each in documents if each.title or each.text]


def cut(documents: Sequence[SourceDocument], embedder: Embedder) -> list[Passage]:
    """Return the passages that the service cuts documents into."""
    limits = ChunkLimits.within(embedder.max_tokens)
    return [
        _unit(each, passage.text)
        for each in documents
        for passage in split(
            each.text or each.title,
            title=each.title,
            token_spans=embedder.token_spans,
            limits=limits,
        )
    ]


class Words:
    """BM25 as bm25s' own page sets it up, with Snowball's English stemmer."""

    name = "BM25 alone"

    def __init__(self, units: Sequence[Passage]) -> None:
        """Index titles and texts as one field.

        Raises:
            Skipped: bm25s or its stemmer is not installed.
        """
        try:
            import bm25s
            import Stemmer
        except ImportError as error:
            raise Skipped(f"{error}; pip install 'grounding[bench]'") from error
        self._units = units
        stemmer = Stemmer.Stemmer("english")
        self._terms: Callable[[str], list[str]] = lambda text: bm25s.tokenize(
            [text], stopwords="en", stemmer=stemmer, return_ids=False, show_progress=False
        )[0]
        self._index = bm25s.BM25()
        self._index.index(
            bm25s.tokenize(
                [each.indexed_text for each in units],
                stopwords="en",
                stemmer=stemmer,
                show_progress=False,
            ),
            show_progress=False,
        )
        self.settings = (
            f"bm25s {version('bm25s')}, defaults (Lucene's formula, k1 1.5, b 0.75, English stop"
            f" words), PyStemmer {version('PyStemmer')} English, title and text as one field"
        )

    def ranked(
        self, question: str, k: int, published_before: datetime | None = None
    ) -> list[Found]:
        terms = self._terms(question)
        if not terms:
            return []
        scores = self._index.get_scores(terms)
        return _best(self._units, scores, k, published_before, least=0.0)


class Vectors:
    """Every vector compared with the question's, exactly."""

    name = "vectors alone"
    settings = "all-MiniLM-L6-v2, title and text, inner products with every vector"

    def __init__(self, units: Sequence[Passage], embedder: Embedder) -> None:
        self._units = units
        self._embedder = embedder
        self._vectors = embedder.embed_passages([each.indexed_text for each in units])

    def ranked(
        self, question: str, k: int, published_before: datetime | None = None
    ) -> list[Found]:
        scores = self._vectors @ self._embedder.embed_query(question)
        return _best(self._units, scores, k, published_before)


def _unit(document: SourceDocument, text: str) -> Passage:
    published_at = document.published_at
    return Passage(
        document=document.id,
        title=document.title,
        text=text,
        published_at=None if published_at is None else published_at.timestamp(),
    )


def _best(
    units: Sequence[Passage],
    scores: NDArray[np.float32],
    k: int,
    published_before: datetime | None,
    *,
    least: float | None = None,
) -> list[Found]:
    """Return the k best units that may be seen, of equal ones the earlier; above `least`."""
    before = None if published_before is None else published_before.timestamp()
    found: list[Found] = []
    for position in np.argsort(-scores, kind="stable"):
        unit = units[position]
        if len(found) == k or (least is not None and scores[position] <= least):
            break
        if before is None or (unit.published_at is not None and unit.published_at < before):
            found.append(unit.found)
    return found
