"""Services for tests to talk to: one for each test, one for a module that only asks."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from tests.grounding.serving import Line, Plan, Running, line, serving


@pytest.fixture
def running(
    tmp_path: Path, clock: FakeClock, migrated_file: Path, server_line: Line
) -> Iterator[Running]:
    shutil.copy(migrated_file, tmp_path / "grounding.db")
    with server_line.connected(Plan(tmp_path, clock=clock)) as one:
        yield one


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service for tests that leave it as they found it."""
    with serving(Plan(tmp_path_factory.mktemp("shared"))) as one:
        yield one


@pytest.fixture(scope="session")
def server_line() -> Iterator[Line]:
    with line() as one:
        yield one
