"""Leave no byte of what was deleted in the files of the database.

A deleted row stays readable in free pages, in the unused middle of others, and in the write-ahead
log, until something happens to be written over it. Writing the tables anew is the one way that
does not depend on luck; it takes as long as copying the database, and on SQLite the room of two
copies, one among temporary files and one in the log.
"""

import time
from typing import Any

from sqlalchemy import text

from indexer.database import Database
from indexer.errors import ScrubFailed

_TABLES = ("document", "chunk", "embedding", "receipt", "run")
_PATIENCE_SECONDS = 30.0


def scrub(database: Database) -> None:
    """Write the tables that held content anew, and empty the write-ahead log.

    On PostgreSQL the log, and what was archived of it, is the server's own to recycle.

    Raises:
        ScrubFailed: somebody held on to the old state for too long; it may be tried again.
        OperationalError: the database is away, busy, or its disk is full.
    """
    if database.is_sqlite:
        _scrub_sqlite(database)
    else:
        _scrub_postgresql(database)


def _scrub_sqlite(database: Database) -> None:
    pooled = database.engine.raw_connection()
    try:
        connection: Any = pooled.driver_connection  # Any: the DBAPI's own connection
        connection.execute("PRAGMA temp_store=DEFAULT")  # a copy of all in memory may not fit
        try:
            connection.execute("VACUUM")
            _empty_log(connection)
        finally:
            connection.execute("PRAGMA temp_store=MEMORY")
    finally:
        pooled.close()


def _empty_log(connection: Any) -> None:  # Any: as above
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        is_busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not is_busy:
            return
        if time.monotonic() >= deadline:
            raise ScrubFailed("the write-ahead log is in use and cannot be emptied now")
        time.sleep(0.05)


def _scrub_postgresql(database: Database) -> None:
    autocommit = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with autocommit as connection:
        for table in _TABLES:
            connection.execute(text(f"VACUUM (FULL, ANALYZE) {table}"))
        # The planner's statistics held samples of texts; whoever may not do this gets a warning.
        connection.execute(text("VACUUM (FULL) pg_catalog.pg_statistic"))
