"""What answering needs: the passages behind hits, and how their versions stand."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from indexer.catalogue import slices
from indexer.catalogue.documents import CHECKED_AT
from indexer.columns import as_stored, instant, instant_or_none, json_value
from indexer.tables import ChunkRow, DocumentRow, SourceRow


@dataclass(frozen=True, slots=True)
class Passage:
    """What a chunk and the version it is cut from said when they were stored, never written again.

    A changed item is another version with chunks of its own, under rows that are used once. What
    does change of a version while it is stored is in its `VersionStanding`.

    version_id: the row of its document's version.
    valid_from, valid_until: its own where it has some, else those of its version.
    signature: tells near-duplicates; None where there is none.
    series_id: the series whose card it is, None for all others.
    """

    chunk: int
    version_id: int
    ordinal: int
    text: str
    section: str
    start: int
    end: int
    valid_from: datetime
    valid_until: datetime | None
    signature: bytes | None
    uid: str
    version: int
    title: str
    url: str | None
    published_at: datetime | None
    updated_at: datetime | None
    observed_at: datetime
    time_flags: tuple[str, ...]
    details: Mapping[str, Any]  # Any: JSON
    series_id: int | None


@dataclass(frozen=True, slots=True)
class VersionStanding:
    """What changes of a stored version: whether it still holds, when that was last confirmed."""

    version_id: int
    superseded_at: datetime | None
    was_removed: bool
    checked_at: datetime
    source: str
    source_kind: str
    collection: str


_STANDING = (
    DocumentRow.id,
    as_stored(DocumentRow.superseded_at),
    DocumentRow.was_removed,
    as_stored(CHECKED_AT),
    SourceRow.name,
    SourceRow.kind,
    SourceRow.collection,
)
_PASSAGE = (
    ChunkRow.id,
    ChunkRow.document_id,
    ChunkRow.ordinal,
    ChunkRow.text,
    ChunkRow.section,
    ChunkRow.start_offset,
    ChunkRow.end_offset,
    as_stored(func.coalesce(ChunkRow.valid_from, DocumentRow.valid_from)),
    as_stored(func.coalesce(ChunkRow.valid_until, DocumentRow.valid_until)),
    as_stored(ChunkRow.signature),
    DocumentRow.uid,
    DocumentRow.version,
    DocumentRow.title,
    DocumentRow.url,
    as_stored(DocumentRow.published_at),
    as_stored(DocumentRow.updated_at),
    as_stored(DocumentRow.observed_at),
    as_stored(DocumentRow.time_flags),
    as_stored(DocumentRow.details),
    DocumentRow.series_id,
)
_MOST_NAMES = 100
_ROWS: BindParameter[int] = bindparam("rows", expanding=True)
_PASSAGES = (
    select(*_PASSAGE, *_STANDING)
    .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
    .join(SourceRow, SourceRow.id == DocumentRow.source_id)
    .where(ChunkRow.id.in_(_ROWS))
)
_UIDS: BindParameter[str] = bindparam("uids", expanding=True)
_PASSAGES_OF = (
    select(*_PASSAGE, *_STANDING)
    .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
    .join(SourceRow, SourceRow.id == DocumentRow.source_id)
    .where(
        DocumentRow.uid.in_(_UIDS),
        tuple_(DocumentRow.uid, DocumentRow.version, ChunkRow.ordinal).in_(
            bindparam("names", expanding=True)
        ),
    )
)
_STANDINGS = (
    select(*_STANDING)
    .join(SourceRow, SourceRow.id == DocumentRow.source_id)
    .where(DocumentRow.id.in_(_ROWS))
)
# Decoding is done here, in one go: value by value it takes longer than all the rest.


def passages(session: Session, rows: Sequence[int]) -> list[tuple[Passage, VersionStanding]]:
    """Return these chunks, in no particular order; those that do not exist are left out."""
    return [
        (_passage(row), _standing(row[len(_PASSAGE) :]))
        for some in slices(rows)
        for row in session.execute(_PASSAGES, {"rows": some})
    ]


def passages_named(
    session: Session, names: Collection[tuple[str, int, int]]
) -> list[tuple[Passage, VersionStanding]]:
    """Return passages by their documents' ids, versions and ordinals, in no particular order."""
    return [
        (_passage(row), _standing(row[len(_PASSAGE) :]))
        for some in slices(sorted(names), _MOST_NAMES)
        for row in session.execute(
            _PASSAGES_OF, {"uids": sorted({uid for uid, _, _ in some}), "names": list(some)}
        )
    ]


def standings(session: Session, versions: Sequence[int]) -> dict[int, VersionStanding]:
    """Return how these versions stand, by row; those that are not stored any more are left out."""
    return {
        row[0]: _standing(row)
        for some in slices(versions)
        for row in session.execute(_STANDINGS, {"rows": some})
    }


def _passage(row: Sequence[Any]) -> Passage:  # Any: columns of many types
    fields = (
        *row[:7],
        instant(row[7]),
        instant_or_none(row[8]),
        *row[9:14],
        instant_or_none(row[14]),
        instant_or_none(row[15]),
        instant(row[16]),
        tuple(json_value(row[17])),
        json_value(row[18]),
        row[19],
    )
    return Passage(*fields)


def _standing(row: Sequence[Any]) -> VersionStanding:  # Any: columns of many types
    version, superseded_at, was_removed, checked_at, *source = row
    return VersionStanding(
        version, instant_or_none(superseded_at), was_removed, instant(checked_at), *source
    )


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
