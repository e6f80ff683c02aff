"""What answering needs: the chunks behind hits, with their documents and sources; receipts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, defer

from indexer.catalogue import slices
from indexer.catalogue.documents import CHECKED_AT
from indexer.tables import ChunkRow, DocumentRow, ReceiptRow, SourceRow


@dataclass(frozen=True, slots=True)
class ChunkInContext:
    """A chunk with the version and the source it comes from."""

    chunk: ChunkRow
    document: DocumentRow
    source_id: int
    source: str
    source_kind: str
    collection: str
    checked_at: datetime


def chunks(session: Session, rows: Sequence[int]) -> list[ChunkInContext]:
    """Return these chunks, in no particular order; those that do not exist are left out."""
    found: list[ChunkInContext] = []
    for some in slices(rows):
        query = (
            select(
                ChunkRow,
                DocumentRow,
                SourceRow.id,
                SourceRow.name,
                SourceRow.kind,
                SourceRow.collection,
                CHECKED_AT,
            )
            .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
            .join(SourceRow, SourceRow.id == DocumentRow.source_id)
            .where(ChunkRow.id.in_(some))
            .options(defer(DocumentRow.text), defer(ChunkRow.vector))
        )
        found += [ChunkInContext(*row) for row in session.execute(query)]
    return found


def add_receipt(
    session: Session, receipt_id: str, *, created_at: datetime, seq: int, body: bytes
) -> None:
    session.execute(
        insert(ReceiptRow).values(id=receipt_id, created_at=created_at, seq=seq, body=body)
    )


def receipt(session: Session, receipt_id: str) -> bytes | None:
    return session.scalar(select(ReceiptRow.body).where(ReceiptRow.id == receipt_id))
