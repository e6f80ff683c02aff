"""The running service: its parts, started and stopped together; API and CLI are faces of it."""

import gc
import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from connectors.http.fetch import Fetcher
from connectors.protocol import Connector, forgotten
from connectors.records import Batch, Semantics
from grounding.checking.checker import Checker
from grounding.erasure import Eraser
from grounding.errors import InvalidQuestion, NotAllowed
from grounding.gateway.cache.store import AnswerCache
from grounding.gateway.routing.collections import CollectionProfiles
from grounding.gateway.spending import FLUSH_SECONDS, Spending
from grounding.query.pipeline import Retrieval
from grounding.receipts.service import Receipts
from grounding.settings import Settings
from grounding.websub import Subscriber
from indexer import memory, pipeline, signature
from indexer import sources as source_registry
from indexer.catalogue import changes, dead_letters, runs, sources, subscriptions
from indexer.database import Database
from indexer.errors import (
    DatabaseUnusable,
    IndexerError,
    InvalidSource,
    SnapshotUnusable,
    SourceExists,
)
from indexer.queue import Queue
from indexer.reading import Outcome, Tools
from indexer.records import PUSH, RunRecord, SourceRecord
from indexer.schedule import Scheduler, is_overdue, parse_schedule, slot
from indexer.sharing import Sharing
from indexer.sources import SourceSpec
from indexer.views.live import LiveViews
from indexer.worker import Worker

logger = logging.getLogger(__name__)

_RECONCILE_SECONDS = 15
_RETRIES_SECONDS = 15
_ERASURES_SECONDS = 60
_RECEIPTS_SECONDS = 3_600
_HUBS_SECONDS = 15
_PROFILES_SECONDS = 10
_MOST_WAITING = 8
_SETTLED_SECONDS = 10.0  # then nobody waits for the start any more
_ALL = dead_letters.MOST_KEPT


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a service is made of; see `grounding.wiring`."""

    settings: Settings
    database: Database
    views: LiveViews
    tools: Tools
    retrieval: Retrieval
    checker: Checker
    receipts: Receipts
    queue: Queue
    worker: Worker
    eraser: Eraser
    scheduler: Scheduler
    fetcher: Fetcher
    connector: Callable[[SourceRecord | SourceSpec], Connector]
    specs: Sequence[SourceSpec]
    sharing: Sharing
    spending: Spending
    answers: AnswerCache
    profiles: CollectionProfiles
    websub: Subscriber | None = None


class Service:
    """One process of the service, alone on its database or beside others."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._planned: dict[str, SourceRecord] = {}
        self._reads = False
        self._serves = False
        self._leads = False
        self._may_wait = threading.Semaphore(_MOST_WAITING)

    def start(
        self, *, serves: bool = True, reads: bool = True, leads: bool = True, is_read: bool = False
    ) -> None:
        """Take over the configured sources and begin to serve, to read, or both.

        serves: answer queries. reads: carry out runs. leads: keep what one process keeps for all
            that serve on its address: sources of the settings, snapshots, erasures, hubs.
        is_read: another process on the address carries out runs, so none is carried out here.

        Raises:
            DatabaseUnusable: it cannot be written, such as on a full disk.
            IndexerError: the index cannot be built.
        """
        parts = self.parts
        if leads:
            self._take_sources_over()
        if is_read:
            parts.worker.leave_to_others()
        if serves:
            parts.views.start()
        if serves and leads:
            self._keep_for_all()
        if serves and parts.settings.upstreams:
            parts.scheduler.repeat("spending", FLUSH_SECONDS, parts.spending.flush)
            parts.scheduler.repeat("profiles", _PROFILES_SECONDS, self.refresh_profiles)
        self._serves, self._reads, self._leads = serves, reads, leads
        parts.scheduler.start()
        if reads:
            parts.worker.start()
            parts.scheduler.repeat("reconcile", _RECONCILE_SECONDS, self.reconcile)
            parts.scheduler.repeat("retries", _RETRIES_SECONDS, self.retry)
            self.reconcile()

    def warm_up_later(self) -> None:
        """Warm up once the first requests are answered, in a thread. What is loaded now stays."""
        gc.freeze()
        later = threading.Timer(_SETTLED_SECONDS, self.warm_up)
        later.daemon = True
        later.start()

    def warm_up(self) -> None:
        """Load what the first push would wait for, and settle: for a process that goes on long."""
        signature.prepare()
        self.parts.tools.embedder.current().embed_passages(["a passage of few words"])
        memory.settle()

    def stop(self) -> None:
        """Stop reading, write a last snapshot, and close everything, as far as it was started."""
        parts = self.parts
        if self._serves or self._reads:
            parts.scheduler.stop()
        if self._reads:
            parts.worker.stop()
        if self._serves and self._leads:
            self.snapshot()
        if self._serves and parts.settings.upstreams:
            parts.spending.flush()
        if self._serves:
            parts.views.stop()
        parts.retrieval.receipts.close()
        parts.fetcher.close()
        parts.database.close()

    def _take_sources_over(self) -> None:
        parts = self.parts
        try:
            with parts.database.writing() as session:
                source_registry.apply(session, parts.specs, now=parts.tools.clock())
        except DBAPIError as error:
            reason = str(error.orig).splitlines()[0]
            raise DatabaseUnusable(
                f"the database cannot be written: {reason}; see `grounding doctor`"
            ) from error

    def _keep_for_all(self) -> None:
        scheduler, every = self.parts.scheduler, self.parts.settings.index.snapshot_every
        scheduler.repeat("snapshot", every.total_seconds(), self.snapshot)
        scheduler.repeat("erasures", _ERASURES_SECONDS, self.finish_erasures)
        scheduler.repeat("receipts", _RECEIPTS_SECONDS, self.parts.receipts.prune)
        self.finish_erasures()
        self._subscribe()

    def _subscribe(self) -> None:
        """Ask hubs to push, if they can reach us."""
        parts = self.parts
        if parts.websub is not None:
            parts.websub.start()
            parts.scheduler.repeat("hubs", _HUBS_SECONDS, parts.websub.tick)
            return
        with parts.database.writing() as session:
            subscriptions.suspend(session, parts.tools.clock())

    def snapshot(self) -> None:
        try:
            self.parts.views.snapshot()
        except (SnapshotUnusable, SQLAlchemyError) as error:
            logger.error("snapshot not written, the next start will take longer: %s", error)

    def finish_erasures(self) -> None:
        """Go on with erasures that were cut short, or found the files in use."""
        try:
            self.parts.eraser.finish()
        except (IndexerError, SQLAlchemyError) as error:
            logger.error("erasures are not complete, tried again later: %s", error)

    def refresh_profiles(self) -> None:
        """Look at what is new in each collection, by which questions are sent to some of them."""
        parts = self.parts
        try:
            with parts.database.reading() as session:
                parts.profiles.refresh(session, parts.views.embedder.identity)
        except SQLAlchemyError as error:
            logger.error("collections not looked at, tried again later: %s", error)

    def reconcile(self) -> None:
        """Plan every source as the database has it now, whoever changed it."""
        try:
            with self.parts.database.reading() as session:
                known = {source.name: source for source in sources.all_sources(session)}
        except SQLAlchemyError as error:
            logger.error("schedules not checked against the database: %s", error)
            return
        for name in self._planned.keys() - known.keys():
            self.parts.scheduler.forget(name)
            del self._planned[name]
        for name, source in known.items():
            planned = self._planned.get(name)
            if planned is None or _plan_of(planned) != _plan_of(source):
                self._planned[name] = source
                self._plan(source)

    def retry(self) -> None:
        """Read sources again whose pause after a failure is over."""
        try:
            self.parts.queue.add_retries()
        except SQLAlchemyError as error:
            logger.error("failed sources not queued again: %s", error)

    def semantics_of(self, spec: SourceSpec) -> Semantics:
        """Return what absence means for a source with these settings.

        Raises:
            InvalidOptions: its kind or options are wrong.
            InvalidSource: it is pushed to, and has settings of one that is read.
        """
        if spec.kind == PUSH:
            if spec.schedule is not None or spec.options:
                raise InvalidSource(
                    f"source {spec.name} is pushed to: it takes no schedule and no options"
                )
            return Semantics.KEYED_LATEST
        return self.parts.connector(spec).semantics

    def add_source(self, spec: SourceSpec) -> SourceRecord:
        with self.parts.database.writing() as session:
            added = source_registry.add(session, spec, now=self.parts.tools.clock())
        self._replan()
        return added

    def change_source(self, spec: SourceSpec) -> SourceRecord:
        with self.parts.database.writing() as session:
            changed = source_registry.change(session, spec)
        self._replan()
        return changed

    def remove_source(self, name: str) -> int:
        """Stop reading a source and retire what it said; return the `seq` of that change."""
        with self.parts.database.writing() as session:
            source_registry.remove(session, name, now=self.parts.tools.clock())
            seq, _ = changes.head(session)
        self.parts.views.notify()
        self._replan()
        return seq

    def sync(self, name: str, *, wait_seconds: float) -> RunRecord:
        """Read a source now; return the run, finished or as it stands after the wait.

        Of many callers only the first few wait, so that the others' threads stay free to answer.

        Raises:
            UnknownSource: there is no such source.
            NotAllowed: it is written to, not read.
        """
        with self.parts.database.reading() as session:
            _readable(session, name)
        row = self.parts.queue.add_manual(name)
        if not self._may_wait.acquire(blocking=False):
            return self.parts.queue.wait_finished(row, 0)
        try:
            if self.parts.worker.lends_a_hand:
                return self._carry_out(row, wait_seconds)
            return self.parts.queue.wait_finished(row, wait_seconds)
        finally:
            self._may_wait.release()

    def retry_items(self, name: str, *, wait_seconds: float) -> RunRecord:
        """Read a source's dead letters again, now; return the run as `sync` does.

        Raises:
            UnknownSource, NotAllowed, InvalidOptions: as `sync`, or its options are wrong now.
        """
        with self.parts.database.reading() as session:
            source = _readable(session, name)
            keys = [each.key for each in dead_letters.listed(session, source=name, limit=_ALL)]
        connector = self.parts.connector(source)
        with self.parts.database.writing() as session:
            known = source_registry.require(session, name)
            sources.move_cursor(session, known.id, forgotten(connector, known.cursor, keys))
        return self.sync(name, wait_seconds=wait_seconds)

    def push(self, name: str, collection: str, batch: Batch) -> Outcome:
        """Store what a caller hands over, under a source made for the purpose.

        A push of which nothing could be used does not make its source any fresher.

        Raises:
            InvalidQuestion: a source of that name is read, not pushed to.
        """
        parts = self.parts
        started_at = parts.tools.clock()
        source = self._push_source(name, collection, batch)
        outcome = pipeline.push(source, batch, parts.tools)
        now = parts.tools.clock()
        with parts.database.writing() as session:
            runs.record(
                session,
                source.id,
                slot=f"push:{uuid.uuid4().hex}",
                started_at=started_at,
                now=now,
                counts=outcome.counts,
                failures=outcome.failures,
            )
            if outcome.took_anything:
                sources.record_success(
                    session, source.id, at=now, has_changed=outcome.counts.has_changes
                )
        return outcome

    def _push_source(self, name: str, collection: str, batch: Batch) -> SourceRecord:
        source = self._named(name) or self._add_push_source(name, collection, batch)
        if source.kind != PUSH:
            raise InvalidQuestion("source", f"source {name} is read by a connector, not pushed to")
        if source.collection != collection:
            raise InvalidQuestion(
                "collection", f"source {name} belongs to collection {source.collection}"
            )
        return source

    def _add_push_source(self, name: str, collection: str, batch: Batch) -> SourceRecord:
        has_series = batch.observations or batch.series
        spec = SourceSpec(
            name=name,
            kind=PUSH,
            semantics=Semantics.SERIES if has_series else Semantics.KEYED_LATEST,
            origin="push",
            collection=collection,
        )
        try:
            return self.add_source(spec)
        except SourceExists:  # another push made it a moment ago
            with self.parts.database.reading() as session:
                return source_registry.require(session, name)

    def _named(self, name: str) -> SourceRecord | None:
        with self.parts.database.reading() as session:
            return sources.named(session, name)

    def _carry_out(self, row: int, wait_seconds: float) -> RunRecord:
        """Work the queue in this thread until the run is done or nobody can go on."""
        deadline = time.monotonic() + wait_seconds
        while time.monotonic() < deadline:
            seen = self.parts.queue.announced
            run = self.parts.queue.wait_finished(row, 0)
            if run.finished_at is not None:
                return run
            if self.parts.worker.run_next() is None:
                self.parts.queue.wait_changed(0.1, since=seen)
        return self.parts.queue.wait_finished(row, 0)

    def _replan(self) -> None:
        if self._reads:
            self.reconcile()

    def _plan(self, source: SourceRecord) -> None:
        now = self.parts.tools.clock()
        try:
            self.parts.scheduler.plan(source)
            if source.schedule is not None and source.is_enabled and is_overdue(source, now):
                due = slot(parse_schedule(source.schedule), source.name, now)
                self.parts.queue.add_slot(source.name, f"start:{due}")
        except IndexerError as error:
            logger.error("source %s is not planned: %s", source.name, error)


def _readable(session: Session, name: str) -> SourceRecord:
    source = source_registry.require(session, name)
    if source.kind == PUSH:
        raise NotAllowed(f"source {name} is pushed to; there is nothing to read")
    return source


def _plan_of(source: SourceRecord) -> tuple[object, ...]:
    """Return what decides when a source is read; a change of it means planning again."""
    return (source.id, source.schedule, source.jitter_seconds, source.is_enabled, source.options)
