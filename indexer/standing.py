"""Write down how a source stands after a read: when it may be read again, and what it owes."""

from datetime import datetime

from sqlalchemy.orm import Session

from connectors.errors import Remedy
from connectors.records import Semantics
from indexer import pace
from indexer.catalogue import dead_letters, sources, subscriptions
from indexer.reading import Outcome
from indexer.records import SourceRecord
from indexer.schedule import parse_schedule


def record_reading(session: Session, source: SourceRecord, outcome: Outcome, now: datetime) -> None:
    """Store what a read says of its source, and of the items that it could not use."""
    if outcome.error is None:
        _record_success(session, source, outcome, now)
    elif outcome.is_postponed:
        sources.postpone(session, source.id, until=_resume_at(source, outcome, now))
    else:
        _record_failure(session, source, outcome, now)
    dead_letters.settle(session, source.id, outcome.good)
    dead_letters.note(session, source.id, outcome.failures, at=now)
    if outcome.error is None and not outcome.is_unmodified:
        dead_letters.settle_nameless(session, source.id, before=now)


def _record_success(
    session: Session, source: SourceRecord, outcome: Outcome, now: datetime
) -> None:
    has_changed = outcome.counts.has_changes
    is_snapshot = source.semantics is Semantics.SNAPSHOT
    schedule = None if source.schedule is None else parse_schedule(source.schedule)
    interval = pace.next_interval(schedule, source.interval_seconds, has_changed=has_changed)
    sources.record_success(
        session,
        source.id,
        at=now,
        has_changed=has_changed,
        listed_at=None if outcome.is_unmodified else outcome.started_at,
        is_confirmed=outcome.is_whole or (outcome.is_unmodified and not is_snapshot),
        interval_seconds=interval,
        resume_at=pace.rest_after_success(
            outcome.started_at or now,
            wish_seconds=outcome.rest_seconds,
            interval_seconds=interval,
            promise_seconds=source.warn_after_seconds,
        ),
    )
    subscriptions.offered(
        session, source, outcome.hub, is_unmodified=outcome.is_unmodified, now=now
    )


def _record_failure(
    session: Session, source: SourceRecord, outcome: Outcome, now: datetime
) -> None:
    sources.record_failure(
        session,
        source.id,
        at=now,
        error=outcome.error or "",
        remedy=outcome.remedy or Remedy.FIX,
        resume_at=_resume_at(source, outcome, now),
    )


def _resume_at(source: SourceRecord, outcome: Outcome, now: datetime) -> datetime:
    return pace.rest_after_failure(
        now,
        source=source.name,
        failures_in_row=source.failures_in_row + 1,
        remedy=outcome.remedy or Remedy.FIX,
        wish_seconds=outcome.retry_after_seconds,
    )
