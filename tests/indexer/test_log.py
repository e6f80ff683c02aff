from datetime import timedelta

import numpy as np
import pytest

from indexer.errors import EmbedderMismatch
from indexer.log import DatabaseLog, require_one_embedder
from indexer.records import ChangeKind
from tests.fakes import HashEmbedder
from tests.indexer.workshop import Workshop, day, document, documents


@pytest.fixture
def log(workshop: Workshop) -> DatabaseLog:
    return DatabaseLog(workshop.database, embedder=workshop.embedder.identity)


def test_an_empty_log_answers_with_nothing(log: DatabaseLog) -> None:
    assert log.head() == 0
    assert log.instant_of(0) is None
    assert list(log.changes(0, 10)) == []
    assert list(log.chunks_of([1])) == []
    assert list(log.chunks_of([])) == []
    assert list(log.all_chunks(0, 10)) == []


def test_its_identity_is_that_of_the_database_and_the_embedder(
    workshop: Workshop, log: DatabaseLog
) -> None:
    same = DatabaseLog(workshop.database, embedder=workshop.embedder.identity)
    other = DatabaseLog(workshop.database, embedder="other")

    assert same.identity() == log.identity()
    assert other.identity().database_id == log.identity().database_id
    assert other.identity() != log.identity()


def test_a_change_leads_to_its_chunks(workshop: Workshop, log: DatabaseLog) -> None:
    workshop.read(
        documents(
            document(
                "a",
                "some words",
                title="Title",
                published_at=day(1),
                valid_from=day(2),
                valid_until=day(3),
            )
        )
    )

    (change,) = log.changes(0, 10)
    assert change.document_row is not None
    (chunk,) = log.chunks_of([change.document_row])

    assert (change.seq, change.kind, change.at) == (1, ChangeKind.ADDED, workshop.clock())
    assert log.head() == 1
    assert log.instant_of(1) == workshop.clock()
    assert (chunk.document_row, chunk.source) == (change.document_row, workshop.source().id)
    assert (chunk.title, chunk.text, chunk.section) == ("Title", "some words", "")
    assert (chunk.published_at, chunk.valid_from, chunk.valid_until) == (day(1), day(2), day(3))
    assert (chunk.observed_at, chunk.superseded_at) == (workshop.clock(), None)
    vector = np.frombuffer(chunk.vector, np.float16)
    assert np.linalg.norm(vector.astype(np.float32)) == pytest.approx(1, abs=1e-3)


def test_chunks_of_a_retired_version_say_when_it_ended(
    workshop: Workshop, log: DatabaseLog
) -> None:
    workshop.read(documents(document("a", "one")))
    workshop.read(documents(document("a", "two")))

    retired = log.changes(1, 1)[0]
    assert retired.document_row is not None
    (chunk,) = log.chunks_of([retired.document_row])

    assert retired.kind is ChangeKind.RETIRED
    assert (chunk.text, chunk.superseded_at) == ("one", retired.at)


def test_all_chunks_come_in_pages_in_order(workshop: Workshop, log: DatabaseLog) -> None:
    workshop.read(documents(*(document(str(nth)) for nth in range(5))))

    pages = []
    after = 0
    while page := log.all_chunks(after, 2):
        pages.append([chunk.text for chunk in page])
        after = page[-1].chunk

    assert pages == [
        ["words about 0", "words about 1"],
        ["words about 2", "words about 3"],
        ["words about 4"],
    ]


def test_chunks_of_many_documents_come_in_order(workshop: Workshop, log: DatabaseLog) -> None:
    workshop.read(documents(*(document(str(nth)) for nth in range(600))))
    rows = [change.document_row or 0 for change in log.changes(0, 1_000)]

    chunks = [chunk.chunk for chunk in log.chunks_of(rows[::-1])]

    assert len(chunks) == 600
    assert chunks == sorted(chunks)


def test_changes_come_at_most_as_many_as_asked(workshop: Workshop, log: DatabaseLog) -> None:
    workshop.read(documents(*(document(str(nth)) for nth in range(5))))

    assert [change.seq for change in log.changes(1, 3)] == [2, 3, 4]


def test_vectors_of_one_embedder_are_accepted(workshop: Workshop) -> None:
    require_one_embedder(workshop.database, workshop.embedder.identity)
    workshop.read(documents(document("a")))

    require_one_embedder(workshop.database, workshop.embedder.identity)


def test_vectors_of_another_embedder_are_refused_with_what_to_do(workshop: Workshop) -> None:
    workshop.read(documents(document("a")))

    with pytest.raises(EmbedderMismatch, match=r"hash-words/64.*grounding db reembed"):
        require_one_embedder(workshop.database, "other")


def test_vectors_of_two_embedders_are_refused(workshop: Workshop) -> None:
    workshop.read(documents(document("a")))
    workshop.clock.advance(timedelta(hours=1))
    Workshop(workshop.database, workshop.clock, HashEmbedder(identity="other")).push(document("b"))

    for embedder in ("other", workshop.embedder.identity):
        with pytest.raises(EmbedderMismatch):
            require_one_embedder(workshop.database, embedder)
