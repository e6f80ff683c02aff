"""Opening the database: engines, sessions, and the order in which writers commit.

Readers see a snapshot; `writing` sessions run one at a time from their first statement to
their commit (SQLite: BEGIN IMMEDIATE; PostgreSQL: an advisory lock). That is what makes `seq`
order commit order, so that a reader of the change log never skips a row. Nobody may wait for
a network or an embedder inside a writing session.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

from indexer.errors import DatabaseUnusable, SchemaMismatch
from indexer.tables import REVISION

_WRITER_LOCK = 0x67726E64  # "grnd": one lock for every writer of this database
_BUSY_SECONDS = 30
# A server that is frozen or cut off is given up on, in seconds; the last is in milliseconds.
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_EXPECTED = 'expected "sqlite:///data/grounding.db" or "postgresql+psycopg://user@host/database"'


class Database:
    """One open database. Sessions are short; whoever opens one commits it by leaving the block."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        # On PostgreSQL a snapshot as old as the wait for the lock would not show what the writer
        # before us committed, and that is what a server may be set to give by default.
        self.writing_options: Mapping[str, str] = (
            {"sqlite_begin": "BEGIN IMMEDIATE"}
            if self.is_sqlite
            else {"isolation_level": "READ COMMITTED"}
        )
        self._writer = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session that sees one consistent snapshot and writes nothing."""
        with Session(self.engine, autoflush=False) as session:
            if not self.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Yield the one session that may write now; commit on leaving, roll back on error."""
        with self._turn(), Session(self.engine, autoflush=False) as session, session.begin():
            session.connection(execution_options=dict(self.writing_options))
            if not self.is_sqlite:
                session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})
            yield session

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let writers of this process wait for each other here, as long as for others at most.

        One that waits for SQLite sleeps a while and tries again, so it wakes late, or never when
        others are faster.
        """
        is_ours = self.is_sqlite and self._writer.acquire(timeout=_BUSY_SECONDS)
        try:
            yield
        finally:
            if is_ours:
                self._writer.release()

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str, *, migrate: bool = True) -> Database:
    """Open the database at `url`, creating and upgrading it if asked.

    Raises:
        DatabaseUnusable: the URL is wrong, the server unreachable, or the file unwritable.
        SchemaMismatch: the tables are not this program's and `migrate` is false.
    """
    try:
        database = Database(_engine(_parsed(url)))
        if migrate:
            upgrade(database)
        else:
            require_current(database)
    except (SQLAlchemyError, ImportError, OSError) as error:
        raise DatabaseUnusable(f"database {_masked(url)}: {_reason(error)}") from error
    return database


def upgrade(database: Database) -> None:
    """Bring the tables to this program's version; safe when several processes start at once."""
    if database.is_sqlite:
        _use_wal(database)
    if current_revision(database) != REVISION:
        from indexer.upgrading import upgrade_tables  # Alembic is a tenth of a start

        with migrating(database) as connection:
            upgrade_tables(connection)


@contextmanager
def migrating(database: Database) -> Iterator[Connection]:
    """Yield the one connection that may write now, for migrations; commit on leaving.

    On SQLite foreign keys are not enforced on it: to change a table is to drop it and put a
    copy in its place, and dropping it would delete what refers to it.
    """
    opened = database.engine.connect().execution_options(**database.writing_options)
    with opened as connection:
        if database.is_sqlite:
            connection.detach()  # is closed in the end, and so its setting is nobody else's
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            if not database.is_sqlite:
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK}
                )
            yield connection


def _is_busy(error: BaseException) -> bool:
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_BUSY


# SQLite's own busy timeout does not cover this switch, and a second process may be at it too.
@retry(
    retry=retry_if_exception(_is_busy),
    wait=wait_random(0, 0.05),
    stop=stop_after_delay(_BUSY_SECONDS),
    reraise=True,
)
def _use_wal(database: Database) -> None:
    """Switch the file to WAL: outside any transaction, hence in place of what begins one."""
    wal = {"sqlite_begin": "PRAGMA journal_mode=WAL"}
    with database.engine.connect().execution_options(**wal) as connection:
        connection.begin()


def current_revision(database: Database) -> str | None:
    """Return the last migration that was carried out, None if there was none."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def require_current(database: Database) -> None:
    found = current_revision(database)
    if found != REVISION:
        raise SchemaMismatch(
            f"database tables are at {found or 'nothing'}, this program needs {REVISION}: "
            "run `grounding db upgrade`"
        )


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # ValueError: the port is no number
        raise DatabaseUnusable(f"database URL cannot be read: {_EXPECTED}") from error
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise DatabaseUnusable(f"database {parsed.drivername}: not supported, {_EXPECTED}")
    return parsed


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        engine = create_engine(
            url,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=30,
            connect_args=dict(_PATIENCE),
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    if url.database in (None, "", ":memory:"):
        raise DatabaseUnusable("database sqlite: give a file path, memory would forget everything")
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=10,
        max_overflow=50,  # a connection is only an open file
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:  # Any: the DBAPI's own connection
    del record
    connection.isolation_level = None  # we say BEGIN ourselves, see `_begin_sqlite`
    for pragma in (
        "foreign_keys=ON",
        "synchronous=NORMAL",  # in WAL mode: durable against a crash of the process
        "cache_size=-16000",
        "mmap_size=268435456",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(connection: Any, record: object) -> None:  # Any: as above
    """Speak UTC: in a zone east of it the last day of the calendar could not be read back."""
    del record
    connection.execute("SET TIME ZONE 'UTC'")
    connection.execute(f"SET lock_timeout = '{_BUSY_SECONDS}s'")  # as patient as SQLite
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(str(options.get("sqlite_begin", "BEGIN")))


def _masked(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)


def _reason(error: Exception) -> str:
    if isinstance(error, DBAPIError) and error.orig is not None:
        return str(error.orig).strip().splitlines()[0]
    if isinstance(error, NoSuchModuleError):
        return f"no such driver, {_EXPECTED}"
    if isinstance(error, ImportError):
        return f"{error}; for PostgreSQL install the extra `grounding[postgres]`"
    return str(error).strip().splitlines()[0]
