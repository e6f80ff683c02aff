import threading
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from connectors.errors import RetryLater, SourceBroken
from connectors.records import Semantics
from indexer.database import Database
from indexer.errors import EmbedderUnusable
from indexer.pipeline import sync
from indexer.records import ChangeKind, Counts
from tests.fakes import FakeClock
from tests.indexer.workshop import (
    Crash,
    CrashingDatabase,
    FakeConnector,
    InterruptedEmbedder,
    Workshop,
    day,
    document,
    documents,
)

WAIT_SECONDS = 20
SECTIONS = {
    name: f"# {name}\n\n" + " ".join(f"{name}{nth}" for nth in range(60))
    for name in ("Alpha", "Beta", "Gamma")
}


def test_documents_chunks_and_cursor_are_stored(workshop: Workshop) -> None:
    outcome = workshop.read(documents(document("a", "some words"), cursor={"etag": "x"}))

    (row,) = workshop.versions()
    (chunk,) = workshop.chunks(row.id)
    assert chunk.text == "some words"
    assert chunk.embedder == workshop.embedder.identity
    assert len(np.frombuffer(chunk.vector, "<f2")) == workshop.embedder.dimension
    assert workshop.source().cursor == {"etag": "x"}
    assert outcome.counts == Counts(new=1)
    assert outcome.seq == workshop.log()[-1].seq == 1
    assert outcome.error is None


def test_every_chunk_is_a_slice_of_its_document(workshop: Workshop) -> None:
    text = "\n\n".join(SECTIONS.values()) + "\n\n👩‍🔬 日本"
    workshop.read(documents(document("a", text, title="Letters")))

    (row,) = workshop.versions()
    chunks = workshop.chunks(row.id)

    assert len(chunks) >= 3
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    for chunk in chunks:
        assert chunk.text == row.text[chunk.start_offset : chunk.end_offset]


def test_a_read_begins_at_the_stored_cursor(workshop: Workshop) -> None:
    workshop.read(documents(document("a"), cursor={"page": 2}))
    connector = FakeConnector()

    sync(workshop.source(), connector, workshop.tools, alive=lambda: None)

    assert connector.cursors == [{"page": 2}]


def test_a_cursor_that_returns_to_where_it_was_is_stored(workshop: Workshop) -> None:
    workshop.read(documents(document("a"), cursor={"page": 1}))

    workshop.read(
        documents(document("b"), cursor={"page": 2}), documents(document("c"), cursor={"page": 1})
    )

    assert workshop.source().cursor == {"page": 1}


def test_repeating_a_batch_stores_nothing_twice(workshop: Workshop) -> None:
    batch = documents(*(document(str(nth)) for nth in range(100)), document("1", "again"))
    workshop.read(batch)
    before = workshop.log()

    outcome = workshop.read(batch)

    assert workshop.log() == before
    assert outcome.counts == Counts(unchanged=100)


def test_unchanged_content_is_neither_embedded_nor_logged_but_confirmed(workshop: Workshop) -> None:
    workshop.read(documents(document("a")))
    embedded = list(workshop.embedder.embedded)

    outcome = workshop.read(documents(document("a", updated_at=day(5)), cursor={"etag": "new"}))

    assert outcome.counts == Counts(unchanged=1)
    assert workshop.embedder.embedded == embedded
    assert len(workshop.log()) == 1
    (row,) = workshop.versions()
    assert row.checked_at == workshop.clock()
    assert row.observed_at < row.checked_at
    assert workshop.source().cursor == {"etag": "new"}


def test_only_changed_chunks_are_embedded_again(workshop: Workshop) -> None:
    workshop.read(documents(document("a", "\n\n".join(SECTIONS.values()), title="Letters")))
    workshop.embedder.embedded.clear()
    edited = {**SECTIONS, "Beta": SECTIONS["Beta"] + " edited"}

    workshop.read(documents(document("a", "\n\n".join(edited.values()), title="Letters")))

    (text,) = workshop.embedder.embedded
    assert text.endswith("Beta59 edited")
    first, second = workshop.versions("a")
    old = {chunk.embedded_hash: chunk.vector for chunk in workshop.chunks(first.id)}
    new = {chunk.embedded_hash: chunk.vector for chunk in workshop.chunks(second.id)}
    kept = old.keys() & new.keys()
    assert len(kept) == 2
    assert all(old[name] == new[name] for name in kept)


def test_the_same_words_in_two_documents_are_embedded_once(workshop: Workshop) -> None:
    workshop.read(documents(document("a", "same words"), document("b", "same words")))

    assert workshop.embedder.embedded == ["same words"]


def test_views_are_told_after_each_commit(workshop: Workshop) -> None:
    workshop.read(documents(*(document(str(nth)) for nth in range(100))))

    assert workshop.notified == 3


# What breaks in between


def test_what_came_before_a_failure_is_kept_with_its_cursor(workshop: Workshop) -> None:
    outcome = workshop.read(
        documents(document("a"), cursor={"page": 1}),
        SourceBroken("source news: page 2 is gone"),
        documents(document("b"), cursor={"page": 2}),
    )

    assert workshop.current().keys() == {"a"}
    assert workshop.source().cursor == {"page": 1}
    assert outcome.error == "source news: page 2 is gone"
    assert outcome.counts == Counts(new=1)


def test_a_source_that_asks_to_wait_is_heard(workshop: Workshop) -> None:
    outcome = workshop.read(RetryLater("source news: busy", retry_after_seconds=90))

    assert (outcome.error, outcome.retry_after_seconds) == ("source news: busy", 90)


@pytest.mark.parametrize("crash_at", [1, 2, 3])
def test_a_crash_stores_whole_parts_and_the_repeated_batch_completes_them(
    workshop: Workshop, crash_at: int
) -> None:
    batch = documents(*(document(str(nth)) for nth in range(100)), cursor={"etag": "x"})
    tools = replace(workshop.tools, database=CrashingDatabase(workshop.database, crash_at=crash_at))
    source = workshop.source()

    with pytest.raises(Crash):
        sync(source, FakeConnector(batch), tools, alive=lambda: None)

    assert len(workshop.versions()) == (0, 64, 100)[crash_at - 1]
    assert len(workshop.log()) == len(workshop.versions())
    assert all(workshop.chunks(row.id) for row in workshop.versions())
    assert workshop.source().cursor == {}
    workshop.read(batch)
    assert [row.version for row in workshop.versions()] == [1] * 100
    assert workshop.source().cursor == {"etag": "x"}


def test_a_crash_while_a_version_is_replaced_leaves_the_old_one_current(workshop: Workshop) -> None:
    workshop.read(documents(document("a", "old")))
    tools = replace(workshop.tools, database=CrashingDatabase(workshop.database, crash_at=1))

    with pytest.raises(Crash):
        sync(
            workshop.source(),
            FakeConnector(documents(document("a", "new"))),
            tools,
            alive=lambda: None,
        )

    assert workshop.current() == {"a": "old"}
    assert len(workshop.log()) == 1


def test_nothing_of_a_part_is_stored_if_it_cannot_be_embedded(
    database: Database, clock: FakeClock
) -> None:
    def fail() -> None:
        raise Crash

    workshop = Workshop(database, clock, InterruptedEmbedder(fail))

    with pytest.raises(Crash):
        workshop.read(documents(document("a"), cursor={"etag": "x"}))

    assert (workshop.versions(), workshop.log(), workshop.source().cursor) == ([], [], {})


# Versions over time


def test_a_document_that_reappears_gets_a_new_version(workshop: Workshop) -> None:
    workshop.push(document("a"))
    workshop.push(removed=("a",))
    outcome = workshop.push(document("a"))

    first, second = workshop.versions("a")
    assert (second.version, second.superseded_at) == (2, None)
    assert first.superseded_at is not None
    assert first.superseded_at < second.observed_at
    assert outcome.counts == Counts(new=1)
    kinds = [change.kind for change in workshop.log()]
    assert kinds == [ChangeKind.ADDED, ChangeKind.RETIRED, ChangeKind.ADDED]


def test_an_explicit_removal_retires(workshop: Workshop) -> None:
    workshop.read(documents(document("a"), document("b")))

    outcome = workshop.read(documents(removed=("a", "unknown")))

    assert workshop.current().keys() == {"b"}
    assert outcome.counts == Counts(removed=1)


def test_a_key_given_and_removed_in_one_batch_stays(workshop: Workshop) -> None:
    batch = documents(document("a"), removed=("a",))

    workshop.read(batch)
    workshop.read(batch)

    assert [(row.version, row.superseded_at) for row in workshop.versions()] == [(1, None)]


def test_a_push_moves_no_cursor(workshop: Workshop) -> None:
    workshop.read(documents(document("a"), cursor={"etag": "x"}))

    outcome = workshop.push(document("b"))

    assert workshop.source().cursor == {"etag": "x"}
    assert outcome.counts == Counts(new=1)
    assert outcome.seq == 2


def test_parts_are_stored_as_they_come(workshop: Workshop) -> None:
    seen: list[int] = []
    batch = documents(*(document(str(nth)) for nth in range(100)))

    sync(
        workshop.source("news", Semantics.SNAPSHOT),
        FakeConnector(batch),
        workshop.tools,
        alive=lambda: seen.append(len(workshop.versions())),
    )

    assert seen == [0, 64, 100]


def test_a_part_is_stored_while_the_next_one_is_embedded(workshop: Workshop) -> None:
    is_stored = threading.Event()
    waited: list[bool] = []
    workshop.embedder = InterruptedEmbedder(
        lambda: None, lambda: waited.append(is_stored.wait(WAIT_SECONDS))
    )
    tools = replace(workshop.tools, notify=is_stored.set)
    batch = documents(*(document(str(nth)) for nth in range(100)))

    sync(workshop.source(), FakeConnector(batch), tools, alive=lambda: None)

    assert waited == [True]
    assert len(workshop.current()) == 100


def test_a_part_that_cannot_be_embedded_leaves_the_ones_before_it(workshop: Workshop) -> None:
    def fail() -> None:
        raise EmbedderUnusable("broken")

    workshop.embedder = InterruptedEmbedder(lambda: None, fail)
    batch = documents(*(document(str(nth)) for nth in range(100)))

    with pytest.raises(EmbedderUnusable, match="broken"):
        workshop.read(batch)

    assert len(workshop.current()) == 64
    assert workshop.source().cursor == {}


def test_who_has_to_stop_stores_what_is_embedded_first(workshop: Workshop) -> None:
    class Stop(Exception):
        pass

    def stop() -> None:
        raise Stop

    with pytest.raises(Stop):
        sync(workshop.source(), FakeConnector(documents(document("a"))), workshop.tools, alive=stop)

    assert workshop.current().keys() == {"a"}


def test_instants_of_one_part_are_equal_and_follow_the_log(workshop: Workshop) -> None:
    workshop.read(documents(document("a"), document("b")))
    workshop.clock.advance(-timedelta(days=1))
    workshop.read(documents(document("c"), document("a", "changed")))

    by_row = {row.id: row.observed_at for row in workshop.versions()}
    for change in workshop.log():
        if change.kind is ChangeKind.ADDED:
            assert by_row[change.document_row or 0] == change.at
