from collections.abc import Iterator

import pytest

from grounding import Client
from tests.grounding.client.service import Service


@pytest.fixture
def service() -> Iterator[Service]:
    running = Service()
    yield running
    running.close()


@pytest.fixture
def pauses() -> list[float]:
    """How long the client would have slept, each time."""
    return []


@pytest.fixture
def client(service: Service, pauses: list[float]) -> Iterator[Client]:
    with Client(service.base_url, sleep=pauses.append) as connected:
        yield connected
