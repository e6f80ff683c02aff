"""Passages as they stand now, with what they are embedded under, to learn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from indexer.tables import ChunkRow, DocumentRow, SourceRow


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A chunk of a document's current version.

    uid: the document's public identity; `key` is what its source calls it.
    details: the document's metadata; a card (`is_card`) describes its series there.
    vector: [d] float16 bytes, made by `embedder`.
    """

    uid: str
    key: str
    ordinal: int
    title: str
    section: str
    text: str
    is_card: bool
    details: Mapping[str, Any]  # Any: JSON
    embedder: str
    vector: bytes

    @property
    def embedded_text(self) -> str:
        """What the index holds a vector of."""
        return "\n".join(part for part in (self.title, self.section, self.text) if part)


def current(session: Session, *, collection: str | None = None) -> list[StoredPassage]:
    """Return the passages of every current version, or of those in one collection, in order."""
    query = (
        select(
            DocumentRow.uid,
            DocumentRow.key,
            ChunkRow.ordinal,
            DocumentRow.title,
            ChunkRow.section,
            ChunkRow.text,
            DocumentRow.series_id.is_not(None),
            DocumentRow.details,
            ChunkRow.embedder,
            ChunkRow.vector,
        )
        .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
        .join(SourceRow, SourceRow.id == DocumentRow.source_id)
        .where(DocumentRow.superseded_at.is_(None), SourceRow.removed_at.is_(None))
        .order_by(DocumentRow.id, ChunkRow.ordinal)
    )
    if collection is not None:
        query = query.where(SourceRow.collection == collection)
    return [StoredPassage(*row) for row in session.execute(query)]
