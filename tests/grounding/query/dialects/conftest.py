from collections.abc import Iterator

import pytest

from tests.grounding.client.service import Service


@pytest.fixture
def endpoint() -> Iterator[Service]:
    """An endpoint of whoever's form, on the loopback interface, that remembers what it is sent."""
    running = Service()
    yield running
    running.close()
