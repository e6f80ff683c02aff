"""The change log as index views read it, over the database."""

from collections.abc import Sequence
from datetime import datetime

from indexer.catalogue import changes
from indexer.database import Database
from indexer.errors import EmbedderMismatch
from indexer.records import Change, ChangeKind, IndexedChunk


class DatabaseLog:
    """The `ChangeLog` of a real database; each call is one short reading session."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.writing() as session:
            self.database_id = changes.create_database_id(session)

    def head(self) -> int:
        with self._database.reading() as session:
            return changes.head(session)[0]

    def last_erased(self) -> int:
        with self._database.reading() as session:
            return changes.last_of(session, ChangeKind.ERASED)

    def instant_of(self, seq: int) -> datetime | None:
        with self._database.reading() as session:
            return changes.instant_of(session, seq)

    def changes(self, after: int, limit: int) -> list[Change]:
        with self._database.reading() as session:
            return changes.after(session, after, limit)

    def chunks_of(self, embedder: str, document_rows: Sequence[int]) -> list[IndexedChunk]:
        with self._database.reading() as session:
            return _embedded(changes.chunks_of(session, embedder, document_rows), embedder)

    def all_chunks(self, embedder: str, after_chunk: int, limit: int) -> list[IndexedChunk]:
        with self._database.reading() as session:
            return _embedded(changes.all_chunks(session, embedder, after_chunk, limit), embedder)


def _embedded(chunks: list[IndexedChunk], embedder: str) -> list[IndexedChunk]:
    for chunk in chunks:
        if not chunk.vector:
            raise EmbedderMismatch(f"chunk {chunk.chunk} has no vector by {embedder}")
    return chunks
