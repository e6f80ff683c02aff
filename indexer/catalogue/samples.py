"""Samples of what collections hold, spread over their documents, and which of them changed."""

from dataclasses import dataclass

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from indexer.cards import names_of, series_of
from indexer.catalogue import slices
from indexer.tables import ChangeRow, ChunkRow, DocumentRow, EmbeddingRow


@dataclass(frozen=True, slots=True)
class Card:
    """What the card of a current series says: the series' key, and what a question may call it."""

    source_id: int
    key: str
    names: tuple[str, ...]


def changed_sources(session: Session, *, after: int) -> set[int | None]:
    """Return the sources of changes with a `seq` above `after`; None is a change of none alone."""
    query = select(ChangeRow.source_id).where(ChangeRow.seq > after).distinct()
    return set(session.scalars(query))


def documents(session: Session, source_id: int, *, most: int) -> list[int]:
    """Return about `most` current documents of a source, spread over all, oldest row first."""
    is_current = (DocumentRow.source_id == source_id, DocumentRow.superseded_at.is_(None))
    count = session.scalar(select(func.count()).select_from(DocumentRow).where(*is_current)) or 0
    numbered = select(
        DocumentRow.id, func.row_number().over(order_by=DocumentRow.id).label("place")
    ).where(*is_current)
    every = max(1, -(-count // most))
    rows = numbered.subquery()
    chosen = select(rows.c.id).where(rows.c.place % every == 0 if every > 1 else rows.c.place > 0)
    return list(session.scalars(chosen.order_by(rows.c.id).limit(most)))


def vectors(session: Session, embedder: str, document_rows: list[int], *, most: int) -> list[bytes]:
    """Return at most `most` vectors of their chunks by an embedder, those first in text first.

    A vector is [d] float16 bytes.
    """
    beside = and_(EmbeddingRow.chunk_id == ChunkRow.id, EmbeddingRow.embedder == embedder)
    found: list[tuple[int, int, bytes]] = []
    for some in slices(document_rows):
        query = (
            select(
                ChunkRow.ordinal,
                ChunkRow.id,
                case(
                    (ChunkRow.embedder == embedder, ChunkRow.vector),
                    else_=func.coalesce(EmbeddingRow.vector, b""),
                ),
            )
            .outerjoin(EmbeddingRow, beside)
            .where(ChunkRow.document_id.in_(some), ChunkRow.ordinal < most)
            .order_by(ChunkRow.ordinal, ChunkRow.id)
            .limit(most)
        )
        found += [(ordinal, row, vector) for ordinal, row, vector in session.execute(query)]
    return [vector for _, _, vector in sorted(found)[:most] if vector]


def cards(session: Session, source_id: int, *, most: int) -> list[Card]:
    """Return at most `most` cards of a source's current series."""
    query = (
        select(DocumentRow.details)
        .where(
            DocumentRow.source_id == source_id,
            DocumentRow.superseded_at.is_(None),
            DocumentRow.series_id.is_not(None),
        )
        .order_by(DocumentRow.id)
        .limit(most)
    )
    described = [series_of(details) for details in session.scalars(query)]
    return [Card(source_id, each.key, names_of(each)) for each in described]
