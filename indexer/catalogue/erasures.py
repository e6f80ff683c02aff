"""Erasures: which documents were erased, and taking everything of one out of the tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from indexer.catalogue import slices
from indexer.records import ErasureRecord
from indexer.tables import ChunkRow, DocumentRow, ErasureRow, ReceiptRow, RunRow

Notes: TypeAlias = tuple[Sequence[Sequence[str | None]], Sequence[str]]
"""The failures and the remarks of a run."""


def erased(session: Session, uids: Sequence[str]) -> set[str]:
    """Return which of these documents were erased and may not be stored again."""
    found: set[str] = set()
    for some in slices(uids):
        found |= set(
            session.scalars(select(ErasureRow.document_id).where(ErasureRow.document_id.in_(some)))
        )
    return found


def by_id(session: Session, uid: str) -> ErasureRecord | None:
    row = session.get(ErasureRow, uid)
    return None if row is None else _record(row)


def recent(session: Session, *, limit: int) -> list[ErasureRecord]:
    query = select(ErasureRow).order_by(ErasureRow.requested_at.desc()).limit(limit)
    return [_record(row) for row in session.scalars(query)]


def unfinished(session: Session) -> list[ErasureRecord]:
    query = select(ErasureRow).where(ErasureRow.completed_at.is_(None)).order_by(ErasureRow.seq)
    return [_record(row) for row in session.scalars(query)]


def add(session: Session, values: Mapping[str, object]) -> None:
    session.execute(delete(ErasureRow).where(ErasureRow.document_id == values["document_id"]))
    session.execute(insert(ErasureRow).values(**values))


def complete(session: Session, uids: Sequence[str], *, at: datetime) -> None:
    for some in slices(uids):
        session.execute(
            update(ErasureRow).where(ErasureRow.document_id.in_(some)).values(completed_at=at)
        )


def lift(session: Session, uid: str) -> bool:
    """Forget an erasure, so that the document may be stored again; return whether there was one."""
    statement = delete(ErasureRow).where(ErasureRow.document_id == uid)
    return session.scalar(statement.returning(ErasureRow.document_id)) is not None


def texts_of(session: Session, uid: str) -> list[tuple[str, str]]:
    """Return (title, text) of every version of a document."""
    query = select(DocumentRow.title, DocumentRow.text).where(DocumentRow.uid == uid)
    return [(row.title, row.text) for row in session.execute(query)]


def delete_document(session: Session, uid: str) -> tuple[int, int]:
    """Delete every version with its chunks and vectors; return how many of both there were."""
    rows = list(session.scalars(select(DocumentRow.id).where(DocumentRow.uid == uid)))
    chunks = 0
    for some in slices(rows):
        count = select(func.count()).where(ChunkRow.document_id.in_(some))
        chunks += session.scalar(count) or 0
        session.execute(delete(ChunkRow).where(ChunkRow.document_id.in_(some)))
        session.execute(delete(DocumentRow).where(DocumentRow.id.in_(some)))
    return len(rows), chunks


def notes_of_runs(session: Session, source_id: int) -> dict[int, Notes]:
    """Return what could not be read and what was remarked, by run, where that was something."""
    query = select(RunRow.id, RunRow.failures, RunRow.remarks).where(RunRow.source_id == source_id)
    rows = session.execute(query)
    return {row.id: (row.failures, row.remarks) for row in rows if row.failures or row.remarks}


def replace_notes(session: Session, run: int, notes: Notes) -> None:
    failures, remarks = notes
    values = {"failures": [list(failure) for failure in failures], "remarks": list(remarks)}
    session.execute(update(RunRow).where(RunRow.id == run).values(values))


def receipt_ids(session: Session) -> list[str]:
    return list(session.scalars(select(ReceiptRow.id).order_by(ReceiptRow.id)))


def receipt_bodies(session: Session, ids: Sequence[str]) -> dict[str, bytes]:
    query = select(ReceiptRow.id, ReceiptRow.body).where(ReceiptRow.id.in_(ids))
    return {row.id: row.body for row in session.execute(query)}


def replace_receipt(session: Session, receipt_id: str, body: bytes) -> None:
    session.execute(update(ReceiptRow).where(ReceiptRow.id == receipt_id).values(body=body))


def _record(row: ErasureRow) -> ErasureRecord:
    return ErasureRecord(
        document_id=row.document_id,
        source=row.source,
        requested_at=row.requested_at,
        completed_at=row.completed_at,
        seq=row.seq,
        versions=row.versions,
        chunks=row.chunks,
        receipts=row.receipts,
    )
