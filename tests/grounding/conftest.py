"""Services for tests to talk to: one for each test, one for a module that only asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from tests.grounding.serving import Plan, Running, serving


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def running(tmp_path: Path, clock: FakeClock) -> Iterator[Running]:
    with serving(Plan(tmp_path, clock=clock)) as one:
        yield one


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service for tests that leave it as they found it."""
    with serving(Plan(tmp_path_factory.mktemp("shared"))) as one:
        yield one
