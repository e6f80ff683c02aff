"""The way to a database: its URL and secrets, a connection that cannot write, and its errors."""

import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.pool import NullPool

from connectors.errors import ConnectorError, InvalidOptions, RetryLater, SourceBroken
from connectors.text.fields import one_line

LONGEST_REASON = 200
SECRET_PARAMETERS = frozenset({"password", "passwd", "pwd", "sslpassword", "token"})
_SQLITE_STEPS_BETWEEN_LOOKS = 10_000

# The name under which a driver takes the seconds it may take to connect.
_CONNECT_SECONDS = {
    "psycopg": "connect_timeout",
    "psycopg2": "connect_timeout",
    "pymysql": "connect_timeout",
    "mysqldb": "connect_timeout",
    "mysqlconnector": "connection_timeout",
    "pysqlite": "timeout",
}
# What PostgreSQL says when waiting may help: connection lost, rolled back, out of resources,
# locked, stopped by somebody or by the time limit.
_PASSING_STATES = ("08", "40", "53", "55", "57", "58")
_PASSING_SQLITE = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_CANTOPEN",
    "SQLITE_INTERRUPT",
    "SQLITE_IO",
)
_REFUSALS = ("authentication", "password", "access denied", "permission denied")


def parsed_url(text: str) -> URL:
    """Read an SQLAlchemy URL.

    Raises:
        ValueError: it is none; the message does not repeat it.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError("expected an SQLAlchemy URL: postgresql+psycopg://host/name") from None
    return url


def has_secret(url: URL) -> bool:
    return url.password is not None or any(name.lower() in SECRET_PARAMETERS for name in url.query)


def engine_for(url: URL, *, connect_seconds: float) -> Engine:
    """Make what connects to a database, and to a file only if there is one.

    Raises:
        InvalidOptions: its driver is not installed, or is an asynchronous one.
    """
    try:
        dialect = url.get_dialect()
        name = _CONNECT_SECONDS.get(dialect.driver)
        limits = {} if name is None else {name: max(1, round(connect_seconds))}
        engine = create_engine(_unwritable(url), poolclass=NullPool, connect_args=limits)
    except NoSuchModuleError as error:
        raise InvalidOptions(
            f"url: nothing here speaks {url.drivername}: install the package with its dialect"
        ) from error
    except ImportError as error:
        raise InvalidOptions(
            f"url: {url.drivername} needs a package: pip install {error.name or 'its driver'}"
        ) from error
    if engine.dialect.is_async:
        raise InvalidOptions(f"url: {url.drivername} is asynchronous; name a synchronous driver")
    return engine


def forbid_writing(connection: Connection, *, seconds: float) -> None:
    """Let this connection read only, and no statement take longer than `seconds`."""
    milliseconds = max(1, round(seconds * 1_000))
    match connection.dialect.name:
        case "postgresql":
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds}")
        case "mysql" | "mariadb":
            connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        case "sqlite":
            connection.exec_driver_sql("PRAGMA query_only = ON")
            _stop_after(connection.connection.driver_connection, seconds)


def sorted_out(error: Exception, url: URL) -> ConnectorError:
    """Return what a caller has to do about a database's error, in words without any value."""
    reason = _reason(error, url)
    if isinstance(error, InterfaceError | OSError | MemoryError):
        return RetryLater(f"the database cannot be read: {reason}")
    if isinstance(error, DBAPIError) and _is_passing(error, reason):
        return RetryLater(f"the database cannot be read now: {reason}")
    return SourceBroken(f"the database refuses the query: {reason}")


def _unwritable(url: URL) -> URL:
    """Open an SQLite file so that it is neither written nor made."""
    if url.get_backend_name() != "sqlite" or url.get_driver_name() != "pysqlite":
        return url
    if not url.database or url.database == ":memory:":
        return url
    file = url.database
    name = file if file.startswith("file:") else f"file:{quote(str(Path(file).resolve()))}"
    return url.set(database=name, query={**url.query, "mode": "ro", "uri": "true"})


def _stop_after(connection: Any, seconds: float) -> None:  # Any: whatever the driver has
    if isinstance(connection, sqlite3.Connection):
        deadline = time.monotonic() + seconds
        connection.set_progress_handler(
            lambda: time.monotonic() > deadline, _SQLITE_STEPS_BETWEEN_LOOKS
        )


def _is_passing(error: DBAPIError, reason: str) -> bool:
    if any(word in reason.lower() for word in _REFUSALS):
        return False
    if error.connection_invalidated:
        return True
    name = getattr(error.orig, "sqlite_errorname", None)
    if name is not None:
        return str(name).startswith(_PASSING_SQLITE)
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    if state is not None:
        return str(state).startswith(_PASSING_STATES)
    return isinstance(error, OperationalError)


def _reason(error: Exception, url: URL) -> str:
    """Return the driver's first line, or only its kind where it may quote what is in a row."""
    if isinstance(error, DataError):
        state = getattr(error.orig, "sqlstate", None)
        return f"{type(error.orig).__name__} {state or ''}".strip()
    if isinstance(error, DBAPIError):
        error = error.orig if isinstance(error.orig, Exception) else error
    elif isinstance(error, SQLAlchemyError):
        return f"{type(error).__name__}: {one_line(str(error.args[0]))[:LONGEST_REASON]}"
    said = next(iter(str(error).strip().splitlines()), type(error).__name__)
    for secret in (url.password, *_secret_values(url)):
        if secret:
            said = said.replace(str(secret), "…")
    return one_line(said)[:LONGEST_REASON]


def _secret_values(url: URL) -> list[str]:
    return [str(value) for name, value in url.query.items() if name.lower() in SECRET_PARAMETERS]
