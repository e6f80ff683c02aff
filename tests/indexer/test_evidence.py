"""What answering reads of neighbouring passages and of whole texts, on each database."""

import pytest

from connectors.records import Span
from indexer.catalogue import evidence
from indexer.catalogue.evidence import NearbyPassage
from indexer.tables import ChunkRow
from tests.indexer.workshop import Workshop, day, document, documents

TEXT = "\n\n".join(f"# Part {n} 🌊\n\nÉté numéro {n} ici. " + "sea water " * 250 for n in range(4))


@pytest.fixture
def chunks(workshop: Workshop) -> list[ChunkRow]:
    """The passages of a long document; there is a second one beside it."""
    workshop.read(documents(document("a", TEXT), document("b", TEXT.upper())))
    return workshop.chunks(workshop.versions("a")[0].id)


def nearby(workshop: Workshop, *rows: int, reach: int = 1) -> dict[int, list[NearbyPassage]]:
    with workshop.database.reading() as session:
        return evidence.nearby(session, rows, reach=reach)


def test_neighbours_are_of_the_same_document_and_in_order(
    workshop: Workshop, chunks: list[ChunkRow]
) -> None:
    first, second, *_, last = chunks

    found = nearby(workshop, second.id, last.id, first.id)

    assert len(chunks) > 4
    assert {row: [each.ordinal for each in near] for row, near in found.items()} == {
        first.id: [0, 1],
        second.id: [0, 1, 2],
        last.id: [last.ordinal - 1, last.ordinal],
    }
    assert {each.version_id for near in found.values() for each in near} == {first.document_id}


def test_texts_of_neighbours_join_to_the_text_of_the_document(
    workshop: Workshop, chunks: list[ChunkRow]
) -> None:
    (found,) = nearby(workshop, chunks[2].id, reach=len(chunks)).values()

    assert [(each.start, each.end) for each in found] == [
        (chunk.start_offset, chunk.end_offset) for chunk in chunks
    ]
    assert "".join(each.text for each in found) == TEXT[found[0].start : found[-1].end]
    for each, chunk in zip(found, chunks, strict=True):
        assert each.text.startswith(chunk.text)


def test_without_reach_a_passage_is_alone(workshop: Workshop, chunks: list[ChunkRow]) -> None:
    assert [each.ordinal for each in nearby(workshop, chunks[3].id, reach=0)[chunks[3].id]] == [3]


def test_rows_that_are_not_there_have_no_neighbours(
    workshop: Workshop, chunks: list[ChunkRow]
) -> None:
    gone = max(each.id for each in chunks) + 1_000

    assert nearby(workshop, gone) == {}
    assert list(nearby(workshop, gone, chunks[0].id)) == [chunks[0].id]


def test_times_of_its_own_are_told_of_a_passage(workshop: Workshop) -> None:
    text = "Rain on Monday. Sun on Tuesday."
    workshop.read(documents(document("a", text, spans=(Span(16, 31, valid_until=day(3)),))))
    chunks = workshop.chunks(workshop.versions("a")[0].id)

    (found,) = nearby(workshop, chunks[0].id).values()

    assert [(each.text, each.has_own_times) for each in found] == [
        ("Rain on Monday. ", False),
        ("Sun on Tuesday.", True),
    ]


def test_whole_texts_are_those_of_the_versions_asked_for(workshop: Workshop) -> None:
    workshop.read(documents(document("a", "old 🌊"), document("b", "other"), cursor={"n": 1}))
    workshop.read(documents(document("a", "new"), cursor={"n": 2}))
    old, new = workshop.versions("a")
    wanted = {(old.uid, 1), (old.uid, 7), ("f" * 24, 1)}

    with workshop.database.reading() as session:
        found = evidence.texts(session, wanted)
        both = evidence.texts(session, {(old.uid, 1), (new.uid, 2)})

    assert found == {(old.uid, 1): "old 🌊"}
    assert both == {(old.uid, 1): "old 🌊", (old.uid, 2): "new"}
