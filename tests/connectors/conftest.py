"""A web server, and a fetcher that may ask it and notes its pauses."""

from collections.abc import Iterator

import pytest

from connectors.fetch import Fetcher
from tests.connectors.fetching import local_fetcher
from tests.web import WebServer


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def fetcher(pauses: list[float]) -> Iterator[Fetcher]:
    with local_fetcher(pauses) as one:
        yield one
