"""What several files of tests of the API share: a database for a whole module."""

import uuid
from collections.abc import Iterator

import pytest

from tests.postgres import fresh_database


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def module_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The URL of a database for the tests of one module; None for a service's usual file."""
    if request.param == "sqlite":
        yield None
        return
    server: str = request.getfixturevalue("postgresql_server")
    with fresh_database(server, f"test_{uuid.uuid4().hex}") as url:
        yield url
