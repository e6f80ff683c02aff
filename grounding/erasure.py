"""Erasing on demand, to the end: tables, receipts, files, index and snapshots."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from connectors.clock import Clock
from grounding.errors import NotAllowed, NotFound
from grounding.query.redact import redact_receipts
from grounding.receipts.chain import Chain
from indexer.catalogue import changes, documents, erasures
from indexer.catalogue.documents import DocumentVersion
from indexer.database import Database
from indexer.erase import Removal, erase
from indexer.errors import IndexerError
from indexer.records import ErasureRecord
from indexer.scrub import scrub
from indexer.store import remove_rows
from indexer.views.live import LiveViews

logger = logging.getLogger(__name__)

_INDEX_SECONDS = 60.0


class Eraser:
    """Removes and erases documents. One scrub of the files runs at a time.

    `forget` clears what this process keeps of texts in memory, after each erasure.
    """

    def __init__(
        self,
        database: Database,
        views: LiveViews,
        clock: Clock,
        *,
        chain: Chain,
        forget: Callable[[], None],
    ) -> None:
        self._chain = chain
        self._database = database
        self._views = views
        self._clock = clock
        self._forget = forget
        self._scrubbing = threading.Lock()

    def remove(self, uid: str) -> Removal:
        """End the current version of a document; questions about the past still find it.

        Raises:
            NotFound: there is no such document.
            NotAllowed: it is the card of a series.
        """
        with self._database.writing() as session:
            found = _required(session, uid)
            is_current = found.row.superseded_at is None
            if is_current:
                at = changes.next_instant(session, self._clock())
                remove_rows(session, found.row.source_id, [found.row.id], at=at)
            seq, _ = changes.head(session)
        self._views.notify()
        return Removal(uid, seq, was_current=is_current)

    def erase(self, uid: str) -> ErasureRecord:
        """Erase a document; `completed_at` of the record is None while traces may be left.

        Raises:
            NotFound: there is no such document, and none was erased.
            NotAllowed: it is the card of a series.
        """
        with self._database.writing() as session:
            if erasures.by_id(session, uid) is None:
                _required(session, uid)
            now = self._clock()
            erase(session, uid, redact=self._redacting(uid), now=now)
        self._forget()
        self._views.notify()
        try:
            self.finish()
        except (IndexerError, SQLAlchemyError) as error:
            logger.warning("erasure is not complete yet, it will be tried again: %s", error)
        with self._database.reading() as session:
            record = erasures.by_id(session, uid)
        if record is None:
            raise NotFound(f"the erasure of document {uid} was lifted meanwhile")
        return record

    def finish(self) -> None:
        """Clear files, index and snapshots of what was erased; none left is the common case.

        Raises:
            IndexerError, SQLAlchemyError: not now; it may be called again.
        """
        with self._scrubbing:
            with self._database.reading() as session:
                pending = erasures.unfinished(session)
            if not pending:
                return
            newest = max(record.seq for record in pending)
            scrub(self._database)
            self._views.wait_for(newest, _INDEX_SECONDS)
            self._views.discard_snapshots(before=newest)
            with self._database.writing() as session:
                uids = [record.document_id for record in pending]
                latest = max(record.requested_at for record in pending)
                erasures.complete(session, uids, at=max(latest, self._clock()))
            logger.info("erased documents: %d", len(pending))

    def lift(self, uid: str) -> None:
        """Let an erased document be stored again.

        Raises:
            NotFound: none was erased under that name.
        """
        with self._database.writing() as session:
            if not erasures.lift(session, uid):
                raise NotFound(f"no document {uid} was erased")

    def _redacting(self, uid: str) -> Callable[[Session, tuple[str, ...]], int]:
        now = self._clock()
        return lambda session, texts: redact_receipts(
            session, uid, texts, at=now, chain=self._chain
        )


def _required(session: Session, uid: str) -> DocumentVersion:
    found = documents.version(session, uid)
    if found is None:
        erasure = erasures.by_id(session, uid)
        when = "" if erasure is None else f"; it was erased at {erasure.requested_at.isoformat()}"
        raise NotFound(f"no document is {uid}{when}")
    if found.row.series_id is not None:
        raise NotAllowed(f"document {uid} is the card of a series: remove its source instead")
    return found
