from dataclasses import replace

import pytest

from connectors.errors import RetryLater
from connectors.records import Batch, Failure, Semantics
from indexer.pipeline import sync
from indexer.records import ChangeKind, Counts
from tests.indexer.workshop import (
    Crash,
    CrashingDatabase,
    FakeConnector,
    Workshop,
    document,
    documents,
)


def _listing(*keys: str, **flags: object) -> Batch:
    flags = {"is_complete": True, **flags}
    return documents(*(document(key) for key in keys), **flags)


UNMODIFIED = documents(is_unmodified=True)
PARTIAL = _listing("b", is_complete=False)
TORN = _listing("b", failures=(Failure(None, "torn"),))
EMPTY = _listing()
MOSTLY_BAD = _listing("b", failures=tuple(Failure(f"bad {nth}", "torn") for nth in range(20)))
ALL_BAD = _listing(failures=(Failure("b", "torn"),))
BROKEN_OFF = RetryLater("source folder: gone")


@pytest.fixture
def folder(workshop: Workshop) -> Workshop:
    """A snapshot source that listed a and b once."""
    workshop.source("folder", Semantics.SNAPSHOT)
    workshop.read(_listing("a", "b"), source="folder")
    return workshop


def _read(workshop: Workshop, *steps: Batch | Exception) -> Counts:
    return workshop.read(*steps, source="folder").counts


def test_one_listing_without_an_item_keeps_it(folder: Workshop) -> None:
    counts = _read(folder, _listing("b"))

    assert folder.current().keys() == {"a", "b"}
    assert counts.removed == 0


def test_two_listings_in_a_row_without_an_item_remove_it(folder: Workshop) -> None:
    _read(folder, _listing("b"))

    counts = _read(folder, _listing("b"))

    (removed,) = folder.versions("a")
    assert counts == Counts(unchanged=1, removed=1)
    assert removed.superseded_at == folder.clock()
    last = folder.log()[-1]
    assert (last.kind, last.document_row) == (ChangeKind.RETIRED, removed.id)


def test_a_listing_with_the_item_in_between_starts_the_count_again(folder: Workshop) -> None:
    for keys in (["b"], ["a", "b"], ["b"]):
        _read(folder, _listing(*keys))

    assert folder.current().keys() == {"a", "b"}


@pytest.mark.parametrize(
    "step",
    [PARTIAL, TORN, EMPTY, MOSTLY_BAD, ALL_BAD, BROKEN_OFF],
    ids=["partial", "torn", "empty", "mostly bad", "all bad", "broken off"],
)
def test_a_read_that_proves_nothing_removes_nothing(
    folder: Workshop, step: Batch | Exception
) -> None:
    for _ in range(3):
        _read(folder, step)

    assert folder.current().keys() == {"a", "b"}


@pytest.mark.parametrize(
    "step", [PARTIAL, TORN, EMPTY, BROKEN_OFF], ids=["partial", "torn", "empty", "broken off"]
)
def test_a_read_that_proves_nothing_neither_ends_nor_counts_an_absence(
    folder: Workshop, step: Batch | Exception
) -> None:
    _read(folder, _listing("b"))
    _read(folder, step)
    assert folder.current().keys() == {"a", "b"}

    _read(folder, _listing("b"))

    assert folder.current().keys() == {"b"}


def test_a_listing_that_broke_off_before_its_end_proves_nothing(folder: Workshop) -> None:
    for _ in range(3):
        _read(folder, PARTIAL, BROKEN_OFF)

    assert folder.current().keys() == {"a", "b"}


def test_an_unmodified_listing_confirms_what_the_last_one_lacked(folder: Workshop) -> None:
    _read(folder, _listing("b"))

    counts = _read(folder, UNMODIFIED)

    assert folder.current().keys() == {"b"}
    assert counts.removed == 1


@pytest.mark.parametrize("incomplete", [EMPTY, PARTIAL, TORN])
def test_what_proved_nothing_proves_nothing_when_it_is_repeated(
    folder: Workshop, incomplete: Batch
) -> None:
    _read(folder, _listing("b"))
    _read(folder, replace(incomplete, cursor={"another": "body"}))

    for _ in range(3):
        _read(folder, replace(UNMODIFIED, cursor={"another": "body"}))

    assert folder.current().keys() == {"a", "b"}
    assert _read(folder, _listing("b")).removed == 1


def test_an_unmodified_listing_confirms_what_the_last_one_had(folder: Workshop) -> None:
    for _ in range(3):
        counts = _read(folder, UNMODIFIED)

        assert counts == Counts()
    assert folder.current().keys() == {"a", "b"}


def test_an_item_that_could_not_be_read_was_seen(folder: Workshop) -> None:
    for _ in range(3):
        _read(folder, _listing("b", failures=(Failure("a", "locked"),)))

    assert folder.current().keys() == {"a", "b"}


def test_an_item_that_could_not_be_stored_was_seen(folder: Workshop) -> None:
    for _ in range(3):
        _read(folder, documents(document("a", " "), document("b"), is_complete=True))

    assert folder.current() == {"a": "words about a", "b": "words about b"}


def test_an_item_that_was_not_read_again_was_seen(folder: Workshop) -> None:
    for _ in range(3):
        counts = _read(folder, _listing("b", unchanged=("a",)))

        assert counts == Counts(unchanged=2)
    assert folder.current().keys() == {"a", "b"}


def test_a_listing_may_come_in_several_batches(folder: Workshop) -> None:
    for _ in range(3):
        _read(folder, _listing("a", is_complete=False), _listing("b"))

    assert folder.current().keys() == {"a", "b"}


def test_an_item_with_an_absurdly_long_key_is_recognised(workshop: Workshop) -> None:
    long = "k" * 10_000
    workshop.source("folder", Semantics.SNAPSHOT)

    for _ in range(3):
        _read(workshop, _listing("b", long))
        _read(workshop, _listing("b", unchanged=(long,)))

    assert len(workshop.current()) == 2


def test_a_removed_item_that_reappears_gets_a_new_version(folder: Workshop) -> None:
    _read(folder, _listing("b"))
    _read(folder, _listing("b"))

    counts = _read(folder, _listing("a", "b"))

    first, second = folder.versions("a")
    assert counts == Counts(new=1, unchanged=1)
    assert first.superseded_at is not None
    assert first.superseded_at < second.observed_at
    assert second.superseded_at is None
    assert second.absent_reads == 0


def test_many_items_are_removed_at_once(workshop: Workshop) -> None:
    workshop.source("folder", Semantics.SNAPSHOT)
    _read(workshop, _listing("b", *(f"old {nth}" for nth in range(600))))
    _read(workshop, _listing("b"))

    counts = _read(workshop, _listing("b"))

    assert counts.removed == 600
    assert workshop.current().keys() == {"b"}


@pytest.mark.parametrize(
    "semantics", [Semantics.APPEND_ONLY, Semantics.KEYED_LATEST, Semantics.SERIES]
)
def test_absence_removes_nothing_from_other_kinds_of_source(
    workshop: Workshop, semantics: Semantics
) -> None:
    workshop.source("folder", semantics)
    _read(workshop, _listing("a", "b"))

    for _ in range(3):
        _read(workshop, _listing("b"))

    assert workshop.current().keys() == {"a", "b"}


def test_a_crash_before_the_cursor_is_stored_repeats_the_listing(folder: Workshop) -> None:
    cursor = folder.source("folder").cursor
    crashing = CrashingDatabase(folder.database, crash_at=3)  # b confirmed, a absent, cursor
    tools = replace(folder.tools, database=crashing)
    listing = _listing("b", cursor={"etag": "without a"})

    with pytest.raises(Crash):
        sync(folder.source("folder"), FakeConnector(listing), tools, alive=lambda: None)

    assert folder.source("folder").cursor == cursor
    assert [row.absent_reads for row in folder.versions("a")] == [1]


def test_another_sources_items_are_left_alone(folder: Workshop) -> None:
    folder.source("other", Semantics.SNAPSHOT)
    folder.read(_listing("a"), source="other")

    for _ in range(2):
        _read(folder, _listing("b"))

    rows = {(row.source_id, row.key) for row in folder.versions() if row.superseded_at is None}
    assert rows == {(folder.source("folder").id, "b"), (folder.source("other").id, "a")}
