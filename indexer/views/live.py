"""Live index views: they follow the change log and answer searches at every moment.

    change log ──▶ stage (chunks, words to disk) ──▶ publish (a moment alone) ──▶ search
                      any failure: keep the last good state, say so, try again
    start: newest usable snapshot, else every chunk; then the changes since
    another embedder: a new view of its vectors, put in place together with it

The log is polled, and a writer in this process may `notify` so that nobody waits for the poll.
"""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Condition, Event, Lock, Thread
from types import MappingProxyType
from typing import Final

from connectors.clock import Clock, utc_now
from indexer.embed import Embedder
from indexer.errors import IndexBehind, IndexerError, SnapshotUnusable
from indexer.records import Change, Legs, Scope
from indexer.views import snapshot
from indexer.views.changelog import ChangeLog
from indexer.views.dense import DenseIndex, Device, open_dense
from indexer.views.lexical import Words
from indexer.views.opening import LARGE_GROUP, Maker, added_by, makes_new_because
from indexer.views.rows import TILE
from indexer.views.snapshot import Contents, Create, Digests, Stamp
from indexer.views.status import ViewStatus
from indexer.views.turns import SharedLock
from indexer.views.view import LexicalLeg, Query, View

logger = logging.getLogger(__name__)

_GROUP: Final = 256
_KEPT_SNAPSHOTS: Final = 2
_LONGEST_PAUSE_SECONDS: Final = 5.0
_LONGEST_STOP_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Tuning:
    """What rarely differs from one service to the next.

    retry_seconds: pause after a first failure; it doubles with each further one.
    create: how a snapshot's files are opened for writing.
    tile: rows that are arranged together, a multiple of 32.
    gpu_max_bytes: of vectors on a GPU; None takes what it has.
    """

    poll_seconds: float = 0.25
    retry_seconds: float = 0.5
    create: Create = snapshot.create_file
    tile: int = TILE
    gpu_max_bytes: int | None = None


class LiveViews:
    """The views of one log, kept in `directory`, which may be shared with other processes.

    `active_embedder` returns the one that is active in the log, or raises `EmbedderUnusable`.
    Every method may be called from any thread.
    """

    def __init__(
        self,
        log: ChangeLog,
        *,
        active_embedder: Callable[[], Embedder],
        directory: Path,
        device: Device = "auto",
        clock: Clock = utc_now,
        tuning: Tuning = Tuning(),
    ) -> None:
        self._log = log
        self._active_embedder = active_embedder
        self._directory = directory
        self._device: Device = device
        self._clock = clock
        self._tuning = tuning
        self._view: View | None = None
        self._turns = SharedLock()  # searches share it, publishing takes it
        self._applying = Lock()  # one thread at a time changes the view
        self._snapshotting = Lock()
        self._progress = Condition()
        self._woken = Event()
        self._stopping = Event()
        tile = tuning.tile
        self._make = Maker(log, active_embedder, directory, self._open, tile, self._stopping)
        self._thread: Thread | None = None
        self._head = 0
        self._applied_at: datetime | None = None
        self._last_error: str | None = None
        self._last_snapshot: Path | None = None
        self._digests = Digests()
        self._erased_seq = 0
        self._beside = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="lexical-leg")

    def start(self) -> None:
        """Load the views, bring them up to date, and follow the log from then on.

        Raises:
            IndexerError: the device is missing, or the log holds what cannot be indexed.
        """
        try:
            with self._applying:
                loaded = self._make.loaded()
                if loaded is None:
                    self._replace(self._rebuilt())
                else:
                    view, self._last_snapshot = loaded
                    self._replace(view)
            self.catch_up()
        except BaseException:
            self.stop()
            raise
        self._thread = Thread(target=self._follow, name="index-views", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop following and remove the working files; again is harmless."""
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(_LONGEST_STOP_SECONDS)
            if self._thread.is_alive():
                logger.warning("index views: a rebuild is under way, its files are left behind")
                return
        with self._snapshotting, self._applying:
            if self._view is not None:
                self._view.close()

    def notify(self) -> None:
        """Look at the log now: something was committed."""
        self._woken.set()

    @property
    def applied_seq(self) -> int:
        return 0 if self._view is None else self._view.seq

    @property
    def erased_seq(self) -> int:
        """The last erasure that the views know of, 0 if there was none."""
        return self._erased_seq

    def wait_for(self, seq: int, timeout_seconds: float) -> None:
        """Return when change `seq` can be found by searches.

        Raises:
            IndexBehind: it cannot after `timeout_seconds`.
        """
        if self.applied_seq < seq:
            self.notify()
        with self._progress:
            if not self._progress.wait_for(lambda: self.applied_seq >= seq, timeout_seconds):
                raise IndexBehind(seq, self.applied_seq)

    @property
    def embedder(self) -> Embedder:
        """The embedder that questions are embedded with at present."""
        return self._current.embedder

    def query(
        self,
        text: str,
        literals: Mapping[str, float] = MappingProxyType({}),
        *,
        within: tuple[Scope, int] | None = None,
    ) -> Query:
        """Embed and analyse a question for the view that is searched at present.

        literals: parts of it that lift a passage in which their words stand in a row, and how
            much; 1 is as much as the words of a text and what is around it together.
        within: the scope and `k` that it will be searched with first. While it is embedded its
            lexical leg is searched with them.
        """
        view = self._current
        words, embedder = view.words(text, literals), view.embedder
        if within is None:
            return Query(text, embedder.embed_query(text), embedder.identity, literals, words)
        ahead = self._beside.submit(self._lexical_leg, view, words, *within)
        try:
            vector = embedder.embed_query(text)
        finally:
            ahead.cancel()  # of no avail once it has begun
        lexical = None if ahead.cancelled() else ahead.result()
        return Query(text, vector, embedder.identity, literals, words, lexical)

    def search(self, query: Query, scope: Scope, k: int, *, exact: bool = False) -> Legs:
        """Return the best `k` chunks of each leg within `scope`, both legs at one `seq`.

        exact: score every vector in scope; otherwise, very rarely, one of the best is missing.
        A query that was embedded before a switch to another embedder is embedded again.
        """
        while True:
            with self._turns.shared():
                if query.embedder == self._current.embedder.identity:
                    return self._current.search(query, scope, k, exact=exact)
            query = self.query(query.text, query.literals)

    def _lexical_leg(self, view: View, words: Words, scope: Scope, k: int) -> LexicalLeg | None:
        with self._turns.shared():
            return view.lexical_leg(words, scope, k) if view is self._view else None

    def catch_up(self) -> None:
        """Apply every change committed so far.

        Raises:
            Exception: whatever the log raised, or IndexerError; the views stand where they stood.
        """
        with self._applying:
            self._head = self._log.head()
            if reason := self._unfit_because():
                logger.warning("index view is built anew: %s", reason)
                self._replace(self._rebuilt())
            while self.applied_seq < self._head and (
                changes := self._log.changes(self.applied_seq, self._group())
            ):
                self._apply(changes)
            self._last_error = None

    def rebuild(self) -> None:
        """Build the views from the log alone; searches use the old ones until it is done."""
        with self._applying:
            self._replace(self._rebuilt())
        self.catch_up()

    def snapshot(self) -> Path:
        """Write the views to disk, unless this state was written before, and return the place.

        Raises:
            SnapshotUnusable: it could not be written; the views are not affected.
        """
        with self._snapshotting:
            with self._applying:
                view, place = self._current, self._place(self._current.seq)
                if place == self._last_snapshot and place.exists():
                    return place
                stamp, contents = self._stamp(view), self._captured(view)
            self._last_snapshot = snapshot.write(
                view.staging,
                stamp,
                contents,
                root=self._directory,
                create=self._tuning.create,
                digests=self._digests,
            )
            snapshot.prune(self._directory, keep=_KEPT_SNAPSHOTS)
            if stamp.seq < self._erased_seq:  # captured before something was erased
                snapshot.discard(self._last_snapshot)
            return self._last_snapshot

    def tidy(self) -> None:
        """Arrange rows for faster searches, step by step, until something is to be applied.

        Whoever follows the log does so by itself.
        """
        has_more = True
        while has_more and not self._woken.is_set() and not self._stopping.is_set():
            with self._applying:
                has_more = self._current.tidy(self._clock(), self._turns.exclusive)

    def discard_snapshots(self, *, before: int) -> None:
        """Remove what is on disk of states before change `before`, whichever process wrote it."""
        snapshot.discard_before(self._directory, before)

    def status(self) -> ViewStatus:
        with self._turns.shared():
            view = self._view
            return ViewStatus(
                rows=0 if view is None else len(view),
                seq=self.applied_seq,
                head=max(self._head, self.applied_seq),
                device=self._device if view is None else view.dense.device,
                embedder="" if view is None else view.embedder.identity,
                applied_at=self._applied_at,
                last_error=self._last_error,
            )

    def _open(self, dimension: int, directory: Path) -> DenseIndex:
        most, tile = self._tuning.gpu_max_bytes, self._tuning.tile
        return open_dense(dimension, self._device, directory, tile=tile, gpu_max_bytes=most)

    @property
    def _current(self) -> View:
        if self._view is None:
            raise IndexerError("index views are not started")
        return self._view

    def _follow(self) -> None:
        pause = self._tuning.retry_seconds
        while not self._stopping.is_set():
            self._woken.wait(self._tuning.poll_seconds)
            self._woken.clear()
            try:
                self.catch_up()
                self.tidy()
                self._current.let_go()
                pause = self._tuning.retry_seconds
            except Exception as error:  # whatever it is, the next try may succeed
                told = str(error) or type(error).__name__
                is_news, self._last_error = told != self._last_error, told
                if is_news:
                    at = self.applied_seq
                    logger.warning("index view stands at change %d", at, exc_info=True)
                self._stopping.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _group(self) -> int:
        """Return how many changes are applied at once: more where much is to be caught up."""
        return _GROUP if self._head - self.applied_seq <= LARGE_GROUP else LARGE_GROUP

    def _unfit_because(self) -> str | None:
        view = self._current
        if not view.is_whole:
            return "its working files are gone or half written"
        if view.seq > self._head:
            return f"it stands at change {view.seq}, the log ends at {self._head}"
        if view.seq < self._head and self._log.instant_of(view.seq) != view.at:
            return f"the log has no such change {view.seq}"  # an older backup took its place
        if view.seq < self._head and self._active_embedder().identity != view.embedder.identity:
            return "another embedder is active"
        return None

    def _apply(self, changes: Sequence[Change]) -> None:
        if reason := makes_new_because(changes):
            logger.info("index view is built anew: %s", reason)
            self._replace(self._rebuilt())
            return
        added = added_by(changes)
        view = self._current
        staged = view.stage(self._log.chunks_of(view.embedder.identity, added) if added else ())
        with self._turns.exclusive():
            view.publish(staged, changes)
        self._say_progress()
        if staged:
            view.say(self._log.database_id)

    def _replace(self, view: View) -> None:
        with self._turns.exclusive():
            replaced, self._view = self._view, view
        if replaced is not None:
            replaced.close()
        self._say_progress()

    def _say_progress(self) -> None:
        with self._progress:
            self._applied_at = self._clock()
            self._progress.notify_all()

    def _rebuilt(self) -> View:
        """Return a view of all chunks, and remove snapshots of before an erasure it passed over."""
        view = self._make.rebuilt()
        self._erased_seq = max(self._erased_seq, self._log.last_erased())
        snapshot.discard_before(self._directory, self._erased_seq)
        return view

    def _captured(self, view: View) -> Contents:
        try:
            if view.is_whole:
                return view.capture()
        except OSError as error:
            raise SnapshotUnusable(f"change {view.seq} cannot be written: {error}") from error
        raise SnapshotUnusable(f"change {view.seq}: working files are gone or half written")

    def _stamp(self, view: View) -> Stamp:
        made_by, database = view.embedder, self._log.database_id
        return Stamp(database, made_by.identity, made_by.dimension, view.seq, view.at)

    def _place(self, seq: int) -> Path:
        return self._directory / f"snapshot-{seq}"
