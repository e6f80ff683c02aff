import random
from datetime import UTC, datetime, timedelta

from benchmarks.quality.collections import SourceDocument
from benchmarks.quality.judged import MEASURES, dated
from benchmarks.quality.peers.records import best_places

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_a_document_stands_at_the_place_of_its_best_passage():
    found = [("b", "one"), ("a", "two"), ("b", "three"), ("c", "four"), ("a", "five")]

    assert best_places(found) == ["b", "a", "c"]


def test_passages_of_one_document_do_not_take_the_places_of_others():
    found = [("a", str(number)) for number in range(12)] + [("b", "last")]

    assert MEASURES["recall@10"](best_places(found), {"b": 1}) == 1.0
    assert MEASURES["MRR@10"](best_places(found), {"b": 1}) == 0.5


def test_made_up_dates_lie_in_the_time_before_the_present_and_change_nothing_else():
    documents = [SourceDocument(str(number), "title", "text") for number in range(200)]
    within = timedelta(days=14)

    made_up = dated(documents, random.Random(1), until=NOW, within=within)

    assert [(each.id, each.title, each.text) for each in made_up] == [
        (each.id, each.title, each.text) for each in documents
    ]
    ages = [NOW - each.published_at for each in made_up if each.published_at]
    assert len(ages) == 200
    assert timedelta(0) <= min(ages) < timedelta(days=2)
    assert timedelta(days=12) < max(ages) <= within
