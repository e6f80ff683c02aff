from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.quality.baselines import Vectors, Words, cut, whole
from benchmarks.quality.collections import SourceDocument
from tests.fakes import HashEmbedder

DAY = datetime(2024, 1, 5, tzinfo=UTC)
DOCUMENTS = [
    SourceDocument("old", "Lions", "The lions sleep tonight.", DAY - timedelta(days=1)),
    SourceDocument("day", "Lions", "Lions were sleeping in the zoo of Utah.", DAY),
    SourceDocument("none", "Lions", "Sleeping lions of unknown date sleep."),
    SourceDocument("other", "Taxes", "Parliament voted on a budget.", DAY),
    SourceDocument("empty", "", ""),
]


@pytest.fixture(params=["words", "vectors"])
def system(request):
    units = whole(DOCUMENTS)
    if request.param == "vectors":
        return Vectors(units, HashEmbedder())
    pytest.importorskip("bm25s")
    return Words(units)


def ids(found):
    return [document for document, _ in found]


def test_a_document_is_one_unit_and_one_without_words_is_none():
    assert [each.document for each in whole(DOCUMENTS)] == ["old", "day", "none", "other"]


def test_what_shares_no_word_with_the_question_is_not_found_by_words():
    pytest.importorskip("bm25s")
    words = Words(whole(DOCUMENTS))

    assert ids(words.ranked("voting parliaments", 10)) == ["other"]
    assert words.ranked("the", 10) == []
    assert words.ranked("zebra", 10) == []


def test_only_what_was_published_before_an_instant_is_found(system):
    assert set(ids(system.ranked("sleeping lions", 10, DAY))) == {"old"}
    seen = set(ids(system.ranked("sleeping lions", 10, DAY + timedelta(microseconds=1))))
    assert "day" in seen
    assert "none" not in seen


def test_without_an_instant_everything_may_be_found_and_at_most_k(system):
    assert "none" in ids(system.ranked("sleeping lions", 10))
    assert len(system.ranked("sleeping lions", 2)) == 2


def test_passages_are_cut_as_the_service_cuts_and_keep_document_and_date():
    text = " ".join(f"Sentence number {number} is about lions." for number in range(100))
    long = SourceDocument("long", "Lions", text, DAY)

    passages = cut([long], HashEmbedder())

    assert len(passages) > 1
    assert {each.document for each in passages} == {"long"}
    assert {each.published_at for each in passages} == {DAY.timestamp()}
    assert " ".join(each.text for each in passages) == text
