"""A private PostgreSQL cluster for tests, and databases in it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from benchmarks.postgres import cluster
from benchmarks.records import Skipped


@contextmanager
def private_cluster() -> Iterator[str]:
    """Yield the URL of its first, empty database; skip the test where PostgreSQL is missing."""
    # Not below pytest's own folder: the cluster's user may not pass through that one.
    with tempfile.TemporaryDirectory(prefix="grounding-") as folder:
        try:
            with cluster(Path(folder) / "cluster") as url:
                _run(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
                yield url
        except Skipped as missing:
            pytest.skip(f"only SQLite is tested: {missing}")


@contextmanager
def fresh_database(server_url: str, name: str) -> Iterator[str]:
    """Yield the URL of a new database without tables; it is dropped afterwards."""
    _run(server_url, f"CREATE DATABASE {name}")
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        _run(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def _run(url: str, *statements: str) -> None:
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    server.dispose()
