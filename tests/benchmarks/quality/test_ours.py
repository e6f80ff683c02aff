from datetime import timedelta
from decimal import Decimal

import pytest

from benchmarks.quality.collections import SourceDocument
from benchmarks.quality.ours import serving
from connectors.records import Batch, Document, Observation, Series
from tests.fakes import START, FakeClock, HashEmbedder

DAY = timedelta(days=1)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def ours(tmp_path, clock):
    with serving(tmp_path, HashEmbedder(), clock=clock) as served:
        yield served


def test_documents_are_found_by_the_ids_they_came_with(ours):
    ours.push_collection(
        [
            SourceDocument("7", "Lions", "Lions sleep."),
            SourceDocument("8", "Taxes only", ""),
            SourceDocument("9", "", ""),
        ]
    )

    assert ours.ranked("lions sleep", 5)[0] == ("7", "Lions sleep.")
    assert ("8", "Taxes only") in ours.ranked("taxes only", 5)


def test_an_article_is_found_from_its_publication_on_though_it_was_received_later(ours):
    published_at = START - 30 * DAY
    ours.push_collection([SourceDocument("a", "Lions", "Lions sleep.", published_at)])
    before = published_at - timedelta(microseconds=1)

    assert ours.ranked("lions", 5, before) == []
    assert ours.ranked("lions", 5, published_at) == [("a", "Lions sleep.")]


def test_each_leg_alone_sees_what_may_be_seen_best_first(ours):
    old, new = START - 30 * DAY, START - DAY
    ours.push_collection(
        [
            SourceDocument("old", "Lions", "Lions sleep in the zoo.", old),
            SourceDocument("new", "Lions", "Lions sleep.", new),
        ]
    )

    legs = ours.alone("lions sleep")
    then = ours.alone("lions sleep", as_of=old)

    assert [document for document, _ in legs.lexical] == ["new", "old"]
    assert {document for document, _ in legs.dense} == {"new", "old"}
    assert [document for document, _ in then.dense] == ["old"]
    assert [document for document, _ in then.lexical] == ["old"]


def test_the_version_known_at_an_instant_is_found_as_of_it(ours, clock):
    for text in ("Lions sleep.", "Lions wake."):
        ours.push(Batch(cursor={}, documents=(Document(key="k", text=text),)))
        clock.now += DAY
    ours.settle()
    then = START + timedelta(hours=1)

    now = ours.candidates("lions", 5)
    past = ours.candidates("lions", 5, as_of=then, known_at=then)

    assert [(ours.key_of(each), each.evidence.text) for each in now] == [("k", "Lions wake.")]
    assert [each.evidence.text for each in past] == ["Lions sleep."]


def test_a_series_has_no_key_and_the_value_of_the_instant(ours, clock):
    points = tuple(Observation("s", START - number * DAY, Decimal(number)) for number in (1, 2, 3))
    ours.push(Batch(cursor={}, series=(Series("s", "Lions seen"),), observations=points))
    ours.settle()
    clock.now += DAY

    (found,) = ours.candidates("lions seen", 5)
    (past,) = ours.candidates("lions seen", 5, as_of=START - 2 * DAY)

    assert ours.key_of(found) == ""
    assert found.evidence.observation.value == 1
    assert past.evidence.observation.value == 2


def test_a_refused_item_is_an_error(ours):
    with pytest.raises(RuntimeError, match="collection"):
        ours.push(Batch(cursor={}, documents=(Document(key="", text="\x00"),)))
