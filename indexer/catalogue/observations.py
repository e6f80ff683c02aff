"""Series, their cards, and their observations."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, insert, select, union_all, update
from sqlalchemy.orm import Session, aliased

from connectors.records import Series
from indexer import cards
from indexer.catalogue import slices
from indexer.catalogue.documents import was_held, was_published
from indexer.records import StoredObservation, StoredSeries
from indexer.tables import DocumentRow, ObservationRow, SeriesRow, SourceRow

_MOST_SELECTS = 200
"""Selects joined in one statement; SQLite takes 500."""


def series_of(session: Session, source_id: int, keys: Sequence[str]) -> dict[str, StoredSeries]:
    found: dict[str, StoredSeries] = {}
    for some in slices(keys):
        rows = session.scalars(
            select(SeriesRow).where(SeriesRow.source_id == source_id, SeriesRow.key.in_(some))
        )
        found |= {row.key: StoredSeries(row.id, _series(row)) for row in rows}
    return found


def insert_series(
    session: Session, source_id: int, series: Sequence[Series], *, now: datetime
) -> dict[str, int]:
    """Insert series and return their rows by key."""
    if not series:
        return {}
    statement = insert(SeriesRow).returning(SeriesRow.id, sort_by_parameter_order=True)
    values = [_columns(one) | {"source_id": source_id, "created_at": now} for one in series]
    rows = list(session.scalars(statement, values))
    return {one.key: row for one, row in zip(series, rows, strict=True)}


def update_series(session: Session, row: int, series: Series) -> None:
    session.execute(update(SeriesRow).where(SeriesRow.id == row).values(_columns(series)))


def current_between(
    session: Session, series_rows: Sequence[int], *, first: datetime, last: datetime
) -> dict[tuple[int, datetime], StoredObservation]:
    """Return the current observations that hold from an instant in [first, last]."""
    found: dict[tuple[int, datetime], StoredObservation] = {}
    for some in slices(series_rows):
        rows = session.execute(
            select(
                ObservationRow.id,
                ObservationRow.series_id,
                ObservationRow.valid_from,
                ObservationRow.value,
                ObservationRow.valid_until,
                ObservationRow.published_at,
            ).where(
                ObservationRow.series_id.in_(some),
                ObservationRow.valid_from.between(first, last),
                ObservationRow.superseded_at.is_(None),
            )
        )
        for row in rows:
            found[row.series_id, row.valid_from] = StoredObservation(
                row.id, row.value, row.valid_until, row.published_at
            )
    return found


def insert_observations(session: Session, values: Sequence[dict[str, object]]) -> None:
    if values:
        session.execute(insert(ObservationRow), list(values))


def supersede(session: Session, rows: Sequence[int], *, at: datetime) -> None:
    for some in slices(rows):
        session.execute(
            update(ObservationRow).where(ObservationRow.id.in_(some)).values(superseded_at=at)
        )


def values_at(
    session: Session, series_rows: Sequence[int], *, as_of: datetime, known_at: datetime
) -> dict[int, list[ObservationRow]]:
    """Return for each series its last two values begun by `as_of`, the newest first.

    Of several versions of a value the one counts that was received last of those that were
    received by `known_at` and published by `as_of`.
    """
    found: dict[int, list[ObservationRow]] = {}
    for some in slices(series_rows, _MOST_SELECTS):
        # One short index scan a series, all in one statement; a window function over the whole
        # history would read every value ever stored.
        newest = union_all(*(_newest_two(row, as_of=as_of, known_at=known_at) for row in some))
        rows = session.scalars(
            select(ObservationRow)
            .where(ObservationRow.id.in_(newest))
            .order_by(ObservationRow.series_id, ObservationRow.valid_from.desc())
        )
        for row in rows:
            found.setdefault(row.series_id, []).append(row)
    return found


def series_seen(
    session: Session,
    *,
    known_at: datetime,
    source: str | None = None,
    key: str | None = None,
    limit: int | None = None,
) -> list[tuple[str, StoredSeries]]:
    """Return (source name, series) of every series whose card was stored by `known_at` and not
    yet removed, as that version of the card describes it."""
    query = (
        select(DocumentRow.series_id, DocumentRow.details, SourceRow.name)
        .join(SourceRow, SourceRow.id == DocumentRow.source_id)
        .join(SeriesRow, SeriesRow.id == DocumentRow.series_id)
        .where(was_held(DocumentRow, known_at))
        .order_by(SourceRow.name, SeriesRow.key)
        .limit(limit)
    )
    if source is not None:
        query = query.where(SourceRow.name == source)
    if key is not None:
        query = query.where(SeriesRow.key == key)
    return [
        (row.name, StoredSeries(row.series_id, cards.series_of(row.details)))
        for row in session.execute(query)
    ]


def between(
    session: Session,
    series_row: int,
    *,
    start: datetime | None,
    end: datetime | None,
    as_of: datetime,
    known_at: datetime,
    has_begun: bool = False,
    include_history: bool,
    limit: int,
) -> list[ObservationRow]:
    """Return a series' values that begin in [start, end), the newest first.

    has_begun: only those that begin by `as_of`.
    Only what was received by `known_at` and published by `as_of`: of each value the version
    received last, or with `include_history` every version, the last received first.
    """
    query = select(ObservationRow).where(
        ObservationRow.series_id == series_row, *_was_told(ObservationRow, as_of, known_at)
    )
    if start is not None:
        query = query.where(ObservationRow.valid_from >= start)
    if has_begun:
        query = query.where(ObservationRow.valid_from <= as_of)
    if end is not None:
        query = query.where(ObservationRow.valid_from < end)
    if not include_history:
        query = query.where(_is_last_told(as_of, known_at))
    order = (ObservationRow.valid_from.desc(), ObservationRow.observed_at.desc())
    return list(session.scalars(query.order_by(*order).limit(limit)))


def _columns(series: Series) -> dict[str, object]:
    metadata: Mapping[str, object] = series.metadata
    return {
        "key": series.key,
        "title": series.title,
        "unit": series.unit,
        "currency": series.currency,
        "cadence": series.cadence,
        "zone": series.zone,
        "venue": series.venue,
        "description": series.description,
        "url": series.url,
        "aliases": list(series.aliases),
        "details": dict(metadata),
    }


def _series(row: SeriesRow) -> Series:
    return Series(
        key=row.key,
        title=row.title,
        unit=row.unit,
        currency=row.currency,
        cadence=row.cadence,
        zone=row.zone,
        venue=row.venue,
        description=row.description,
        url=row.url,
        aliases=tuple(row.aliases),
        metadata=row.details,
    )


def _newest_two(series_row: int, *, as_of: datetime, known_at: datetime) -> Select[int]:
    inner = (
        select(ObservationRow.id)
        .where(
            ObservationRow.series_id == series_row,
            ObservationRow.valid_from <= as_of,
            *_was_told(ObservationRow, as_of, known_at),
            _is_last_told(as_of, known_at),
        )
        .order_by(ObservationRow.valid_from.desc())
        .limit(2)
        .subquery()
    )
    return select(inner.c.id)


def _was_told(
    row: type[ObservationRow], as_of: datetime, known_at: datetime
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether a version was received by `known_at` and published by `as_of`."""
    return row.observed_at <= known_at, was_published(row, as_of)


def _is_last_told(as_of: datetime, known_at: datetime) -> ColumnElement[bool]:
    """Whether no other version of the same value was told later, by then."""
    later = aliased(ObservationRow)
    return ~exists().where(
        later.series_id == ObservationRow.series_id,
        later.valid_from == ObservationRow.valid_from,
        later.observed_at > ObservationRow.observed_at,
        *_was_told(later, as_of, known_at),
    )
