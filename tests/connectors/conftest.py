"""A web server and a fetcher that may ask it."""

from collections.abc import Iterator

import pytest

from connectors.fetch import Fetcher, FetchLimits
from tests.web import WebServer


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    limits = FetchLimits(timeout_seconds=10, attempts=1)
    with Fetcher(limits, allow_private_addresses=True, sleep=lambda _: None) as one:
        yield one
