"""A hub, a feed and a service for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from tests.grounding.serving import Line
from tests.grounding.websub.hub import Hub
from tests.grounding.websub.site import PATH, Site, plan
from tests.web import Answer, WebServer


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as one:
        yield one


@pytest.fixture(autouse=True)
def migrated(tmp_path: Path, migrated_file: Path) -> None:
    shutil.copy(migrated_file, tmp_path / "grounding.db")


@pytest.fixture
def site(
    tmp_path: Path, clock: FakeClock, server_line: Line, hub: Hub, web: WebServer
) -> Iterator[Site]:
    with server_line.connected(plan(tmp_path, clock, server_line, web)) as running:
        one = Site(running, hub, web, clock)
        one.publish("first")
        yield one


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as one:
        one.route(PATH, Answer(status=503))
        yield one
