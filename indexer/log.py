"""The change log as index views read it, over the database."""

from collections.abc import Sequence
from datetime import datetime

from indexer.catalogue import changes
from indexer.database import Database
from indexer.errors import EmbedderMismatch
from indexer.records import Change, IndexedChunk
from indexer.views.changelog import LogIdentity


class DatabaseLog:
    """The `ChangeLog` of a real database; each call is one short reading session."""

    def __init__(self, database: Database, *, embedder: str) -> None:
        self._database = database
        with database.writing() as session:
            self._identity = LogIdentity(changes.create_database_id(session), embedder)

    def head(self) -> int:
        with self._database.reading() as session:
            return changes.head(session)[0]

    def identity(self) -> LogIdentity:
        return self._identity

    def instant_of(self, seq: int) -> datetime | None:
        with self._database.reading() as session:
            return changes.instant_of(session, seq)

    def changes(self, after: int, limit: int) -> list[Change]:
        with self._database.reading() as session:
            return changes.after(session, after, limit)

    def chunks_of(self, document_rows: Sequence[int]) -> list[IndexedChunk]:
        with self._database.reading() as session:
            return changes.chunks_of(session, document_rows)

    def all_chunks(self, after_chunk: int, limit: int) -> list[IndexedChunk]:
        with self._database.reading() as session:
            return changes.all_chunks(session, after_chunk, limit)


def require_one_embedder(database: Database, embedder: str) -> None:
    """Check that every stored vector was made by this embedder.

    Raises:
        EmbedderMismatch: some were not.
    """
    with database.reading() as session:
        others = [name for name in changes.embedders(session) if name != embedder]
    if others:
        raise EmbedderMismatch(
            f"the database holds vectors of {', '.join(others)}, the configured embedder is "
            f"{embedder}: set [embedder] name back, or run `grounding db reembed`"
        )
