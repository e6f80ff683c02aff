"""A workshop on each database."""

import pytest

from indexer.database import Database
from tests.fakes import FakeClock, HashEmbedder
from tests.indexer.workshop import Workshop


@pytest.fixture
def workshop(database: Database, clock: FakeClock, embedder: HashEmbedder) -> Workshop:
    return Workshop(database, clock, embedder)
