"""Runs: the queue of readings to do, and the record of those done."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, delete, exists, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from indexer.records import Counts, RunRecord, RunStatus, Trigger
from indexer.tables import RunRow, SourceRow

MOST_FAILURES_KEPT = 100
RUNS_KEPT = 500


def queue(
    session: Session, source_id: int, *, slot: str, trigger: Trigger, now: datetime
) -> int | None:
    """Queue a run unless that slot is already taken; return its row, or None."""
    values = {
        "source_id": source_id,
        "slot": slot,
        "trigger": trigger.value,
        "status": RunStatus.QUEUED.value,
        "queued_at": now,
        "counts": asdict(Counts()),
        "failures": [],
    }
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(RunRow).values(values).on_conflict_do_nothing()
    row: int | None = session.scalar(statement.returning(RunRow.id))
    return row


def waiting(session: Session, source_id: int) -> int | None:
    """Return a run of this source that is queued and not yet begun, if there is one."""
    return session.scalar(
        select(RunRow.id)
        .where(RunRow.source_id == source_id, RunRow.status == RunStatus.QUEUED.value)
        .order_by(RunRow.id)
        .limit(1)
    )


def has_queued(session: Session) -> bool:
    query = select(exists().where(RunRow.status == RunStatus.QUEUED.value))
    return bool(session.scalar(query))


def claim(session: Session, *, owner: str, now: datetime, lease_until: datetime) -> int | None:
    """Take the oldest queued run whose source nobody is reading; return its row, or None."""
    other = aliased(RunRow)
    is_busy = exists().where(
        other.source_id == RunRow.source_id, other.status == RunStatus.RUNNING.value
    )
    row = session.scalar(
        select(RunRow.id)
        .where(RunRow.status == RunStatus.QUEUED.value, ~is_busy)
        .order_by(RunRow.queued_at, RunRow.id)
        .limit(1)
    )
    if row is not None:
        values = {
            "status": RunStatus.RUNNING.value,
            "started_at": now,
            "owner": owner,
            "lease_until": lease_until,
        }
        session.execute(update(RunRow).where(RunRow.id == row).values(values))
    return row


def extend_lease(session: Session, row: int, until: datetime) -> bool:
    """Move the end of a run's lease; return whether the run is still going on."""
    extended = session.scalar(
        update(RunRow).where(_is_running(row)).values(lease_until=until).returning(RunRow.id)
    )
    return extended is not None


def running_owners(session: Session) -> set[str]:
    rows = session.scalars(
        select(RunRow.owner).where(RunRow.status == RunStatus.RUNNING.value).distinct()
    )
    return {owner for owner in rows if owner}


def interrupt(
    session: Session, *, owners: Iterable[str], rows: Iterable[int], now: datetime
) -> list[tuple[int, int]]:
    """End running runs: those of dead owners, those of `rows`, and those whose lease ran out.

    Return (run, source) rows.
    """
    result = session.execute(
        update(RunRow)
        .where(
            RunRow.status == RunStatus.RUNNING.value,
            or_(
                RunRow.owner.in_(list(owners)),
                RunRow.id.in_(list(rows)),
                RunRow.lease_until < now,
            ),
        )
        .values(
            status=RunStatus.INTERRUPTED.value,
            finished_at=now,
            error="the process reading this source ended; the next run repeats what was not stored",
        )
        .returning(RunRow.id, RunRow.source_id)
    )
    return [(row.id, row.source_id) for row in result]


def finish(
    session: Session,
    row: int,
    *,
    status: RunStatus,
    now: datetime,
    counts: Counts,
    failures: Iterable[tuple[str | None, str]],
    error: str | None,
    remarks: Iterable[str] = (),
) -> bool:
    """Write down how a run ended; return false, and change nothing, if it was ended before."""
    finished = session.scalar(
        update(RunRow)
        .where(_is_running(row))
        .values(
            status=status.value,
            finished_at=now,
            counts=asdict(counts),
            failures=[list(failure) for failure in failures][:MOST_FAILURES_KEPT],
            remarks=list(remarks)[:MOST_FAILURES_KEPT],
            error=error,
            lease_until=None,
        )
        .returning(RunRow.id)
    )
    return finished is not None


def _is_running(row: int) -> ColumnElement[bool]:
    return and_(RunRow.id == row, RunRow.status == RunStatus.RUNNING.value)


def prune(session: Session, source_id: int, *, keep: int = RUNS_KEPT) -> None:
    """Forget all but a source's newest runs."""
    oldest_kept = (
        select(RunRow.id)
        .where(RunRow.source_id == source_id)
        .order_by(RunRow.id.desc())
        .offset(keep)
        .limit(1)
        .scalar_subquery()
    )
    session.execute(
        delete(RunRow).where(
            RunRow.source_id == source_id,
            RunRow.id <= oldest_kept,
            RunRow.finished_at.is_not(None),
        )
    )


def record(
    session: Session,
    source_id: int,
    *,
    slot: str,
    started_at: datetime,
    now: datetime,
    counts: Counts,
    failures: Iterable[tuple[str | None, str]],
    remarks: Iterable[str] = (),
) -> int:
    """Write a run that never was queued, such as a push, as it ended; return its row.

    The oldest of its source are forgotten.
    """
    row = session.execute(
        insert(RunRow)
        .values(
            source_id=source_id,
            slot=slot,
            trigger=Trigger.PUSH.value,
            status=RunStatus.OK.value,
            queued_at=started_at,
            started_at=started_at,
            finished_at=now,
            counts=asdict(counts),
            failures=[list(failure) for failure in failures][:MOST_FAILURES_KEPT],
            remarks=list(remarks)[:MOST_FAILURES_KEPT],
        )
        .returning(RunRow.id)
    )
    prune(session, source_id)
    return int(row.scalar_one())


def by_id(session: Session, row: int) -> RunRecord | None:
    found = session.execute(_with_source().where(RunRow.id == row)).first()
    return None if found is None else _record(*found)


def source_of(session: Session, row: int) -> int | None:
    return session.scalar(select(RunRow.source_id).where(RunRow.id == row))


def recent(session: Session, *, source: str | None, limit: int) -> list[RunRecord]:
    query = _with_source()
    if source is not None:
        query = query.where(SourceRow.name == source)
    rows = session.execute(query.order_by(RunRow.id.desc()).limit(limit))
    return [_record(*row) for row in rows]


def _with_source() -> Select[RunRow, str]:
    return select(RunRow, SourceRow.name).join(SourceRow, SourceRow.id == RunRow.source_id)


def _record(row: RunRow, source: str) -> RunRecord:
    return RunRecord(
        id=row.id,
        source=source,
        trigger=Trigger(row.trigger),
        status=RunStatus(row.status),
        slot=row.slot,
        queued_at=row.queued_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        counts=Counts(**row.counts),
        error=row.error,
        failures=tuple((key, reason) for key, reason in row.failures),
        remarks=tuple(row.remarks),
    )
