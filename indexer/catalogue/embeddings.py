"""Vectors by several embedders, and which of them is the active one.

A chunk's own row holds the vector of the embedder that was active when it was stored; vectors of
others lie beside, in `embedding`. Which embedder answers is one property, so switching rewrites
no vector. Where that property is missing, no switch was ever made: whatever made the vectors in
the chunks' rows is active.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from indexer.catalogue import slices
from indexer.records import KnownEmbedder
from indexer.tables import ChunkRow, DocumentRow, EmbeddingRow, PropertyRow

_ACTIVE = "embedder"
_BEFORE = "embedder_before"
_BESIDE = "embedders_beside"


@dataclass(frozen=True, slots=True)
class Lacking:
    """A chunk without a vector by some embedder; stored_hash tells it from a later one."""

    chunk: int
    title: str
    section: str
    text: str
    stored_hash: str


def active(session: Session) -> KnownEmbedder | None:
    """Return the embedder that was last switched to; None where no switch was ever made."""
    found = _property(session, _ACTIVE)
    return None if found is None else KnownEmbedder(**json.loads(found))


def before(session: Session) -> str | None:
    """Return the identity of the embedder that was active before the last switch."""
    return _property(session, _BEFORE)


def beside(session: Session) -> list[KnownEmbedder]:
    """Return the embedders whose vectors are kept beside the active ones, oldest first."""
    return [KnownEmbedder(**each) for each in json.loads(_property(session, _BESIDE) or "[]")]


def activate(session: Session, chosen: KnownEmbedder, *, instead_of: KnownEmbedder | None) -> None:
    _set(session, _ACTIVE, json.dumps(asdict(chosen)))
    _set(session, _BEFORE, None if instead_of is None else instead_of.identity)
    left = [each for each in beside(session) if each.identity != chosen.identity]
    keep_beside(session, [*left, *([] if instead_of is None else [instead_of])])


def keep_beside(session: Session, known: Sequence[KnownEmbedder]) -> None:
    """Write down which embedders have vectors beside the active ones."""
    _set(session, _BESIDE, json.dumps([asdict(each) for each in known]))
    if before(session) not in {each.identity for each in known}:
        _set(session, _BEFORE, None)


def in_chunks(session: Session) -> list[str]:
    """Return the identities of the embedders whose vectors the chunks' own rows hold."""
    return list(session.scalars(select(ChunkRow.embedder).distinct().order_by(ChunkRow.embedder)))


def ends_in_chunks(session: Session) -> set[str]:
    """Return the first and the last of these identities, for two looks into an index.

    There are none without chunks, one where all are by one embedder, else two.
    """
    first, last = (
        select(choose(ChunkRow.embedder)).scalar_subquery() for choose in (func.min, func.max)
    )
    return {name for name in session.execute(select(first, last)).one() if name is not None}


def counts(session: Session) -> dict[str, int]:
    """Return how many chunks have a vector by each embedder."""
    found: dict[str, int] = {}
    for column in (ChunkRow.embedder, EmbeddingRow.embedder):
        for name, count in session.execute(select(column, func.count()).group_by(column)):
            found[name] = found.get(name, 0) + count
    return found


def longest(session: Session) -> int:
    """Return how many tokens the longest chunk had for the embedder it was cut for."""
    return session.scalar(select(func.max(ChunkRow.token_count))) or 0


def lacking_count(session: Session, embedder: str) -> int:
    return session.scalar(select(func.count()).select_from(ChunkRow).where(_lacks(embedder))) or 0


def lacking_ids(session: Session, embedder: str, *, limit: int) -> list[int]:
    """Return chunks that have no vector by this embedder, in no order.

    This looks at every chunk, so ask for many at once.
    """
    return list(session.scalars(select(ChunkRow.id).where(_lacks(embedder)).limit(limit)))


def lacking(session: Session, embedder: str, chunks: Sequence[int]) -> list[Lacking]:
    """Return those of these chunks that still have no vector by this embedder."""
    found: list[Lacking] = []
    for some in slices(chunks):
        query = (
            select(
                ChunkRow.id,
                DocumentRow.title,
                ChunkRow.section,
                ChunkRow.text,
                ChunkRow.embedded_hash,
            )
            .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
            .where(ChunkRow.id.in_(some), _lacks(embedder))
        )
        found += [Lacking(*row) for row in session.execute(query)]
    return found


def still_lacking(session: Session, embedder: str, chunks: Mapping[int, str]) -> set[int]:
    """Return which of these chunks, given with their stored hashes, still lack a vector."""
    found: set[int] = set()
    for some in slices(list(chunks)):
        query = select(ChunkRow.id, ChunkRow.embedded_hash).where(
            ChunkRow.id.in_(some), _lacks(embedder)
        )
        rows = session.execute(query)
        found |= {row.id for row in rows if chunks[row.id] == row.embedded_hash}
    return found


def add(session: Session, rows: Sequence[dict[str, object]]) -> None:
    if rows:
        session.execute(insert(EmbeddingRow), list(rows))


def take_out(session: Session, embedder: str, *, instead: str, limit: int) -> int:
    """Put vectors by `instead` into chunks' own rows where `embedder`'s are; return how many."""
    query = (
        select(ChunkRow.id, EmbeddingRow.vector, EmbeddingRow.embedded_hash)
        .join(
            EmbeddingRow,
            and_(EmbeddingRow.chunk_id == ChunkRow.id, EmbeddingRow.embedder == instead),
        )
        .where(ChunkRow.embedder == embedder)
        .order_by(ChunkRow.id)
        .limit(limit)
    )
    moved = [
        {"id": row.id, "embedder": instead, "vector": row.vector, "embedded_hash": row[2]}
        for row in session.execute(query)
    ]
    if moved:
        session.execute(update(ChunkRow), moved)
        delete_of(session, instead, [int(str(row["id"])) for row in moved])
    return len(moved)


def chunks_beside(session: Session, embedder: str, *, after_chunk: int, limit: int) -> list[int]:
    """Return the next chunks, by id, that have a vector by this embedder beside their own."""
    query = select(EmbeddingRow.chunk_id).where(
        EmbeddingRow.embedder == embedder, EmbeddingRow.chunk_id > after_chunk
    )
    return list(session.scalars(query.order_by(EmbeddingRow.chunk_id).limit(limit)))


def delete_of(session: Session, embedder: str, chunks: Sequence[int]) -> None:
    for some in slices(chunks):
        session.execute(
            delete(EmbeddingRow).where(
                EmbeddingRow.chunk_id.in_(some), EmbeddingRow.embedder == embedder
            )
        )


def _lacks(embedder: str) -> ColumnElement[bool]:
    has_beside = exists().where(
        EmbeddingRow.chunk_id == ChunkRow.id, EmbeddingRow.embedder == embedder
    )
    return and_(ChunkRow.embedder != embedder, ~has_beside)


def _property(session: Session, name: str) -> str | None:
    return session.scalar(select(PropertyRow.value).where(PropertyRow.name == name))


def _set(session: Session, name: str, value: str | None) -> None:
    session.execute(delete(PropertyRow).where(PropertyRow.name == name))
    if value is not None:
        session.execute(insert(PropertyRow).values(name=name, value=value))
