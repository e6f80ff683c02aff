from datetime import UTC, datetime, timedelta
from math import log2

import pytest

from benchmarks.quality.above import TODAY, Trial, between, cut, every_document, sample, ways
from benchmarks.quality.collections import Collection, Question, SourceDocument
from tests.fakes import HashEmbedder

DAY = datetime(2024, 1, 5, tzinfo=UTC)
ARTICLE = SourceDocument(
    "https://www.news.example/ferry", "Ferry", "# Fares\n\nA crossing costs four.", DAY
)
OTHER = SourceDocument(
    "https://b.example/", "Bus", "The bus is late today.", DAY + timedelta(days=9)
)
JUDGED = Collection(
    "judged",
    tuple(SourceDocument(str(n), f"Title {n}", f"Text {n}.") for n in range(20)),
    tuple(Question(str(n), f"Title {n}?") for n in range(10)),
    {str(n): {str(n): 1, str(n + 10): 0} for n in range(8)},
)


def test_ways_differ_in_what_stands_above_the_same_text() -> None:
    embedder = HashEmbedder()
    (passage,) = cut([ARTICLE], embedder)

    read = {name: way(passage) for name, way in ways(embedder).items()}

    assert read["nothing"] == ARTICLE.text
    assert read["title"] == f"Ferry\n{ARTICLE.text}"
    assert read["title and site"] == f"news.example\n{read[TODAY]}"
    assert read["title and date"] == f"Published on 5 January 2024\n{read[TODAY]}"


@pytest.mark.parametrize(("way", "value"), [("nothing", 1 / log2(3)), ("title", 1.0)])
def test_a_title_that_is_asked_for_is_found_where_it_is_read(way: str, value: float) -> None:
    embedder = HashEmbedder()
    known = SourceDocument("a", "Breakwater", "It was built of stone.")
    likely = SourceDocument("b", "Harbour", "Who built it, and what for?")
    asked = Question("q", "Who built the Breakwater?")
    collection = Collection("c", (likely, known), (asked,), {"q": {"a": 1}})

    values = Trial(collection, cut(collection.documents, embedder), embedder).values(
        ways(embedder)[way]
    )

    assert values == {"q": pytest.approx(value)}


def test_an_answer_counts_by_its_place_among_what_was_out_by_then() -> None:
    embedder = HashEmbedder()
    asked = [
        Question("early", "What does the bus cost?", DAY, ("four",)),
        Question("late", "What does the bus cost?", DAY + timedelta(days=9), ("four",)),
        Question("never", "What does the bus cost?", DAY, ("nine",)),
    ]
    collection = Collection("news", (ARTICLE, OTHER), tuple(asked))
    trial = Trial(collection, cut(collection.documents, embedder), embedder)

    values = trial.values(ways(embedder)["nothing"])

    assert values == {"early": 1.0, "late": 0.5, "never": 0.0}


def test_a_sample_has_every_so_many_th_judged_question_and_what_answers_it() -> None:
    found = sample(JUDGED, every=4, others=3, seed=1)

    assert [each.id for each in found.questions] == ["0", "4"]
    assert found.qrels.keys() == {"0", "4"}
    assert {"0", "4"} < {each.id for each in found.documents}
    assert len(found.documents) == 5


def test_a_sample_without_others_has_nothing_but_answers() -> None:
    found = sample(JUDGED, every=1, others=0, seed=1)

    assert [each.id for each in found.documents] == [str(n) for n in range(8)]


def test_of_every_so_many_th_document_only_their_own_questions_are_asked() -> None:
    own = Collection(
        "own", JUDGED.documents, JUDGED.questions, {str(n): {str(n): 1} for n in range(10)}
    )

    found = every_document(own, every=3)

    assert [each.id for each in found.documents] == ["0", "3", "6", "9", "12", "15", "18"]
    assert [each.id for each in found.questions] == ["0", "3", "6", "9"]


def test_days_are_both_included_and_what_has_none_is_left_out() -> None:
    undated = SourceDocument("u", "Undated", "Text.")
    asked = tuple(Question(str(n), "?", DAY + timedelta(days=n)) for n in range(4))
    collection = Collection("news", (ARTICLE, OTHER, undated), asked)

    found = between(collection, "2024-01-05", "2024-01-07")

    assert found.documents == (ARTICLE,)
    assert [each.id for each in found.questions] == ["0", "1", "2"]
