"""What a SQLite database of the service holds, read from the file and not through the service."""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

Row = tuple[object, ...]

DOCUMENTS = """
    SELECT source.name, document.key, version, uid, content_hash, title, text, document.url,
           published_at, superseded_at IS NULL
    FROM document JOIN source ON source.id = source_id
"""
CHUNKS = """
    SELECT source.name, document.key, version, ordinal, start_offset, end_offset, chunk.text,
           token_count, embedded_hash, embedder, length(vector)
    FROM chunk JOIN document ON document.id = document_id JOIN source ON source.id = source_id
"""
OBSERVATIONS = """
    SELECT source.name, series.key, valid_from, valid_until, value, superseded_at IS NULL
    FROM observation JOIN series ON series.id = series_id JOIN source ON source.id = source_id
"""
CUT_WRONG = """
    SELECT count(*) FROM chunk JOIN document ON document.id = document_id
    WHERE chunk.text <> substr(document.text, start_offset + 1, end_offset - start_offset)
"""
LOGGED = "SELECT kind, document_id, count(*) FROM change WHERE kind = 'added' GROUP BY 1, 2"


@dataclass(frozen=True, slots=True)
class Stored:
    """Everything that must not depend on how often the service was interrupted.

    Counters, not sets: a row that is there twice counts twice. Row numbers and the times of
    observing are left out.
    """

    documents: Counter[Row]
    chunks: Counter[Row]
    observations: Counter[Row]
    chunks_cut_wrong: int
    added_more_than_once: int

    @property
    def twice(self) -> int:
        """Rows that are there more than once, and documents announced more than once."""
        kinds = (self.documents, self.chunks, self.observations)
        return sum(1 for rows in kinds for n in rows.values() if n > 1) + self.added_more_than_once


def stored(database: Path) -> Stored:
    with reading(database) as connection:
        return Stored(
            documents=Counter(connection.execute(DOCUMENTS)),
            chunks=Counter(connection.execute(CHUNKS)),
            observations=Counter(connection.execute(OBSERVATIONS)),
            chunks_cut_wrong=connection.execute(CUT_WRONG).fetchone()[0],
            added_more_than_once=sum(1 for *_, n in connection.execute(LOGGED) if n > 1),
        )


def differing(one: Counter[Row], other: Counter[Row]) -> int:
    return ((one - other) + (other - one)).total()


def count(database: Path, query: str) -> int:
    """The one number that `query` answers; 0 while there is no database or no such table."""
    if not database.exists():
        return 0
    try:
        with reading(database) as connection:
            return int(connection.execute(query).fetchone()[0])
    except sqlite3.OperationalError:
        return 0


@contextmanager
def reading(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        yield connection


def digest(rows: Counter[Row]) -> str:
    """A short name for a multiset of rows, to compare by eye."""
    return hashlib.sha256("\n".join(sorted(map(repr, rows.elements()))).encode()).hexdigest()[:12]
