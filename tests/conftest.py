"""Real databases: every test that takes `database` runs on SQLite and on PostgreSQL."""

import os
import shutil
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from indexer.database import Database, open_database
from indexer.tables import Base
from tests.fakes import FakeClock, HashEmbedder
from tests.postgres import fresh_database, private_cluster

BACKENDS = ("sqlite", "postgresql")

# Tables take this width when the command line is first imported, however wide this terminal is.
os.environ["COLUMNS"] = "200"

# How long an example takes says more about the machine's other work than about ours.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their parameter: compressed ones hold the time, which processes have apart."""
    return argname if isinstance(val, bytes) and not val.isascii() else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write out what no stream takes, so that a report can be passed on between processes."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture(params=BACKENDS)
def database(request: pytest.FixtureRequest) -> Database:
    """A migrated database without any rows."""
    opened: Database = request.getfixturevalue(f"{request.param}_database")
    return opened


@pytest.fixture(params=BACKENDS)
def empty_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database in which nothing was ever created."""
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url


@pytest.fixture
def sqlite_database(tmp_path: Path, migrated_file: Path) -> Iterator[Database]:
    file = shutil.copy(migrated_file, tmp_path / "grounding.db")
    opened = open_database(f"sqlite:///{file}", migrate=False)
    yield opened
    opened.close()


@pytest.fixture
def postgresql_database(migrated_postgresql: Database) -> Database:
    with migrated_postgresql.writing() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
    return migrated_postgresql


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
def empty_postgresql_url(postgresql_server: str) -> Iterator[str]:
    with fresh_database(postgresql_server, f"test_{uuid.uuid4().hex}") as url:
        yield url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "grounding.db"
    open_database(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: str) -> Iterator[Database]:
    opened = open_database(postgresql_server)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with private_cluster() as url:
        yield url
