"""Read sources now because an answer waits for it, and for no longer than it may wait."""

import logging
import threading
import time
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from indexer.catalogue import changes, sources
from indexer.database import Database
from indexer.errors import IndexBehind
from indexer.queue import Queue
from indexer.records import PUSH
from indexer.views.live import LiveViews
from indexer.worker import Worker

logger = logging.getLogger(__name__)

_MOST_WAITING = 4


class Refresher:
    """Queues a read of each source, lends the workers a hand where none run, and waits.

    Of many callers only the first few wait, so that the threads of the others stay free; those
    get the evidence as it is.
    """

    def __init__(self, database: Database, views: LiveViews, queue: Queue, worker: Worker) -> None:
        self._database = database
        self._views = views
        self._queue = queue
        self._worker = worker
        self._may_wait = threading.Semaphore(_MOST_WAITING)

    def __call__(self, names: Sequence[str], seconds: float) -> None:
        if not self._may_wait.acquire(blocking=False):
            return
        try:
            deadline = time.monotonic() + seconds
            rows = [self._queue.add_manual(name) for name in self._readable(names)]
            if self._worker.lends_a_hand:
                for _ in rows:
                    threading.Thread(target=self._lend_a_hand, daemon=True).start()
            for row in rows:
                self._queue.wait_finished(row, max(0.0, deadline - time.monotonic()))
            self._let_be_found(max(0.0, deadline - time.monotonic()))
        finally:
            self._may_wait.release()

    def _readable(self, names: Sequence[str]) -> list[str]:
        with self._database.reading() as session:
            known = {each.name: each for each in sources.all_sources(session)}
        return [name for name in names if name in known and known[name].kind != PUSH]

    def _lend_a_hand(self) -> None:
        try:
            self._worker.run_next()
        except SQLAlchemyError as error:
            logger.error("source not read for an answer that waits: %s", error)

    def _let_be_found(self, seconds: float) -> None:
        with self._database.reading() as session:
            seq, _ = changes.head(session)
        try:
            self._views.wait_for(seq, seconds)
        except IndexBehind as error:
            logger.warning("the index is late for an answer that waits: %s", error)
