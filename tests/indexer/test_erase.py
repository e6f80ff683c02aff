"""Erasing on demand, as far as tables and files go."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.records import Failure
from indexer import switch
from indexer.catalogue import embeddings, erasures, runs
from indexer.database import Database
from indexer.erase import erase
from indexer.log import DatabaseLog
from indexer.reading import ERASED
from indexer.records import PUSH, ChangeKind, Counts, KnownEmbedder, Trigger
from indexer.scrub import scrub
from indexer.tables import EmbeddingRow
from tests.fakes import HashEmbedder
from tests.indexer.workshop import Workshop, document, documents

SECRET = "The combination of the safe is 31-08-77, and nobody else knows it. " * 40


def nothing_else(session: Session, texts: tuple[str, ...]) -> int:
    del session, texts
    return 0


def erase_now(workshop: Workshop, uid: str) -> bool:
    with workshop.database.writing() as session:
        return erase(session, uid, redact=nothing_else, now=workshop.clock())


def test_every_version_and_passage_goes_and_the_record_stays(workshop: Workshop) -> None:
    workshop.read(documents(document("a", SECRET), document("b"), cursor={"n": 1}))
    workshop.read(documents(document("a", f"{SECRET} Edited."), cursor={"n": 2}))
    uid = workshop.versions("a")[0].uid
    seen: list[tuple[str, ...]] = []

    with workshop.database.writing() as session:
        done = erase(
            session, uid, redact=lambda _, texts: seen.append(texts) or 3, now=workshop.clock()
        )

    with workshop.database.reading() as session:
        record = erasures.by_id(session, uid)
    assert done
    assert [row.key for row in workshop.versions()] == ["b"]
    assert workshop.log()[-1].kind is ChangeKind.ERASED
    assert {SECRET, f"{SECRET} Edited."} <= set(seen[0])
    assert record is not None
    assert (record.source, record.versions, record.receipts) == ("news", 2, 3)
    assert record.completed_at is None
    assert record.seq == workshop.log()[-1].seq


def test_what_is_not_there_is_not_erased(workshop: Workshop) -> None:
    assert not erase_now(workshop, "0" * 24)
    assert workshop.log() == []


def test_a_source_that_still_lists_it_does_not_bring_it_back(workshop: Workshop) -> None:
    workshop.read(documents(document("a"), document("b"), cursor={"n": 1}))
    uid = workshop.versions("a")[0].uid
    erase_now(workshop, uid)

    outcome = workshop.read(documents(document("a", "other words"), document("b")))

    assert [row.key for row in workshop.versions()] == ["b"]
    assert (outcome.error, outcome.failures) == (None, ())


def test_what_comes_after_an_erasure_is_not_taken_for_what_was_erased(workshop: Workshop) -> None:
    """An index view that cannot follow still knows the erased rows by their ids."""
    workshop.read(documents(document("a"), document("b"), cursor={"n": 1}))
    last = workshop.versions()[-1]
    passage = workshop.chunks(last.id)[-1].id
    assert passage == max(
        chunk.id for row in workshop.versions() for chunk in workshop.chunks(row.id)
    )
    erase_now(workshop, last.uid)
    scrub(workshop.database)

    workshop.read(documents(document("a"), document("c"), cursor={"n": 2}))

    newest = workshop.versions("c")[0]
    assert newest.id > last.id
    assert workshop.chunks(newest.id)[0].id > passage


def test_who_pushes_it_again_is_told(workshop: Workshop) -> None:
    source = workshop.source("news")
    with workshop.database.writing() as session:
        from indexer.catalogue import sources

        sources.change(session, source.id, {"kind": PUSH})
    workshop.push(document("a"), document("b"))
    erase_now(workshop, workshop.versions("a")[0].uid)

    outcome = workshop.push(document("a"), document("c"))

    assert outcome.failures == (("a", ERASED),)
    assert {row.key for row in workshop.versions()} == {"b", "c"}


def test_a_lifted_erasure_lets_it_come_back_as_the_first_version(workshop: Workshop) -> None:
    workshop.read(documents(document("a"), cursor={"n": 1}))
    uid = workshop.versions("a")[0].uid
    erase_now(workshop, uid)
    with workshop.database.writing() as session:
        assert erasures.lift(session, uid)

    workshop.read(documents(document("a")))

    assert [(row.uid, row.version) for row in workshop.versions()] == [(uid, 1)]
    with workshop.database.writing() as session:
        assert not erasures.lift(session, uid)


def test_runs_forget_the_failures_of_an_erased_item(workshop: Workshop) -> None:
    workshop.read(documents(document("a"), cursor={"n": 1}))
    row = workshop.versions("a")[0]
    now = workshop.clock()
    with workshop.database.writing() as session:
        failures = [("a", "its text was bad"), ("b", "too")]
        run = runs.record(
            session,
            row.source_id,
            slot="x",
            started_at=now,
            now=now,
            counts=Counts(),
            failures=failures,
            remarks=["a changes on every read", "field x is gone"],
        )
    erase_now(workshop, row.uid)

    with workshop.database.reading() as session:
        kept = runs.by_id(session, run)
    assert kept is not None
    assert kept.failures == (("b", "too"),)
    assert kept.remarks == ("field x is gone",)
    assert (kept.trigger, Failure("b", "too").key) == (Trigger.PUSH, "b")


def test_no_byte_of_a_deleted_text_is_left_in_files(
    sqlite_database: Database, tmp_path: Path, workshop: Workshop
) -> None:
    del workshop
    with sqlite_database.writing() as session:
        from indexer.tables import PropertyRow

        session.add(PropertyRow(name="secret", value=SECRET))
    with sqlite_database.writing() as session:
        session.execute(PropertyRow.__table__.delete())
    assert _files_with(tmp_path, b"31-08-77")

    scrub(sqlite_database)

    assert not _files_with(tmp_path, b"31-08-77")


@pytest.mark.parametrize("has_switched", [False, True])
def test_vectors_by_every_embedder_go_with_the_document(
    workshop: Workshop, tmp_path: Path, has_switched: bool
) -> None:
    workshop.read(documents(document("a", SECRET), document("b")))
    uid = workshop.versions("a")[0].uid
    other = HashEmbedder(dimension=32, identity="new/32")
    switch.add(workshop.database, "new", other, progress=lambda done: None)
    if has_switched:
        with workshop.database.writing() as session:
            embeddings.activate(session, KnownEmbedder("new", "new/32"), instead_of=None)
    needles = [
        chunk.vector
        for embedder in (workshop.embedder, other)
        for chunk in DatabaseLog(workshop.database).all_chunks(embedder.identity, -1, 99)
        if chunk.document_row == workshop.versions("a")[0].id
    ]
    is_sqlite = workshop.database.is_sqlite
    assert len(needles) > 2
    assert not is_sqlite or all(_files_with(tmp_path, needle) for needle in needles)

    erase_now(workshop, uid)
    scrub(workshop.database)

    with workshop.database.reading() as session:
        left = session.scalars(select(EmbeddingRow.vector)).all()
    assert len(left) == 1
    assert not set(left) & set(needles)
    assert not any(_files_with(tmp_path, needle) for needle in needles)


def test_scrubbing_keeps_what_is_stored(workshop: Workshop) -> None:
    workshop.read(documents(document("a"), document("b")))
    before = [(row.id, row.key, row.text) for row in workshop.versions()]

    scrub(workshop.database)

    assert [(row.id, row.key, row.text) for row in workshop.versions()] == before
    workshop.read(documents(document("c"), cursor={"n": 9}))
    assert len(workshop.versions()) == 3


def _files_with(folder: Path, needle: bytes) -> list[str]:
    return [
        file.name for file in folder.rglob("*") if file.is_file() and needle in file.read_bytes()
    ]
