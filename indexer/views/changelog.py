"""The seam to the database: what index views read, and nothing else of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from indexer.records import Change, IndexedChunk


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """Which database this is, and which embedder made every vector in it."""

    database_id: str
    embedder: str


class ChangeLog(Protocol):
    """The committed change log and the chunks it speaks of.

    A caller may assume that what one call has shown, later calls show too: once `head()` has
    returned a seq, every change up to it and its chunks are readable. It may not assume that
    two calls see the same instant: a chunk may already carry a `superseded_at` that belongs to
    a change not yet read. Any exception means "could not look" and the call may be repeated.
    """

    def head(self) -> int:
        """Return the last committed seq, 0 if there is none."""
        ...

    def identity(self) -> LogIdentity: ...

    def instant_of(self, seq: int) -> datetime | None:
        """Return `at` of that change, None if there is no such change."""
        ...

    def changes(self, after: int, limit: int) -> Sequence[Change]:
        """Return at most `limit` changes with a seq above `after`, in seq order."""
        ...

    def chunks_of(self, document_rows: Sequence[int]) -> Sequence[IndexedChunk]:
        """Return the chunks of these document versions as they are stored now."""
        ...

    def all_chunks(self, after_chunk: int, limit: int) -> Sequence[IndexedChunk]:
        """Return at most `limit` chunks with an id above `after_chunk`, in id order."""
        ...
