"""What answering needs: the chunks behind hits, with their documents and sources; receipts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, or_, select
from sqlalchemy.orm import Session, aliased, defer

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


@dataclass(frozen=True, slots=True)
class NearbyPassage:
    """A passage near one that was found, or that one itself.

    version_id: the row of its document's version.
    text: the document's from `start` up to the next passage, so that texts of neighbours join.
    has_own_times: it holds for times of its own, not for those of its document.
    """

    version_id: int
    ordinal: int
    start: int
    end: int
    text: str
    has_own_times: bool


def nearby(session: Session, rows: Sequence[int], *, reach: int) -> dict[int, list[NearbyPassage]]:
    """Return for each chunk the passages up to `reach` before and after it, and it, in order."""
    found: dict[int, list[NearbyPassage]] = {}
    near, after = aliased(ChunkRow), aliased(ChunkRow)
    next_start = (
        select(func.min(after.start_offset))
        .where(after.document_id == near.document_id, after.ordinal == near.ordinal + 1)
        .scalar_subquery()
    )
    length = func.coalesce(next_start, near.end_offset) - near.start_offset
    for some in slices(rows):
        query = (
            select(
                ChunkRow.id,
                near.document_id,
                near.ordinal,
                near.start_offset,
                near.end_offset,
                func.substr(DocumentRow.text, near.start_offset + 1, length),
                or_(near.valid_from.is_not(None), near.valid_until.is_not(None)),
            )
            .join(near, near.document_id == ChunkRow.document_id)
            .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
            .where(
                ChunkRow.id.in_(some),
                near.ordinal.between(ChunkRow.ordinal - reach, ChunkRow.ordinal + reach),
            )
            .order_by(ChunkRow.id, near.ordinal)
        )
        for row, *passage in session.execute(query):
            found.setdefault(row, []).append(NearbyPassage(*passage))
    return found


def texts(session: Session, versions: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Return the whole texts of document versions, by `uid` and version number."""
    found: dict[tuple[str, int], str] = {}
    for some in slices(sorted({uid for uid, _ in versions})):
        query = select(DocumentRow.uid, DocumentRow.version, DocumentRow.text).where(
            DocumentRow.uid.in_(some)
        )
        found |= {(uid, version): text for uid, version, text in session.execute(query)}
    return {name: found[name] for name in versions if name in found}


def add_receipt(
    session: Session, receipt_id: str, *, created_at: datetime, seq: int, body: bytes
) -> None:
    session.execute(
        insert(ReceiptRow).values(id=receipt_id, created_at=created_at, seq=seq, body=body)
    )


def receipt(session: Session, receipt_id: str) -> bytes | None:
    return session.scalar(select(ReceiptRow.body).where(ReceiptRow.id == receipt_id))
