import numpy as np
import pytest

from indexer.erase import erase
from indexer.errors import EmbedderMismatch
from indexer.log import DatabaseLog
from indexer.records import ChangeKind
from tests.indexer.workshop import Workshop, day, document, documents

NAME = "hash-words/64"


@pytest.fixture
def log(workshop: Workshop) -> DatabaseLog:
    return DatabaseLog(workshop.database)


def test_an_empty_log_answers_with_nothing(log: DatabaseLog) -> None:
    assert log.head() == 0
    assert log.instant_of(0) is None
    assert list(log.changes(0, 10)) == []
    assert list(log.chunks_of(NAME, [1])) == []
    assert list(log.chunks_of(NAME, [])) == []
    assert list(log.all_chunks(NAME, 0, 10)) == []


def test_its_identity_is_that_of_the_database(workshop: Workshop, log: DatabaseLog) -> None:
    assert DatabaseLog(workshop.database).database_id == log.database_id != ""


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
    (chunk,) = log.chunks_of(NAME, [change.document_row])

    assert (change.seq, change.kind, change.at) == (1, ChangeKind.ADDED, workshop.clock())
    assert log.head() == 1
    assert log.instant_of(1) == workshop.clock()
    assert (chunk.document_row, chunk.source) == (change.document_row, workshop.source().id)
    assert (chunk.title, chunk.text, chunk.section) == ("Title", "some words", "")
    assert (chunk.published_at, chunk.valid_from, chunk.valid_until) == (day(1), day(2), day(3))
    assert (chunk.observed_at, chunk.superseded_at) == (workshop.clock(), None)
    vector = np.frombuffer(chunk.vector, np.float16)
    assert np.linalg.norm(vector.astype(np.float32)) == pytest.approx(1, abs=1e-3)


def test_the_newest_erasure_is_found(workshop: Workshop, log: DatabaseLog) -> None:
    workshop.read(documents(document("a"), document("b")))
    before = log.last_erased()
    for row in workshop.versions():
        with workshop.database.writing() as session:
            erase(session, row.uid, redact=lambda _, texts: 0, now=workshop.clock())
    newest = workshop.log()[-1].seq
    workshop.read(documents(document("c")))

    assert (before, log.last_erased()) == (0, newest)


def test_chunks_of_a_retired_version_say_when_it_ended(
    workshop: Workshop, log: DatabaseLog
) -> None:
    workshop.read(documents(document("a", "one")))
    workshop.read(documents(document("a", "two")))

    retired = log.changes(1, 1)[0]
    assert retired.document_row is not None
    (chunk,) = log.chunks_of(NAME, [retired.document_row])

    assert retired.kind is ChangeKind.RETIRED
    assert (chunk.text, chunk.superseded_at) == ("one", retired.at)


def test_all_chunks_come_in_pages_in_order(workshop: Workshop, log: DatabaseLog) -> None:
    workshop.read(documents(*(document(str(nth)) for nth in range(5))))

    pages = []
    after = 0
    while page := log.all_chunks(NAME, after, 2):
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

    chunks = [chunk.chunk for chunk in log.chunks_of(NAME, rows[::-1])]

    assert len(chunks) == 600
    assert chunks == sorted(chunks)


def test_changes_come_at_most_as_many_as_asked(workshop: Workshop, log: DatabaseLog) -> None:
    workshop.read(documents(*(document(str(nth)) for nth in range(5))))

    assert [change.seq for change in log.changes(1, 3)] == [2, 3, 4]


def test_chunks_without_a_vector_by_that_embedder_are_no_answer(
    workshop: Workshop, log: DatabaseLog
) -> None:
    workshop.read(documents(document("a")))

    row = workshop.versions("a")[0].id

    with pytest.raises(EmbedderMismatch, match="has no vector by other"):
        log.all_chunks("other", 0, 9)
    with pytest.raises(EmbedderMismatch, match="has no vector by other"):
        log.chunks_of("other", [row])
