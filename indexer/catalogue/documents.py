"""Document versions and their chunks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from connectors.records import Semantics
from indexer.catalogue import slices
from indexer.records import StoredVersion
from indexer.tables import ChunkRow, DocumentRow, EmbeddingRow, ObservationRow, SourceRow

_VERSION_COLUMNS = (
    DocumentRow.id,
    DocumentRow.key,
    DocumentRow.uid,
    DocumentRow.version,
    DocumentRow.content_hash,
    DocumentRow.superseded_at.is_(None).label("is_current"),
    DocumentRow.absent_reads,
    DocumentRow.valid_until,
)


_SNAPSHOT = Semantics.SNAPSHOT.value

CHECKED_AT = case(
    (
        and_(
            SourceRow.confirmed_at > DocumentRow.checked_at,
            DocumentRow.superseded_at.is_(None),
            or_(
                and_(SourceRow.semantics == _SNAPSHOT, DocumentRow.absent_reads == 0),
                DocumentRow.checked_at >= SourceRow.listed_at,
            ),
        ),
        SourceRow.confirmed_at,
    ),
    else_=DocumentRow.checked_at,
)
"""When a read last confirmed a version: itself, or with all that its source last listed."""


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """One stored version, as a reader of the catalogue sees it."""

    row: DocumentRow
    source: str
    collection: str
    checked_at: datetime


def was_held(row: type[DocumentRow], known_at: datetime) -> ColumnElement[bool]:
    """Whether a version was held to be current at `known_at`."""
    is_not_over = or_(row.superseded_at.is_(None), row.superseded_at > known_at)
    return and_(row.observed_at <= known_at, is_not_over)


def was_true(row: type[DocumentRow], as_of: datetime) -> ColumnElement[bool]:
    """Whether a version held in the world at `as_of`."""
    return and_(has_begun(row, as_of), or_(row.valid_until.is_(None), row.valid_until > as_of))


def has_begun(row: type[DocumentRow], as_of: datetime) -> ColumnElement[bool]:
    """Whether a version had begun to hold by `as_of` and was published by then."""
    return and_(row.valid_from <= as_of, was_published(row, as_of))


def was_published(row: type[DocumentRow | ObservationRow], as_of: datetime) -> ColumnElement[bool]:
    """Whether a version was not published after `as_of`: what we hold was by its receipt."""
    return or_(row.published_at.is_(None), row.published_at <= as_of, row.observed_at <= as_of)


def latest_versions(
    session: Session, source_id: int, keys: Sequence[str]
) -> dict[str, StoredVersion]:
    """Return the newest version of each key that has one, current or not."""
    newer = aliased(DocumentRow)
    found: dict[str, StoredVersion] = {}
    for some in slices(keys):
        newest = (
            select(func.max(newer.version))
            .where(newer.source_id == source_id, newer.key == DocumentRow.key)
            .scalar_subquery()
        )
        query = select(*_VERSION_COLUMNS).where(
            DocumentRow.source_id == source_id,
            DocumentRow.key.in_(some),
            DocumentRow.version == newest,
        )
        found |= {row.key: StoredVersion(*row) for row in session.execute(query)}
    return found


def current_items(session: Session, source_id: int) -> list[StoredVersion]:
    """Return every current version of a source, series cards aside."""
    query = select(*_VERSION_COLUMNS).where(
        DocumentRow.source_id == source_id,
        DocumentRow.superseded_at.is_(None),
        DocumentRow.series_id.is_(None),
    )
    return [StoredVersion(*row) for row in session.execute(query)]


def current_rows(session: Session, source_id: int) -> list[int]:
    """Return the rows of every current version of a source, series cards included."""
    return list(
        session.scalars(
            select(DocumentRow.id).where(
                DocumentRow.source_id == source_id, DocumentRow.superseded_at.is_(None)
            )
        )
    )


def insert_versions(session: Session, values: Sequence[dict[str, object]]) -> list[int]:
    """Insert document rows and return their ids in the order given."""
    if not values:
        return []
    statement = insert(DocumentRow).returning(DocumentRow.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, list(values)))


def insert_chunks(session: Session, values: Sequence[dict[str, object]]) -> None:
    if values:
        session.execute(insert(ChunkRow), list(values))


def supersede(
    session: Session, rows: Sequence[int], *, at: datetime, was_removed: bool = False
) -> None:
    for some in slices(rows):
        session.execute(
            update(DocumentRow)
            .where(DocumentRow.id.in_(some))
            .values(superseded_at=at, was_removed=was_removed)
        )


def confirm(session: Session, rows: Sequence[int], *, at: datetime) -> None:
    """Record that a successful read found these versions unchanged at `at`."""
    for some in slices(rows):
        session.execute(
            update(DocumentRow)
            .where(DocumentRow.id.in_(some))
            .values(checked_at=at, absent_reads=0)
        )


def count_absent(session: Session, rows: Sequence[int]) -> None:
    for some in slices(rows):
        session.execute(
            update(DocumentRow)
            .where(DocumentRow.id.in_(some))
            .values(absent_reads=DocumentRow.absent_reads + 1)
        )


def vectors_of(session: Session, documents: Sequence[int], embedder: str) -> dict[str, bytes]:
    """Return this embedder's vectors of these versions, by the digest of what was embedded."""
    found: dict[str, bytes] = {}
    for some in slices(documents):
        own = select(ChunkRow.embedded_hash, ChunkRow.vector).where(
            ChunkRow.document_id.in_(some), ChunkRow.embedder == embedder
        )
        beside = (
            select(EmbeddingRow.embedded_hash, EmbeddingRow.vector)
            .join(ChunkRow, ChunkRow.id == EmbeddingRow.chunk_id)
            .where(ChunkRow.document_id.in_(some), EmbeddingRow.embedder == embedder)
        )
        for query in (own, beside):
            found |= {row.embedded_hash: row.vector for row in session.execute(query)}
    return found


def version(session: Session, uid: str, number: int | None = None) -> DocumentVersion | None:
    """Return one version of a document: the newest, or the one numbered."""
    query = _with_source().where(DocumentRow.uid == uid)
    if number is not None:
        query = query.where(DocumentRow.version == number)
    row = session.execute(query.order_by(DocumentRow.version.desc()).limit(1)).first()
    return None if row is None else DocumentVersion(*row)


def version_at(
    session: Session, uid: str, *, as_of: datetime, known_at: datetime
) -> DocumentVersion | None:
    """Return the version of a document that a query at these instants sees, if there is one."""
    query = _with_source().where(
        DocumentRow.uid == uid, was_held(DocumentRow, known_at), was_true(DocumentRow, as_of)
    )
    row = session.execute(query).first()
    return None if row is None else DocumentVersion(*row)


def versions_at(
    session: Session, uids: Sequence[str], *, as_of: datetime, known_at: datetime
) -> dict[str, DocumentVersion]:
    """Return for each document the version that a query at these instants sees, if there is one."""
    found: dict[str, DocumentVersion] = {}
    for some in slices(uids):
        query = _with_source().where(
            DocumentRow.uid.in_(some),
            was_held(DocumentRow, known_at),
            was_true(DocumentRow, as_of),
        )
        found |= {row[0].uid: DocumentVersion(*row) for row in session.execute(query)}
    return found


def newest_at(
    session: Session, uids: Sequence[str], *, known_at: datetime
) -> dict[str, DocumentVersion]:
    """Return for each document the newest version received by then, held to be current or not."""
    newer = aliased(DocumentRow)
    newest = (
        select(func.max(newer.version))
        .where(newer.uid == DocumentRow.uid, newer.observed_at <= known_at)
        .scalar_subquery()
    )
    found: dict[str, DocumentVersion] = {}
    for some in slices(uids):
        query = _with_source().where(DocumentRow.uid.in_(some), DocumentRow.version == newest)
        found |= {row[0].uid: DocumentVersion(*row) for row in session.execute(query)}
    return found


def versions(
    session: Session, uid: str, *, known_at: datetime, limit: int
) -> list[DocumentVersion]:
    """Return the versions received by `known_at`, the newest first."""
    query = (
        _with_source()
        .where(DocumentRow.uid == uid, DocumentRow.observed_at <= known_at)
        .order_by(DocumentRow.version.desc())
        .limit(limit)
    )
    return [DocumentVersion(*row) for row in session.execute(query)]


def recent(
    session: Session,
    *,
    source: str | None,
    as_of: datetime,
    known_at: datetime,
    include_history: bool,
    limit: int,
) -> list[DocumentVersion]:
    """Return what a query at these instants sees, newest received first; series cards aside."""
    is_seen = and_(was_held(DocumentRow, known_at), was_true(DocumentRow, as_of))
    if include_history:
        is_seen = and_(DocumentRow.observed_at <= known_at, has_begun(DocumentRow, as_of))
    query = _with_source().where(is_seen, DocumentRow.series_id.is_(None))
    if source is not None:
        query = query.where(SourceRow.name == source)
    query = query.order_by(DocumentRow.observed_at.desc(), DocumentRow.id.desc()).limit(limit)
    return [DocumentVersion(*row) for row in session.execute(query)]


def _with_source() -> Select[DocumentRow, str, str, datetime]:
    columns = (DocumentRow, SourceRow.name, SourceRow.collection, CHECKED_AT)
    return select(*columns).join(SourceRow, SourceRow.id == DocumentRow.source_id)
