"""The way in: from a source's batches to stored documents, one small transaction at a time.

    connector.read ─▶ batch ─▶ parts ─▶ accept ─▶ decide ─▶ chunk, embed ─▶ store ─▶ notify
                                          │          ▲                        │
                                          ▼          └─ conflict: again ──────┤
                                      failures                                ▼
                                                               change log ─▶ index views

A batch is stored in parts so that its first items are retrievable before its last are
embedded. Only the last part carries the cursor: a crash in between repeats the batch, and
what was stored already is found unchanged. While one part is embedded, in a thread beside this
one, the part before it is stored and the next one is cut.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from connectors.errors import ConnectorError, NotNow, Remedy, RetryLater
from connectors.protocol import Connector
from connectors.records import Batch, Cursor, Semantics
from indexer.errors import TooManyFailures, UnknownSource
from indexer.parts import Size, parts
from indexer.reading import Outcome, Reading, Tools
from indexer.records import SourceRecord


def sync(
    source: SourceRecord, connector: Connector, tools: Tools, *, alive: Callable[[], None]
) -> Outcome:
    """Read a source from where it was left and store what it has; `alive` is called as it goes."""
    with ThreadPoolExecutor(1, thread_name_prefix=f"embedding-{source.name}") as ahead:
        return _read(Reading(source, tools, ahead), source, connector, tools, alive)


def _read(
    reading: Reading,
    source: SourceRecord,
    connector: Connector,
    tools: Tools,
    alive: Callable[[], None],
) -> Outcome:
    size = Size()
    try:
        for batch in connector.read(_begin(source, tools)):
            reading.expect(batch)
            for part in parts(batch, size):
                reading.take(part)
                _go_on(reading, alive)
        reading.require_mostly_good()
    except (ConnectorError, TooManyFailures, UnknownSource) as error:
        wait = error.retry_after_seconds if isinstance(error, RetryLater) else None
        return replace(
            reading.outcome(),
            error=_named(source, error),
            remedy=error.remedy if isinstance(error, ConnectorError) else Remedy.FIX,
            is_postponed=isinstance(error, NotNow),
            retry_after_seconds=wait,
        )
    return reading.outcome()


def _go_on(reading: Reading, alive: Callable[[], None]) -> None:
    """Ask whether to go on; if not, store what was begun first."""
    try:
        alive()
    except BaseException:
        reading.finish()
        raise


def _begin(source: SourceRecord, tools: Tools) -> Cursor:
    """Return where to begin: anew where items expire meanwhile that may be listed still.

    A source that says "unmodified" lists nothing, so nothing would say that they still hold.
    """
    is_series = source.semantics is Semantics.SERIES
    if source.ttl_seconds is None or source.listed_at is None or is_series:
        return source.cursor
    since = (tools.clock() - source.listed_at).total_seconds()
    return {} if since >= source.ttl_seconds / 2 else source.cursor


def push(source: SourceRecord, batch: Batch, tools: Tools) -> Outcome:
    """Store what somebody hands over; the cursor stays as it is."""
    reading = Reading(source, tools)
    for part in parts(batch):
        reading.take(replace(part, cursor=source.cursor))
    return reading.outcome()


def _named(source: SourceRecord, error: Exception) -> str:
    """Say which source it was, where the error does not."""
    told = str(error)
    return told if source.name in told else f"source {source.name}: {told}"
