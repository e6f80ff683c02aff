"""A workshop, and a worksite around it, on each database."""

import pytest

from indexer.database import Database
from tests.fakes import FakeClock, HashEmbedder
from tests.indexer.switching import FEW, fill
from tests.indexer.workshop import Workshop
from tests.indexer.worksite import Site


@pytest.fixture
def workshop(database: Database, clock: FakeClock, embedder: HashEmbedder) -> Workshop:
    return Workshop(database, clock, embedder)


@pytest.fixture
def site(workshop: Workshop) -> Site:
    return Site(workshop)


@pytest.fixture
def filled(workshop: Workshop) -> Workshop:
    """A workshop that has read a few documents."""
    return fill(workshop, FEW)
