"""Rows of a built database as arrays: what its index is made of, read behind the service's back."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.built import DATABASE
from indexer.views.rows import COLUMNS
from indexer.views.times import OPEN

_BLOCK, _VECTORS = f"rows-{len(COLUMNS)}.npy", "vectors.npy"
_PAGE = 50_000
_QUERY = """
SELECT chunk.vector, chunk.id, chunk.document_id, document.source_id, document.published_at,
    document.valid_from, document.observed_at, document.superseded_at
FROM chunk JOIN document ON document.id = chunk.document_id ORDER BY chunk.id
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """Every chunk of a database, in the order in which it was observed.

    block: [columns, n], columns as in `indexer.views.rows.COLUMNS`. vectors: [n, d] float16.
    """

    block: NDArray[np.int64]
    vectors: NDArray[np.float16]

    def __len__(self) -> int:
        return len(self.vectors)

    def column(self, name: str) -> NDArray[np.int64]:
        found: NDArray[np.int64] = self.block[COLUMNS.index(name)]
        return found

    def first(self, count: int) -> "Rows":
        """Return the oldest rows, as they stand now."""
        return Rows(self.block[:, :count], self.vectors[:count])

    @property
    def is_current(self) -> NDArray[np.bool_]:
        """Return which rows are not superseded."""
        current: NDArray[np.bool_] = self.column("superseded_at") == OPEN
        return current

    @property
    def current(self) -> NDArray[np.float16]:
        """Return the vectors that a search of the present looks at."""
        return self.vectors[self.is_current]


def rows_of(kept: Path) -> Rows:
    """Return the rows of the database that is kept in a folder; they are kept beside it."""
    if not (kept / _BLOCK).exists():
        block, vectors = _read(kept / DATABASE)
        np.save(kept / _VECTORS, vectors)
        np.save(kept / _BLOCK, block)
    return Rows(np.load(kept / _BLOCK), np.load(kept / _VECTORS, mmap_mode="r"))


def _read(database: Path) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    blocks, vectors = [], []
    for page in _pages(database):
        some, *columns = zip(*page, strict=True)
        vectors.append(np.frombuffer(b"".join(some), dtype="<f2").reshape(len(some), -1))
        chunk, document, source, published, valid_from, observed, superseded = columns
        times = {"published_at": published, "valid_from": valid_from, "observed_at": observed}
        found = {name: _micros(each) for name, each in times.items()}
        found |= {"chunk": np.array(chunk), "document_row": np.array(document)}
        found |= {"source": np.array(source), "series": np.zeros(len(some), dtype=np.int64)}
        found["dated_at"] = found["published_at"]
        found["valid_until"] = np.full(len(some), OPEN)
        is_over = np.array([each is not None for each in superseded])
        ended = _micros([each or observed[0] for each in superseded])
        found["superseded_at"] = np.where(is_over, ended, OPEN)
        blocks.append(np.stack([found[name].astype(np.int64) for name in COLUMNS]))
    return np.concatenate(blocks, axis=1), np.concatenate(vectors)


def _pages(database: Path) -> Iterator[list[tuple[object, ...]]]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        cursor = connection.execute(_QUERY)
        while page := cursor.fetchmany(_PAGE):
            yield page
    finally:
        connection.close()


def _micros(written: "list[object] | tuple[object, ...]") -> NDArray[np.int64]:
    return np.array(written, dtype="datetime64[us]").astype(np.int64)
