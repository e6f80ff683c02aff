"""Carry out queued runs: claim one, read its source, record how it ended.

Several workers, in one process or many, share one queue; nobody reads a source that somebody
else is reading. A worker that died leaves a running run behind: the next start on the same
host, or the end of its lease, turns it into an interrupted one and queues another.

Of the threads of a worker that have nothing to do one looks out for runs, and the next takes its
place when it has found one: so many threads cost no more than one while they wait.
"""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from connectors.errors import ConnectorError, Remedy
from connectors.protocol import Connector
from indexer.catalogue import runs, sources
from indexer.errors import EmbedderUnusable
from indexer.intake import clean
from indexer.memory import Heap
from indexer.pipeline import sync
from indexer.queue import Queue
from indexer.reading import Outcome, Tools
from indexer.records import Counts, RunStatus, SourceRecord, Trigger
from indexer.standing import record_reading

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
_EXTEND_EVERY = timedelta(seconds=30)
_RECOVER_EVERY_SECONDS = 60
_IDLE_SECONDS = 0.5
_PROCESS = uuid.uuid4().hex
"""Tells this process from an earlier one that had our number."""

Build = Callable[[SourceRecord], Connector]
_Claimed = tuple[int, SourceRecord]
"""The row of a run, and its source."""


class Worker:
    """Threads that carry out runs until told to stop."""

    def __init__(self, queue: Queue, build: Build, tools: Tools, *, threads: int = 2) -> None:
        self._queue = queue
        self._build = build
        self._tools = tools
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{_PROCESS}"
        self._recovered_at = time.monotonic()
        self._unfinished: set[int] = set()
        self._heap = Heap()
        self._stopping = threading.Event()
        self._is_left_to_others = False
        self._lookout = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, name=f"worker-{number}", daemon=True)
            for number in range(threads)
        ]

    @property
    def is_running(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    @property
    def lends_a_hand(self) -> bool:
        """Whether who waits for a run carries it out: no thread here does, and nobody beside us."""
        return not self.is_running and not self._is_left_to_others

    def leave_to_others(self) -> None:
        """Carry nothing out: another process beside this one does."""
        self._is_left_to_others = True

    def start(self) -> None:
        self.recover()
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_seconds: float = 10) -> None:
        """Finish the parts under way, then stop; runs cut short go on after the next start."""
        self._stopping.set()
        self._queue.announce()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout_seconds)

    def recover(self) -> int:
        """End runs whose worker is gone and queue them again; return how many."""
        now = self._tools.clock()
        unfinished = frozenset(self._unfinished)
        with self._tools.database.writing() as session:
            dead = [owner for owner in runs.running_owners(session) if _is_dead(owner)]
            ended = runs.interrupt(session, owners=dead, rows=unfinished, now=now)
            for row, source_id in ended:
                _queue_again(session, row, source_id, now)
        self._unfinished -= unfinished
        if ended:
            logger.warning("interrupted runs queued again: %s", len(ended))
        return len(ended)

    def run_next(self) -> int | None:
        """Carry out the oldest queued run; return its row, or None if nothing is queued."""
        claimed = self._claim()
        return None if claimed is None else self._do(claimed)

    def _claim(self) -> _Claimed | None:
        now = self._tools.clock()
        with self._tools.database.reading() as session:
            if not runs.has_queued(session):
                return None
        with self._tools.database.writing() as session:
            row = runs.claim(session, owner=self._owner, now=now, lease_until=now + LEASE)
            source_id = None if row is None else runs.source_of(session, row)
            source = None if source_id is None else sources.by_id(session, source_id)
        return None if row is None or source is None else (row, source)

    def _do(self, claimed: _Claimed) -> int:
        row, source = claimed
        try:
            self._carry_out(row, source)
        except Exception:  # its end could not be written: `recover` will, once it can be
            self._unfinished.add(row)
            raise
        return row

    def _carry_out(self, row: int, source: SourceRecord) -> None:
        if source.removed_at is not None:
            self._give_back(row, source, "the source was removed", again=False)
            return
        try:
            outcome = self._read(row, source)
        except _Stopped:
            reason = "the service was stopped; the next start goes on"
            self._give_back(row, source, reason, again=True)
        except _LeaseLost:
            _log_lost(source)
        else:
            self._finish(row, source, outcome)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                claimed = self._look_out()
                if claimed is not None:
                    self._do(claimed)
                    self._heap.tidy()
                self._recover_now_and_then()
            except Exception:
                logger.exception("cannot work on the queue")
                self._stopping.wait(_IDLE_SECONDS * 10)

    def _look_out(self) -> _Claimed | None:
        """Claim the next run, alone among the threads; None now and then, and after `stop`."""
        with self._lookout:
            seen = self._queue.announced
            if self._stopping.is_set():
                return None
            claimed = self._claim()
            if claimed is None:
                self._queue.wait_changed(_IDLE_SECONDS, since=seen)
            return claimed

    def _recover_now_and_then(self) -> None:
        is_time = time.monotonic() - self._recovered_at > _RECOVER_EVERY_SECONDS
        if is_time or self._unfinished:
            self._recovered_at = time.monotonic()
            self.recover()

    def _read(self, row: int, source: SourceRecord) -> Outcome:
        try:
            connector = self._build(source)
            lease = _Lease(row, self._tools, self._stopping)
            return sync(source, connector, self._tools, alive=lease.keep)
        except (_Stopped, _LeaseLost):
            raise
        except ConnectorError as error:
            return Outcome(Counts(), (), 0, error=str(error), remedy=error.remedy)
        except Exception as error:
            logger.exception("source %s failed", source.name)
            told = next(iter(str(error).splitlines()), "")  # further on, SQL and its values
            reason = f"source {source.name}: {type(error).__name__}: {told}"
            return Outcome(Counts(), (), 0, error=reason, remedy=_remedy(error))

    def _give_back(self, row: int, source: SourceRecord, reason: str, *, again: bool) -> None:
        now = self._tools.clock()
        with self._tools.database.writing() as session:
            runs.finish(
                session,
                row,
                status=RunStatus.INTERRUPTED,
                now=now,
                counts=Counts(),
                failures=(),
                error=reason,
            )
            if again:
                _queue_again(session, row, source.id, now)
        self._queue.announce()

    def _finish(self, row: int, source: SourceRecord, read: Outcome) -> None:
        outcome = replace(read, error=None if read.error is None else clean(read.error))
        now = self._tools.clock()
        with self._tools.database.writing() as session:
            is_ours = runs.finish(
                session,
                row,
                status=_status(outcome),
                now=now,
                counts=outcome.counts,
                failures=outcome.failures,
                remarks=outcome.remarks,
                error=outcome.error,
            )
            runs.prune(session, source.id)
            if is_ours:
                record_reading(session, source, outcome, now)
        self._queue.announce()
        if is_ours:
            _log(source, outcome)
        else:
            _log_lost(source)


class _Stopped(Exception):
    """The worker was told to stop between two parts of a run."""


class _LeaseLost(Exception):
    """Somebody took the run for dead and queued another: that one goes on."""


class _Lease:
    """Says now and then that a run is still being worked on, and ends it when asked to stop."""

    def __init__(self, row: int, tools: Tools, stopping: threading.Event) -> None:
        self._row = row
        self._tools = tools
        self._stopping = stopping
        self._extended_at = tools.clock()

    def keep(self) -> None:
        if self._stopping.is_set():
            raise _Stopped
        now = self._tools.clock()
        if now - self._extended_at >= _EXTEND_EVERY:
            with self._tools.database.writing() as session:
                is_ours = runs.extend_lease(session, self._row, now + LEASE)
            if not is_ours:
                raise _LeaseLost
            self._extended_at = now


def _queue_again(session: Session, row: int, source_id: int, now: datetime) -> None:
    """Queue another run in place of an interrupted one."""
    runs.queue(session, source_id, slot=f"again:{row}", trigger=Trigger.SCHEDULE, now=now)


def _status(outcome: Outcome) -> RunStatus:
    if outcome.error is None:
        return RunStatus.OK
    return RunStatus.POSTPONED if outcome.is_postponed else RunStatus.FAILED


def _remedy(error: Exception) -> Remedy:
    """What to do about a failure that no connector foresaw: a bug, or our own equipment."""
    is_ours = isinstance(error, SQLAlchemyError | OSError | EmbedderUnusable)
    return Remedy.WAIT if is_ours else Remedy.FIX


def _log(source: SourceRecord, outcome: Outcome) -> None:
    facts: dict[str, object] = {"source": source.name}
    if outcome.error is None:
        level = logging.INFO if outcome.counts.has_changes else logging.DEBUG
        logger.log(level, "source read", extra=facts | asdict(outcome.counts))
    else:
        logger.warning("source failed: %s", outcome.error, extra=facts)


def _log_lost(source: SourceRecord) -> None:
    logger.warning("run was interrupted while it went on", extra={"source": source.name})


def _is_dead(owner: str) -> bool:
    """Whether another owner is no longer running; of other hosts only the lease tells."""
    host, pid, process = owner.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    if int(pid) == os.getpid():
        return process != _PROCESS
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
