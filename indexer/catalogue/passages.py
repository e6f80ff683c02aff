"""Passages as they stand now, with what they are embedded under, to learn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from indexer.tables import ChunkRow, DocumentRow, EmbeddingRow, SourceRow


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A chunk of a document's current version.

    uid: the document's public identity; `key` is what its source calls it.
    details: the document's metadata; a card (`is_card`) describes its series there.
    vector: [d] float16 bytes, by the embedder that was asked for; empty where there is none.
    """

    uid: str
    key: str
    ordinal: int
    title: str
    section: str
    text: str
    is_card: bool
    details: Mapping[str, Any]  # Any: JSON
    vector: bytes

    @property
    def embedded_text(self) -> str:
        """What the index holds a vector of."""
        return "\n".join(part for part in (self.title, self.section, self.text) if part)


def current(
    session: Session, *, embedder: str, collection: str | None = None
) -> list[StoredPassage]:
    """Return the passages of every current version, or of those in one collection, in order.

    embedder: the identity of the one whose vectors are wanted, active or beside.
    """
    beside = and_(EmbeddingRow.chunk_id == ChunkRow.id, EmbeddingRow.embedder == embedder)
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
            case(
                (ChunkRow.embedder == embedder, ChunkRow.vector),
                else_=func.coalesce(EmbeddingRow.vector, b""),
            ),
        )
        .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
        .join(SourceRow, SourceRow.id == DocumentRow.source_id)
        .outerjoin(EmbeddingRow, beside)
        .where(DocumentRow.superseded_at.is_(None), SourceRow.removed_at.is_(None))
        .order_by(DocumentRow.id, ChunkRow.ordinal)
    )
    if collection is not None:
        query = query.where(SourceRow.collection == collection)
    return [StoredPassage(*row) for row in session.execute(query)]
