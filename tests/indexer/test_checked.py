"""When a version was last confirmed: by its own reading, or with all that its source listed."""

from datetime import datetime, timedelta

import pytest

from connectors.records import Batch, Semantics
from indexer.catalogue import documents as catalogue
from indexer.queue import Queue
from indexer.records import SourceRecord
from indexer.worker import Worker
from tests.indexer.workshop import FakeConnector, Workshop, document, documents

LISTED = documents(document("a"), document("b"), cursor={"n": 1}, is_complete=True)
NOTHING_NEW = Batch(cursor={"n": 1}, is_unmodified=True)


def run(workshop: Workshop, *steps: Batch | Exception) -> datetime:
    """Read the source through a worker, as it happens in a service; return when."""
    workshop.clock.advance(timedelta(hours=1))
    queue = Queue(workshop.database, workshop.clock)

    def build(_: SourceRecord) -> FakeConnector:
        return FakeConnector(*steps)

    queue.add_manual("news")
    assert Worker(queue, build, workshop.tools).run_next() is not None
    return workshop.clock()


def checked(workshop: Workshop) -> dict[str, datetime]:
    keys = {row.key: row.uid for row in workshop.versions()}
    with workshop.database.reading() as session:
        found = {key: catalogue.version(session, uid) for key, uid in keys.items()}
    return {key: version.checked_at for key, version in found.items() if version is not None}


@pytest.mark.parametrize("semantics", list(Semantics))
def test_a_source_that_says_nothing_changed_confirms_what_it_listed(
    workshop: Workshop, semantics: Semantics
) -> None:
    workshop.source(semantics=semantics)
    run(workshop, LISTED)

    later = run(workshop, NOTHING_NEW)

    assert checked(workshop) == {"a": later, "b": later}


def test_what_rolled_off_the_window_is_confirmed_no_more(workshop: Workshop) -> None:
    workshop.source(semantics=Semantics.APPEND_ONLY)
    first = run(workshop, LISTED)
    run(workshop, documents(document("b"), document("c"), cursor={"n": 2}))

    later = run(workshop, Batch(cursor={"n": 2}, is_unmodified=True))

    assert checked(workshop) == {"a": first, "b": later, "c": later}


def test_a_whole_listing_confirms_what_it_knows_to_be_unchanged(workshop: Workshop) -> None:
    workshop.source(semantics=Semantics.SNAPSHOT)
    run(workshop, documents(document("a"), document("b"), cursor={"n": 1}, is_complete=True))

    later = run(workshop, Batch(cursor={"n": 2}, unchanged=("a", "b"), is_complete=True))

    assert checked(workshop) == {"a": later, "b": later}


def test_a_failed_read_confirms_nothing(workshop: Workshop) -> None:
    workshop.source(semantics=Semantics.SNAPSHOT)
    first = run(workshop, LISTED)

    from connectors.errors import RetryLater

    run(workshop, RetryLater("down"))

    assert checked(workshop) == {"a": first, "b": first}
