"""A change log in memory, and by-hand answers to what a search over it should find."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from indexer.errors import EmbedderMismatch
from indexer.records import Change, ChangeKind, IndexedChunk, Scope

DIMENSION = 8
BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = BEGIN + timedelta(days=365)
NOW_SCOPE = Scope(as_of=LATER, known_at=LATER)


def minutes(count: float) -> datetime:
    return BEGIN + timedelta(minutes=count)


def lattice(seed: object, dimension: int = DIMENSION) -> NDArray[np.float16]:
    """Return a vector of eighths: inner products are exact in any order, and often tie."""
    digits = np.frombuffer(repr(seed).encode().ljust(dimension, b"#"), dtype=np.uint8)[-dimension:]
    return ((digits.astype(np.int64) * 7 % 5 - 2) / 8).astype(np.float16)


class LatticeEmbedder:
    """Makes a vector of a text's last letters; `salt` makes it another embedder."""

    max_tokens = 256

    def __init__(self, identity: str, dimension: int = DIMENSION, *, salt: str = "") -> None:
        self.identity = identity
        self.dimension = dimension
        self._salt = salt

    def lattice(self, text: str) -> NDArray[np.float16]:
        return lattice(self._salt + text, self.dimension)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self.lattice(text).astype(np.float32)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([self.embed_query(text) for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([self.embed_query(text) for text in texts])

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\w+", text)]


class FakeLog:
    """Every write is one transaction; each change has the next seq and a later `at`."""

    def __init__(self, database_id: str = "db-1", embedder: str = "lattice/8") -> None:
        self.database_id = database_id
        self.embedder = LatticeEmbedder(embedder)
        self.error: Exception | None = None
        self.while_paging: Callable[[], None] | None = None
        self.reads: Counter[str] = Counter()
        self.chunks: dict[int, IndexedChunk] = {}
        self.log: list[Change] = []
        self._lock = RLock()

    def add(
        self,
        *texts: str,
        title: str = "",
        source: int = 1,
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
        published_at: datetime | None = None,
        vectors: Sequence[NDArray[np.float16]] | None = None,
        replaces: int | None = None,
        series: int | None = None,
        names: tuple[str, ...] = (),
    ) -> int:
        """Add a document version with one chunk per text and return its row."""
        with self._lock:
            if replaces is not None:
                self.retire(replaces)
            change = self._append(ChangeKind.ADDED, document_row=len(self.log) + 1)
            row = change.document_row or 0
            for place, text in enumerate(texts):
                number = len(self.chunks) + 1
                vector = self.embedder.lattice(text) if vectors is None else vectors[place]
                self.chunks[number] = IndexedChunk(
                    chunk=number,
                    document_row=row,
                    source=source,
                    title=title,
                    text=text,
                    section="",
                    vector=vector.tobytes(),
                    published_at=published_at,
                    valid_from=valid_from or min(published_at or change.at, change.at),
                    valid_until=valid_until,
                    observed_at=change.at,
                    superseded_at=None,
                    series=series,
                    names=names,
                )
            return row

    def retire(self, row: int) -> None:
        with self._lock:
            change = self._append(ChangeKind.RETIRED, document_row=row)
            for number, chunk in self.chunks.items():
                if chunk.document_row == row:
                    self.chunks[number] = replace(chunk, superseded_at=change.at)

    def erase(self, row: int) -> None:
        with self._lock:
            self.chunks = {n: one for n, one in self.chunks.items() if one.document_row != row}
            self._append(ChangeKind.ERASED)

    def observe(self) -> None:
        self._append(ChangeKind.OBSERVED)

    def switch(self, embedder: str, dimension: int = DIMENSION) -> None:
        """Make another embedder the active one; of the one before no vector is left."""
        with self._lock:
            self.embedder = LatticeEmbedder(embedder, dimension, salt=embedder)
            for number, chunk in self.chunks.items():
                vector = self.embedder.lattice(chunk.text).tobytes()
                self.chunks[number] = replace(chunk, vector=vector)
            self._append(ChangeKind.REEMBEDDED)

    def head(self) -> int:
        with self._reading("head"):
            return len(self.log)

    def active_embedder(self) -> "LatticeEmbedder":
        with self._reading("active_embedder"):
            return self.embedder

    def last_erased(self) -> int:
        with self._reading("last_erased"):
            erased = [one.seq for one in self.log if one.kind is ChangeKind.ERASED]
            return max(erased, default=0)

    def instant_of(self, seq: int) -> datetime | None:
        with self._reading("instant_of"):
            return self.log[seq - 1].at if 1 <= seq <= len(self.log) else None

    def changes(self, after: int, limit: int) -> Sequence[Change]:
        with self._reading("changes"):
            return self.log[after : after + limit]

    def chunks_of(self, embedder: str, document_rows: Sequence[int]) -> Sequence[IndexedChunk]:
        with self._reading("chunks_of"):
            self._require(embedder)
            return [c for c in self.chunks.values() if c.document_row in set(document_rows)]

    def all_chunks(self, embedder: str, after_chunk: int, limit: int) -> Sequence[IndexedChunk]:
        with self._reading("all_chunks"):
            self._require(embedder)
            page = [c for number, c in self.chunks.items() if number > after_chunk][:limit]
        if self.while_paging is not None:
            interruption, self.while_paging = self.while_paging, None
            interruption()
        return page

    def _require(self, embedder: str) -> None:
        if embedder != self.embedder.identity:
            raise EmbedderMismatch(f"chunk 1 has no vector by {embedder}")

    def _append(self, kind: ChangeKind, *, document_row: int | None = None) -> Change:
        with self._lock:
            seq = len(self.log) + 1
            change = Change(seq, kind, minutes(seq), document_row)
            self.log.append(change)
            return change

    @contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        with self._lock:
            self.reads[name] += 1
            if self.error is not None:
                raise self.error
            yield


def admitted(chunks: Sequence[IndexedChunk], scope: Scope) -> list[IndexedChunk]:
    """Return the chunks `scope` admits, by its definition."""
    return [chunk for chunk in chunks if _is_seen(chunk, scope) and _is_wanted(chunk, scope)]


def _is_seen(chunk: IndexedChunk, scope: Scope) -> bool:
    end, until = chunk.superseded_at, chunk.valid_until
    is_known = chunk.observed_at <= scope.known_at and (end is None or scope.known_at < end)
    is_valid = chunk.valid_from <= scope.as_of and (until is None or scope.as_of < until)
    published = chunk.published_at
    is_published = published is None or min(published, chunk.observed_at) <= scope.as_of
    return is_known and is_valid and is_published


def _is_wanted(chunk: IndexedChunk, scope: Scope) -> bool:
    published, after, before = chunk.published_at, scope.published_after, scope.published_before
    if published is not None:  # nobody published later than it was received
        published = min(published, chunk.observed_at)
    return (
        (after is None or (published is not None and published >= after))
        and (before is None or (published is not None and published < before))
        and (scope.sources is None or chunk.source in scope.sources)
    )


def dense_scores(chunks: Sequence[IndexedChunk], query: NDArray[np.float32]) -> dict[int, float]:
    return {
        c.chunk: float(np.frombuffer(c.vector, dtype=np.float16).astype(np.float32) @ query)
        for c in chunks
    }


def top(scores: dict[int, float], k: int) -> list[int]:
    return sorted(scores, key=lambda chunk: (-scores[chunk], chunk))[:k]


def lexical_scores(chunks: Sequence[IndexedChunk], query: str) -> dict[int, float]:
    """Return BM25 (k1 1.2, b .75), over `chunks` as corpus, summed over four fields.

    Half of what the chunk says, half of that with the chunks beside it, a quarter of the title,
    a fifth of pairs of words; a document of up to three chunks says it all in each.

    Words must need no stemming, be no stop words, and texts be shorter than 40 words, where
    tantivy's stored lengths are exact.
    """
    around = {c.chunk: _beside(c, chunks) for c in chunks}
    body = {c.chunk: around[c.chunk] if _is_short(c, chunks) else _said(c, [c]) for c in chunks}
    fields = [
        (0.5, body, _words(query)),
        (0.5, around, _words(query)),
        (0.25, {c.chunk: _words(c.title) for c in chunks}, _words(query)),
        (0.2, {chunk: _pairs(words) for chunk, words in body.items()}, _pairs(_words(query))),
    ]
    scores = {
        chunk: sum(
            weight * _bm25(corpus, chunk, term)
            for weight, corpus, terms in fields
            for term in dict.fromkeys(terms)
        )
        for chunk in body
    }
    return {chunk: score for chunk, score in scores.items() if score}


def _beside(chunk: IndexedChunk, chunks: Sequence[IndexedChunk]) -> list[str]:
    document = _document(chunk, chunks)
    place = document.index(chunk)
    times = (chunk.valid_from, chunk.valid_until)
    near = [c for at, c in enumerate(document) if abs(at - place) <= 1]
    return _said(chunk, [c for c in near if (c.valid_from, c.valid_until) == times])


def _is_short(chunk: IndexedChunk, chunks: Sequence[IndexedChunk]) -> bool:
    return len(_document(chunk, chunks)) <= 3


def _document(chunk: IndexedChunk, chunks: Sequence[IndexedChunk]) -> list[IndexedChunk]:
    return sorted(
        (c for c in chunks if c.document_row == chunk.document_row), key=lambda c: c.chunk
    )


def _said(chunk: IndexedChunk, near: Iterable[IndexedChunk]) -> list[str]:
    return _words(" ".join((chunk.title, chunk.section, *(c.text for c in near))))


def _pairs(words: Sequence[str]) -> list[str]:
    return [f"{one} {other}" for one, other in pairwise(words)]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _bm25(corpus: dict[int, list[str]], chunk: int, term: str) -> float:
    count, frequency = len(corpus), corpus[chunk].count(term)
    if not frequency:
        return 0.0
    holding = sum(term in words for words in corpus.values())
    average = sum(map(len, corpus.values())) / count
    rarity = math.log(1 + (count - holding + 0.5) / (holding + 0.5))
    length = 1.2 * (0.25 + 0.75 * len(corpus[chunk]) / average)
    return rarity * frequency * 2.2 / (frequency + length)
