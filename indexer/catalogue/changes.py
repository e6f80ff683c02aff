"""The change log, and the chunks that index views read through it."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, insert, select
from sqlalchemy.orm import Session

from indexer.cards import names_of, series_of
from indexer.catalogue import slices
from indexer.records import Change, ChangeKind, IndexedChunk
from indexer.tables import ChangeRow, ChunkRow, DocumentRow, EmbeddingRow, PropertyRow

_TICK = timedelta(microseconds=1)
_HEAD = select(ChangeRow.seq, ChangeRow.at).order_by(ChangeRow.seq.desc()).limit(1)


def database_id(session: Session) -> str | None:
    return session.scalar(select(PropertyRow.value).where(PropertyRow.name == "database_id"))


def create_database_id(session: Session) -> str:
    """Give the database an identity unless it has one; call it in a writing session."""
    found = database_id(session)
    if found is None:
        found = uuid.uuid4().hex
        session.execute(insert(PropertyRow).values(name="database_id", value=found))
    return found


def head(session: Session) -> tuple[int, datetime | None]:
    """Return the last committed `seq` and its instant; (0, None) for an empty log."""
    row = session.execute(_HEAD).first()
    return (row.seq, row.at) if row else (0, None)


def next_instant(session: Session, now: datetime) -> datetime:
    """Return the instant of the transaction under way: `now`, or just after the last one.

    Only a writing session may ask: then no other transaction can take the same instant.
    """
    _, last = head(session)
    return now if last is None or now > last else last + _TICK


def append(
    session: Session,
    kind: ChangeKind,
    *,
    at: datetime,
    source_id: int | None,
    documents: Sequence[int] = (),
    series: Sequence[int] = (),
) -> int:
    """Write one entry per document or series and return the last `seq`."""
    seq, _ = head(session)
    subjects = [{"document_id": row, "series_id": None} for row in documents]
    subjects += [{"document_id": None, "series_id": row} for row in series]
    if not subjects:
        subjects = [{"document_id": None, "series_id": None}]
    rows = [
        {"seq": seq + step, "kind": kind.value, "at": at, "source_id": source_id, **subject}
        for step, subject in enumerate(subjects, start=1)
    ]
    session.execute(insert(ChangeRow), rows)
    return seq + len(rows)


def instant_of(session: Session, seq: int) -> datetime | None:
    return session.scalar(select(ChangeRow.at).where(ChangeRow.seq == seq))


def last_of(session: Session, kind: ChangeKind) -> int:
    """Return the newest `seq` of this kind, 0 if there is none; it reads the whole log."""
    newest = select(func.max(ChangeRow.seq)).where(ChangeRow.kind == kind.value)
    return session.scalar(newest) or 0


def after(session: Session, seq: int, limit: int) -> list[Change]:
    rows = session.execute(
        select(ChangeRow.seq, ChangeRow.kind, ChangeRow.at, ChangeRow.document_id)
        .where(ChangeRow.seq > seq)
        .order_by(ChangeRow.seq)
        .limit(limit)
    )
    return [Change(row.seq, ChangeKind(row.kind), row.at, row.document_id) for row in rows]


def chunks_of(session: Session, embedder: str, documents: Sequence[int]) -> list[IndexedChunk]:
    """Return the chunks of these document versions, oldest row first, as they stand now.

    The vector is the one by this embedder, empty where it made none.
    """
    found: list[IndexedChunk] = []
    for some in slices(documents):
        query = _indexed_chunks(embedder).where(ChunkRow.document_id.in_(some))
        found += [IndexedChunk(*row) for row in session.execute(query.order_by(ChunkRow.id))]
    return _with_names(session, sorted(found, key=lambda chunk: chunk.chunk))


def all_chunks(session: Session, embedder: str, after_chunk: int, limit: int) -> list[IndexedChunk]:
    """Return the next chunks by id, with vectors as in `chunks_of`."""
    query = _indexed_chunks(embedder).where(ChunkRow.id > after_chunk)
    rows = session.execute(query.order_by(ChunkRow.id).limit(limit))
    return _with_names(session, [IndexedChunk(*row) for row in rows])


def chunk_count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(ChunkRow)) or 0


def _with_names(session: Session, chunks: list[IndexedChunk]) -> list[IndexedChunk]:
    """Add to the cards among these chunks what their series is called, as the card says it."""
    rows = sorted({chunk.document_row for chunk in chunks if chunk.series is not None})
    names: dict[int, tuple[str, ...]] = {}
    for some in slices(rows):
        found = session.execute(
            select(DocumentRow.id, DocumentRow.details).where(DocumentRow.id.in_(some))
        )
        names |= {row.id: names_of(series_of(row.details)) for row in found}
    return [
        chunk if chunk.series is None else replace(chunk, names=names.get(chunk.document_row, ()))
        for chunk in chunks
    ]


def _indexed_chunks(
    embedder: str,
) -> Select[*tuple[Any, ...]]:  # Any: fourteen columns, as IndexedChunk
    beside = and_(EmbeddingRow.chunk_id == ChunkRow.id, EmbeddingRow.embedder == embedder)
    return (
        select(
            ChunkRow.id,
            ChunkRow.document_id,
            DocumentRow.source_id,
            DocumentRow.title,
            ChunkRow.text,
            ChunkRow.section,
            case(
                (ChunkRow.embedder == embedder, ChunkRow.vector),
                else_=func.coalesce(EmbeddingRow.vector, b""),
            ),
            DocumentRow.published_at,
            func.coalesce(ChunkRow.valid_from, DocumentRow.valid_from),
            func.coalesce(ChunkRow.valid_until, DocumentRow.valid_until),
            DocumentRow.observed_at,
            DocumentRow.superseded_at,
            DocumentRow.series_id,
            DocumentRow.updated_at,
        )
        .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
        .outerjoin(EmbeddingRow, beside)
    )
