"""Receipts of prompts and answers, and the entries of the chain that holds them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.orm import Session

from indexer.catalogue import slices
from indexer.tables import ReceiptEntryRow, ReceiptRow

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A link of the chain as it is stored, with the body of its receipt if there still is one."""

    position: int
    receipt_id: str | None
    content: bytes
    digest: str
    key: str | None
    signature: bytes | None
    body: bytes | None = None


def add(session: Session, values: Sequence[dict[str, object]]) -> None:
    """Insert receipts; `values` are columns of `receipt`."""
    session.execute(insert(ReceiptRow), list(values))


def body(session: Session, receipt_id: str) -> bytes | None:
    return session.scalar(select(ReceiptRow.body).where(ReceiptRow.id == receipt_id))


def answers_of(session: Session, receipt_id: str) -> list[tuple[str, bytes]]:
    """Return ids and bodies of the answers to a prompt, the newest first."""
    query = (
        select(ReceiptRow.id, ReceiptRow.body)
        .where(ReceiptRow.of == receipt_id)
        .order_by(ReceiptRow.created_at.desc(), ReceiptRow.id.desc())
    )
    return [(row.id, row.body) for row in session.execute(query)]


def head(session: Session) -> tuple[int, str] | None:
    """Return position and digest of the last entry; None before the first."""
    query = select(ReceiptEntryRow.position, ReceiptEntryRow.digest)
    row = session.execute(query.order_by(ReceiptEntryRow.position.desc()).limit(1)).first()
    return None if row is None else (row.position, row.digest)


def last_key(session: Session) -> str | None:
    """Return the name of the key that signed the last signed entry."""
    query = select(ReceiptEntryRow.key).where(ReceiptEntryRow.key.is_not(None))
    return session.scalar(query.order_by(ReceiptEntryRow.position.desc()).limit(1))


def add_entries(session: Session, rows: Sequence[dict[str, object]]) -> None:
    session.execute(insert(ReceiptEntryRow), list(rows))


def entries(session: Session, *, first: int = 1, last: int | None = None) -> Iterator[StoredEntry]:
    """Yield the chain in its order, some rows at a time."""
    end = last if last is not None else (head(session) or (0, ""))[0]
    for start in range(first, end + 1, _AT_ONCE):
        until = min(end, start + _AT_ONCE - 1)
        query = (
            select(ReceiptEntryRow, ReceiptRow.body)
            .outerjoin(ReceiptRow, ReceiptRow.id == ReceiptEntryRow.receipt_id)
            .where(ReceiptEntryRow.position.between(start, until))
            .order_by(ReceiptEntryRow.position)
        )
        for row, content in session.execute(query):
            yield _entry(row, content)


def unchained(session: Session, *, since: datetime | None, most: int) -> tuple[int, Sequence[str]]:
    """Return how many receipts made before an instant no entry is about, and which ones after it.

    since: None if there is no entry, so that all are from before. most: of those after it.
    """
    is_chained = exists().where(ReceiptEntryRow.receipt_id == ReceiptRow.id)
    alone = select(ReceiptRow.id).where(~is_chained)
    older = alone if since is None else alone.where(ReceiptRow.created_at < since)
    count = session.scalar(select(func.count()).select_from(older.subquery())) or 0
    if since is None:
        return count, ()
    newer = alone.where(ReceiptRow.created_at >= since).order_by(ReceiptRow.created_at)
    return count, session.scalars(newer.limit(most)).all()


def entries_of(session: Session, receipt_id: str) -> list[StoredEntry]:
    """Return what the chain says of one receipt, in order."""
    query = (
        select(ReceiptEntryRow, ReceiptRow.body)
        .outerjoin(ReceiptRow, ReceiptRow.id == ReceiptEntryRow.receipt_id)
        .where(ReceiptEntryRow.receipt_id == receipt_id)
        .order_by(ReceiptEntryRow.position)
    )
    return [_entry(row, content) for row, content in session.execute(query)]


def entry_at(session: Session, position: int) -> StoredEntry | None:
    row = session.get(ReceiptEntryRow, position)
    return None if row is None else _entry(row, None)


def key_entries(session: Session, *, until: int) -> list[StoredEntry]:
    """Return the entries that name keys, up to a position, in order."""
    query = (
        select(ReceiptEntryRow)
        .where(ReceiptEntryRow.receipt_id.is_(None), ReceiptEntryRow.position <= until)
        .order_by(ReceiptEntryRow.position)
    )
    return [_entry(row, None) for row in session.scalars(query) if b'"kind":"key"' in row.content]


def delete_before(session: Session, before: datetime) -> int:
    """Delete the bodies of receipts made before an instant; return how many those were."""
    ids = list(session.scalars(select(ReceiptRow.id).where(ReceiptRow.created_at < before)))
    for some in slices(ids):
        session.execute(delete(ReceiptRow).where(ReceiptRow.id.in_(some)))
    return len(ids)


def _entry(row: ReceiptEntryRow, content: bytes | None) -> StoredEntry:
    return StoredEntry(
        position=row.position,
        receipt_id=row.receipt_id,
        content=row.content,
        digest=row.digest,
        key=row.key,
        signature=row.signature,
        body=content,
    )
