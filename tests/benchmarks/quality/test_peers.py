"""What every peer must do, on twenty documents; those that are not installed are skipped."""

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.quality.collections import SourceDocument
from benchmarks.quality.peers import PEERS, available
from benchmarks.quality.peers.records import best_places, passages
from tests.fakes import HashEmbedder

EMBEDDER = HashEmbedder(dimension=1_024)
DAY = datetime(2024, 1, 1, tzinfo=UTC)
SUBJECTS = (
    "apple", "bridge", "candle", "dragon", "engine", "falcon", "garden", "harbour", "island",
    "jungle", "kettle", "lantern", "meadow", "needle", "orchard", "pepper", "quarry", "ribbon",
    "saddle", "temple",
)  # fmt: skip
DOCUMENTS = [
    SourceDocument(
        id=f"d{number}",
        title=f"On the {subject}",
        text=f"The {subject} was seen by many, and this {subject} is still talked about.",
        published_at=None if number == 19 else DAY + timedelta(days=number),
    )
    for number, subject in enumerate(SUBJECTS)
]


@pytest.fixture(scope="module")
def found():
    return available()


@pytest.fixture(params=PEERS)
def peer(request, found):
    peers, absent = found
    for each in absent:
        if each.name == request.param:
            pytest.skip(each.reason)
    (chosen,) = [each for each in peers if each.name == request.param]
    chosen.build(DOCUMENTS, EMBEDDER)
    return chosen


def test_best_passage_is_of_the_document_that_was_asked_for(peer):
    for document in (DOCUMENTS[0], DOCUMENTS[7], DOCUMENTS[19]):
        ranked = peer.ranked(document.title, 5)

        assert ranked[0] == (document.id, document.text)


def test_no_more_passages_come_than_were_asked_for(peer):
    assert 1 <= len(peer.ranked("the garden", 3)) <= 3
    assert len(peer.ranked("the garden", 100)) <= len(DOCUMENTS)


def test_what_came_out_later_or_on_an_unknown_day_is_not_found(peer):
    ranked = peer.ranked("temple, needle or garden", 20, DAY + timedelta(days=8))

    assert "d6" in [document for document, _ in ranked[:2]]
    assert {document for document, _ in ranked} <= {f"d{number}" for number in range(8)}


def test_nothing_is_found_before_the_first_day(peer):
    assert peer.ranked("the garden", 5, DAY) == []


def test_question_of_no_word_is_answered_with_something_or_nothing(peer):
    assert isinstance(peer.ranked('"-(: *?', 5), list)


def test_long_document_is_found_by_its_end(peer):
    filler = " ".join(f"Sentence {number} says nothing new." for number in range(1_000))
    long = SourceDocument("long", "A long text", f"{filler} Finally a zeppelin lands.", DAY)

    peer.build([*DOCUMENTS, long], EMBEDDER)
    (text,) = [
        text for _, text in peer.ranked("Finally a zeppelin lands.", 10) if "zeppelin" in text
    ]

    assert len(text) < len(long.text) / 2


def test_building_anew_forgets_what_was_there(peer):
    peer.build(DOCUMENTS[:3], EMBEDDER)

    assert {document for document, _ in peer.ranked("the temple", 20)} <= {"d0", "d1", "d2"}


def test_document_without_text_is_its_title(peer):
    peer.build(
        [*DOCUMENTS, SourceDocument("empty", "", ""), SourceDocument("bare", "Zebra", "")], EMBEDDER
    )

    assert peer.ranked("zebra", 3)[0][0] == "bare"


def test_settings_name_a_version(peer):
    assert any(character.isdigit() for character in peer.settings)


def test_absent_peer_comes_with_a_reason(found):
    peers, absent = found

    assert {each.name for each in peers} | {each.name for each in absent} == set(PEERS)
    assert all(each.reason for each in absent)


def test_passages_keep_their_documents():
    document = SourceDocument("d", "Title", "one two", DAY)

    one, two = passages([document], str.split)

    assert (one.document, one.text, one.indexed_text) == ("d", "one", "Title\none")
    assert two.published_at == DAY.timestamp()


def test_documents_stand_at_their_best_passage():
    assert best_places([("b", "1"), ("a", "2"), ("b", "3")]) == ["b", "a"]
