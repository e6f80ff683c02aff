"""The runs to do, as a table: anybody may add, workers take."""

import threading
import time
import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from connectors.clock import Clock
from indexer.catalogue import runs, sources
from indexer.database import Database
from indexer.errors import UnknownSource
from indexer.records import RunRecord, SourceRecord, Trigger

_WAIT_STEP_SECONDS = 0.25


class Queue:
    """The runs to do, as a table: anybody may add, workers take."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._changed = threading.Condition()
        self._announced = 0

    @property
    def announced(self) -> int:
        """How many changes were announced; who takes it before a look misses none."""
        return self._announced

    def add_slot(self, source: str, slot: str) -> None:
        """Queue a scheduled run, unless that slot ran, one is waiting, or the source asked for
        rest."""
        now = self._clock()
        with self._database.reading() as session:  # most slots of a source at rest end here
            if _due(session, source, now) is None:
                return
        with self._database.writing() as session:
            record = _due(session, source, now)
            if record is None:
                return
            runs.queue(session, record.id, slot=slot, trigger=Trigger.SCHEDULE, now=now)
        self.announce()

    def add_manual(self, source: str) -> int:
        """Queue a run now, or return the one already waiting.

        Raises:
            UnknownSource: there is no such source.
        """
        with self._database.writing() as session:
            record = sources.named(session, source)
            if record is None:
                raise UnknownSource(f"no source is named {source}")
            row = runs.waiting(session, record.id) or runs.queue(
                session,
                record.id,
                slot=f"manual:{uuid.uuid4().hex}",
                trigger=Trigger.MANUAL,
                now=self._clock(),
            )
        self.announce()
        if row is None:
            raise AssertionError("a fresh slot is never taken")
        return row

    def add_pushed(self, source: str) -> int | None:
        """Queue a run because the source's hub says that there is news; None if it has to wait.

        A rest that the source asked for is a hint, which its hub knows better; a pause after a
        failure is not.
        """
        now = self._clock()
        with self._database.writing() as session:
            record = sources.named(session, source)
            if record is None or not record.is_enabled:
                return None
            is_resting = record.resume_at is not None and record.resume_at > now
            if is_resting and record.failures_in_row:
                return None
            row = runs.waiting(session, record.id) or runs.queue(
                session, record.id, slot=f"hub:{uuid.uuid4().hex}", trigger=Trigger.HUB, now=now
            )
        self.announce()
        return row

    def add_retries(self) -> None:
        """Queue sources whose pause after a failure is over: their next slot may be a day away."""
        now = self._clock()
        with self._database.reading() as session:
            due = [each for each in sources.to_retry(session, now) if each.resume_at is not None]
        for source in due:
            self.add_slot(source.name, f"retry:{source.resume_at}")

    def plan(self, source: str, next_read_at: datetime | None) -> None:
        """Write down when a source will be read next."""
        with self._database.writing() as session:
            record = sources.named(session, source)
            if record is not None:
                sources.plan_next_read(session, record.id, next_read_at)

    def wait_finished(self, row: int, timeout_seconds: float) -> RunRecord:
        """Return the run once it ended, or as it stands when the time is up.

        Raises:
            UnknownSource: there is no such run.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            seen = self._announced
            with self._database.reading() as session:
                run = runs.by_id(session, row)
            if run is None:
                raise UnknownSource(f"no run is numbered {row}")
            if run.finished_at is not None or time.monotonic() >= deadline:
                return run
            self.wait_changed(min(_WAIT_STEP_SECONDS, max(0.0, timeout_seconds)), since=seen)

    def wait_changed(self, timeout_seconds: float, *, since: int) -> None:
        """Return once a change was announced after `since`, a value of `announced`, or in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._announced != since, timeout_seconds)

    def announce(self) -> None:
        with self._changed:
            self._announced += 1
            self._changed.notify_all()


def _due(session: Session, name: str, now: datetime) -> SourceRecord | None:
    """Return the source if it may be read now and no run of it waits."""
    record = sources.named(session, name)
    if record is None or not record.is_enabled:
        return None
    is_resting = record.resume_at is not None and record.resume_at > now
    return None if is_resting or runs.waiting(session, record.id) is not None else record
