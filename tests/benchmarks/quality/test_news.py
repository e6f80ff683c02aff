import json
from datetime import UTC, datetime

import pytest

from benchmarks.quality import news


def article(url, text, day="2024/01/04", title="A title ..."):
    return {"url": url, "title": title, "text": text, "authors": [], "publish_date": day}


def question(name, choices, answer, day="2024/01/05"):
    return {
        "question_id": name,
        "question_date": day,
        "question_sentence": f"What of {name}?",
        "choices": choices,
        "answer": answer,
    }


@pytest.fixture
def folder(tmp_path):
    week = tmp_path / "realtimeqa" / "past" / "2024"
    week.mkdir(parents=True)

    def write(name, rows):
        (week / name).write_text("".join(json.dumps(each) + "\n" for each in rows))

    write(
        "20240105_gcs.jsonl",
        [
            {
                "search_result": [
                    article("https://a", "The Lions won."),
                    article("https://b", "Utah votes.", day="2024/01/06"),
                    {"url": "https://c", "title": "nothing was read"},
                ]
            },
            {"search_result": [article("https://d", "Snow fell.", day="2024/01/05")]},
        ],
    )
    write(
        "20240112_gcs.jsonl",
        [
            {
                "search_result": [
                    article("https://a", "The Lions won.", title="Another title"),
                    article("https://a", "The Lions lost."),
                    article("https://e", "Undated frogs.", day=None),
                ]
            }
        ],
    )
    write(
        "20240105_qa.jsonl",
        [
            question("q0", ["Tigers", "Lions"], ["1"]),
            question("q1", ["Utah", "Ohio"], ["0"]),
            question("q2", ["Won", "All of the above"], ["1"]),
            question("q3", ["snow", "rain"], ["0"]),
            question("q4", ["frogs", "toads"], ["0"]),
            question("q5", ["rain", "fell", "None of these candidates"], ["0", "1", "2"]),
        ],
    )
    return tmp_path


def test_text_of_an_address_is_kept_once_and_a_changed_one_beside_it(folder):
    found = news.collection(folder).documents

    assert [(each.id, each.text) for each in found] == [
        ("https://a", "The Lions won."),
        ("https://b", "Utah votes."),
        ("https://d", "Snow fell."),
        ("https://a#2", "The Lions lost."),
        ("https://e", "Undated frogs."),
    ]
    assert found[0].title == "A title ..."


def test_article_is_dated_to_the_start_of_its_day_and_a_question_to_the_end(folder):
    found = news.collection(folder)

    assert found.documents[2].published_at == datetime(2024, 1, 5, tzinfo=UTC)
    assert found.documents[4].published_at is None
    assert found.questions[0].asked_at == datetime(2024, 1, 5, 23, 59, 59, 999_999, tzinfo=UTC)


def test_choices_that_are_no_answers_do_not_count(folder):
    answers = {each.id: each.answers for each in news.collection(folder).questions}

    assert answers["q0"] == ("Lions",)
    assert answers["q2"] == ()
    assert answers["q5"] == ("rain", "fell")


def test_answerable_is_what_was_written_by_the_day_of_the_question(folder):
    assert news.answerable(news.collection(folder)) == {"q0", "q3", "q5"}
