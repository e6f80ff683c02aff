from datetime import timedelta

import pytest

from connectors.records import Document
from indexer.catalogue import changes, documents, sources
from indexer.decide import Decision, decide
from indexer.errors import Conflict
from indexer.intake import key as bounded
from indexer.records import ChangeKind, SourceRecord
from indexer.store import Prepared, remove_rows, store
from tests.indexer.workshop import Workshop, day, document
from tests.indexer.workshop import documents as batch


def _decide(workshop: Workshop, *given: Document, removed: tuple[str, ...] = ()) -> Decision:
    source = workshop.source()
    keys = [*(one.key for one in given), *removed]
    with workshop.database.reading() as session:
        stored = documents.latest_versions(session, source.id, keys)
    return decide(given, stored=stored, source=source.name, removed=removed)


def _prepared(decision: Decision) -> Prepared:
    return Prepared(decision, chunks={}, series=(), cards={}, observations=(), cursor={"at": 1})


def _store(workshop: Workshop, decision: Decision) -> None:
    source = workshop.source()
    with workshop.database.writing() as session:
        store(session, source.id, _prepared(decision), now=workshop.clock())


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda workshop: workshop.read(batch(document("a", "of another writer"))),
        lambda workshop: workshop.push(removed=("a",)),
    ],
    ids=["replaced", "removed"],
)
@pytest.mark.parametrize("removed", [(), ("a",)], ids=["to replace", "to remove"])
def test_a_decision_that_was_overtaken_is_refused_whole(
    workshop: Workshop, meanwhile: object, removed: tuple[str, ...]
) -> None:
    workshop.read(batch(document("a", "first"), cursor={"at": 0}))
    given = () if removed else (document("a", "second"), document("b"))
    decision = _decide(workshop, *given, removed=removed)
    meanwhile(workshop)  # type: ignore[operator]
    before = workshop.log()
    cursor = workshop.source().cursor

    with pytest.raises(Conflict, match="document a"):
        _store(workshop, decision)

    assert workshop.log() == before
    assert "b" not in workshop.current()
    assert workshop.source().cursor == cursor


def test_two_writers_of_one_new_key_conflict(workshop: Workshop) -> None:
    decision = _decide(workshop, document("a", "one"))
    workshop.read(batch(document("a", "other")))

    with pytest.raises(Conflict):
        _store(workshop, decision)

    assert workshop.current() == {"a": "other"}


def test_a_version_ends_when_the_next_begins(workshop: Workshop) -> None:
    workshop.read(batch(document("a", "one")))
    workshop.read(batch(document("a", "two")))

    first, second = workshop.versions("a")

    assert first.superseded_at == second.observed_at
    assert (first.version, second.version) == (1, 2)
    assert first.uid == second.uid
    retired, added = workshop.log()[1:]
    assert (retired.kind, retired.document_row) == (ChangeKind.RETIRED, first.id)
    assert (added.kind, added.document_row) == (ChangeKind.ADDED, second.id)
    assert retired.at == added.at == second.observed_at


def test_what_holds_from_when_is_taken_from_the_source_else_from_the_earliest_sight(
    workshop: Workshop,
) -> None:
    workshop.read(
        batch(
            document("stated", valid_from=day(20)),
            document("published", published_at=day(1)),
            document("future", published_at=day(30)),
            document("undated"),
        )
    )

    observed_at = workshop.clock()
    found = {row.key: row.valid_from for row in workshop.versions()}
    assert found == {
        "stated": day(20),
        "published": day(1),
        "future": observed_at,
        "undated": observed_at,
    }


def test_unknown_times_stay_unknown(workshop: Workshop) -> None:
    workshop.read(batch(document("a")))

    (row,) = workshop.versions()
    assert (row.published_at, row.updated_at, row.valid_until) == (None, None, None)


def test_every_field_comes_back(workshop: Workshop) -> None:
    given = document(
        "a",
        "text",
        title="title",
        url="https://a.example/",
        author="author",
        language="en",
        media_type="text/html",
        published_at=day(1),
        updated_at=day(2),
        valid_from=day(3),
        valid_until=day(4),
        metadata={"n": [1, 2.5, None, {"deep": True}]},
    )

    workshop.read(batch(given))

    (row,) = workshop.versions()
    assert given == Document(
        key=row.key,
        text=row.text,
        title=row.title,
        url=row.url,
        author=row.author,
        language=row.language,
        media_type=row.media_type,
        published_at=row.published_at,
        updated_at=row.updated_at,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        metadata=row.details,
    )


def test_retiring_nothing_writes_nothing(workshop: Workshop) -> None:
    source = workshop.source()

    with workshop.database.writing() as session:
        remove_rows(session, source.id, [], at=workshop.clock())

    assert workshop.log() == []


def test_a_clock_that_steps_back_does_not_bring_versions_out_of_order(workshop: Workshop) -> None:
    workshop.read(batch(document("a", "one")))
    workshop.clock.advance(-timedelta(days=3))
    workshop.read(batch(document("a", "two")))

    first, second = workshop.versions("a")
    assert first.observed_at < second.observed_at
    assert first.superseded_at == second.observed_at


def test_hundreds_of_keys_are_stored_in_one_go(workshop: Workshop) -> None:
    decision = _decide(workshop, *(document(f"key {nth}") for nth in range(1_200)))

    _store(workshop, decision)

    source: SourceRecord = workshop.source()
    with workshop.database.reading() as session:
        stored = documents.latest_versions(
            session, source.id, [bounded(f"key {nth}") for nth in range(1_200)]
        )
        assert sources.document_counts(session) == {source.id: 1_200}
        assert changes.head(session)[0] == 1_200
    assert all(stored[one.document.key].uid == one.uid for one in decision.versions)
