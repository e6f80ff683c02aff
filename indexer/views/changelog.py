"""The seam to the database: what index views read, and nothing else of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from indexer.records import Change, IndexedChunk


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

    @property
    def database_id(self) -> str:
        """Which database this is; known from the start."""
        ...

    def last_erased(self) -> int:
        """Return the seq of the newest erasure, 0 if there was none."""
        ...

    def instant_of(self, seq: int) -> datetime | None:
        """Return `at` of that change, None if there is no such change."""
        ...

    def changes(self, after: int, limit: int) -> Sequence[Change]:
        """Return at most `limit` changes with a seq above `after`, in seq order."""
        ...

    def chunks_of(self, embedder: str, document_rows: Sequence[int]) -> Sequence[IndexedChunk]:
        """Return the chunks of these document versions as they are stored now.

        Raises:
            EmbedderMismatch: one has no vector by `embedder`; another is the active one by now.
        """
        ...

    def all_chunks(self, embedder: str, after_chunk: int, limit: int) -> Sequence[IndexedChunk]:
        """Return at most `limit` chunks with an id above `after_chunk`, in id order.

        Raises:
            EmbedderMismatch: as for `chunks_of`.
        """
        ...
