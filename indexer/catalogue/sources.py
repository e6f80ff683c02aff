"""Sources: what is read, and how reading it stands."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.orm import Session

from connectors.errors import Remedy
from connectors.records import JsonValue, Semantics
from indexer.columns import as_text, value_of
from indexer.records import SourceRecord
from indexer.tables import DocumentRow, ObservationRow, SeriesRow, SourceRow

_COLUMNS = list(cast(Table, SourceRow.__table__).columns)
_ALL = select(*map(as_text, _COLUMNS)).order_by(SourceRow.name)
_NOT_REMOVED = _ALL.where(SourceRow.removed_at.is_(None))
_MOST_KEPT = 4096


def all_sources(session: Session, *, with_removed: bool = False) -> list[SourceRecord]:
    """Return every source, by name. Each question asks for them, so what did not change is kept."""
    rows = session.execute(_ALL if with_removed else _NOT_REMOVED)
    return [_record_of(tuple(row)) for row in rows]


@lru_cache(maxsize=_MOST_KEPT)
def _record_of(stored: tuple[Any, ...]) -> SourceRecord:  # Any: columns of many types
    values = {
        column.name: value_of(column, value) for column, value in zip(_COLUMNS, stored, strict=True)
    }
    return _record(SimpleNamespace(**values))


def named(session: Session, name: str, *, with_removed: bool = False) -> SourceRecord | None:
    row = session.scalar(select(SourceRow).where(SourceRow.name == name))
    if row is None or (row.removed_at is not None and not with_removed):
        return None
    return _record(row)


def by_id(session: Session, source_id: int) -> SourceRecord | None:
    row = session.get(SourceRow, source_id)
    return None if row is None else _record(row)


def add(session: Session, values: Mapping[str, object], *, now: datetime) -> int:
    """Insert a source and return its row; `values` are columns of `source`."""
    defaults: dict[str, object] = {
        "cursor": {},
        "created_at": now,
        "failures_in_row": 0,
        "jitter_seconds": 0.0,
        "is_enabled": True,
    }
    row = session.execute(
        insert(SourceRow).values(**defaults | dict(values)).returning(SourceRow.id)
    )
    return int(row.scalar_one())


def change(session: Session, source_id: int, values: Mapping[str, object]) -> None:
    session.execute(update(SourceRow).where(SourceRow.id == source_id).values(**values))


def move_cursor(
    session: Session,
    source_id: int,
    cursor: Mapping[str, JsonValue],
    *,
    was_listing_whole: bool | None = None,
) -> None:
    """Store where a source was left; None leaves what was said of the listing there."""
    values: dict[str, object] = {"cursor": dict(cursor)}
    if was_listing_whole is not None:
        values["was_listing_whole"] = was_listing_whole
    change(session, source_id, values)


def record_success(
    session: Session,
    source_id: int,
    *,
    at: datetime,
    has_changed: bool,
    listed_at: datetime | None = None,
    is_confirmed: bool = False,
    resume_at: datetime | None = None,
    interval_seconds: float | None = None,
) -> None:
    """Write down a good read.

    listed_at: when it began, unless the source said that nothing changed. is_confirmed: it said
    so of all that was listed last, or listed everything there is. resume_at: it is not read
    before, unless somebody asks. interval_seconds: how often it is read on.
    """
    values: dict[str, object] = {
        "last_attempt_at": at,
        "last_success_at": at,
        "failures_in_row": 0,
        "failing_since": None,
        "last_error": None,
        "remedy": None,
        "resume_at": resume_at,
        "interval_seconds": interval_seconds,
    }
    if has_changed:
        values["last_changed_at"] = at
    if listed_at is not None:
        values["listed_at"] = listed_at
    if is_confirmed:
        values["confirmed_at"] = at
    change(session, source_id, values)


def record_failure(
    session: Session,
    source_id: int,
    *,
    at: datetime,
    error: str,
    remedy: Remedy,
    resume_at: datetime,
) -> None:
    session.execute(
        update(SourceRow)
        .where(SourceRow.id == source_id)
        .values(
            last_attempt_at=at,
            last_error=error,
            remedy=remedy.value,
            resume_at=resume_at,
            failures_in_row=SourceRow.failures_in_row + 1,
            failing_since=func.coalesce(SourceRow.failing_since, at),
        )
    )


def postpone(session: Session, source_id: int, *, until: datetime) -> None:
    """Leave a source alone for now that was not even asked."""
    waits = func.coalesce(SourceRow.remedy, Remedy.WAIT.value)
    session.execute(
        update(SourceRow).where(SourceRow.id == source_id).values(resume_at=until, remedy=waits)
    )


def to_retry(session: Session, now: datetime) -> list[SourceRecord]:
    """Return scheduled sources whose pause is over after a failure that may pass, or none."""
    query = select(SourceRow).where(
        SourceRow.remedy == Remedy.WAIT.value,
        SourceRow.resume_at <= now,
        SourceRow.is_enabled,
        SourceRow.removed_at.is_(None),
        SourceRow.schedule.is_not(None),
    )
    return [_record(row) for row in session.scalars(query.order_by(SourceRow.resume_at))]


def plan_next_read(session: Session, source_id: int, at: datetime | None) -> None:
    session.execute(update(SourceRow).where(SourceRow.id == source_id).values(next_read_at=at))


def document_counts(session: Session) -> dict[int, int]:
    """Return the number of current documents, series cards aside, by source."""
    rows = session.execute(
        select(DocumentRow.source_id, func.count())
        .where(DocumentRow.superseded_at.is_(None), DocumentRow.series_id.is_(None))
        .group_by(DocumentRow.source_id)
    )
    return {source: count for source, count in rows}  # noqa: C416 - a Row is not a 2-tuple


def observation_counts(session: Session) -> dict[int, int]:
    rows = session.execute(
        select(SeriesRow.source_id, func.count())
        .join(ObservationRow, ObservationRow.series_id == SeriesRow.id)
        .where(ObservationRow.superseded_at.is_(None))
        .group_by(SeriesRow.source_id)
    )
    return {source: count for source, count in rows}  # noqa: C416 - a Row is not a 2-tuple


def _record(row: SourceRow | SimpleNamespace) -> SourceRecord:
    return SourceRecord(
        id=row.id,
        name=row.name,
        kind=row.kind,
        semantics=Semantics(row.semantics),
        options=row.options,
        collection=row.collection,
        origin=row.origin,
        schedule=row.schedule,
        jitter_seconds=row.jitter_seconds,
        warn_after_seconds=row.warn_after_seconds,
        error_after_seconds=row.error_after_seconds,
        is_enabled=row.is_enabled,
        cursor=row.cursor,
        last_attempt_at=row.last_attempt_at,
        last_success_at=row.last_success_at,
        last_changed_at=row.last_changed_at,
        next_read_at=row.next_read_at,
        resume_at=row.resume_at,
        failures_in_row=row.failures_in_row,
        last_error=row.last_error,
        removed_at=row.removed_at,
        created_at=row.created_at,
        ttl_seconds=row.ttl_seconds,
        half_life_seconds=row.half_life_seconds,
        listed_at=row.listed_at,
        was_listing_whole=row.was_listing_whole,
        confirmed_at=row.confirmed_at,
        failing_since=row.failing_since,
        remedy=None if row.remedy is None else Remedy(row.remedy),
        interval_seconds=row.interval_seconds,
    )
