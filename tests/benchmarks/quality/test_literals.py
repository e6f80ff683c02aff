from collections import Counter

from benchmarks.quality.collections import SourceDocument
from benchmarks.quality.literals import MOST_HOLDERS, literal_questions, place_of

TEXT = (
    "On March 5, 2024 the mayor Anna Mohr of the town said that the fix for CVE-2024-3094 would"
    ' cost 4,300 dollars. She added: "We will not close the harbour before the summer is over."'
)


def documents(count: int, text: str = TEXT) -> list[SourceDocument]:
    return [SourceDocument(str(n), "", text) for n in range(count)]


def test_each_question_holds_its_literal_and_the_text_does_too() -> None:
    questions = literal_questions(documents(3), each=1, seed=1)

    assert questions
    for each in questions:
        assert each.literal in each.text
        assert each.literal.strip(".,") in TEXT


def test_every_kind_is_found() -> None:
    found = {
        question.kind
        for seed in range(20)
        for question in literal_questions(documents(3), each=1, seed=seed)
    }

    assert found == {"code", "number", "date", "name", "quotation"}


def test_no_more_of_a_kind_than_are_wanted_and_one_at_most_of_a_document() -> None:
    questions = literal_questions(documents(3), each=1, seed=1)

    assert max(Counter(each.kind for each in questions).values()) == 1
    assert len(questions) <= 3


def test_what_many_hold_is_not_asked_for() -> None:
    assert literal_questions(documents(MOST_HOLDERS + 1), each=9, seed=1) == ()


def test_the_same_seed_draws_the_same_questions() -> None:
    assert literal_questions(documents(3), each=2, seed=5) == literal_questions(
        documents(3), each=2, seed=5
    )


def test_a_passage_holds_a_literal_word_for_word_and_in_order() -> None:
    assert place_of("CVE-2024-3094", ["of CVE-3094-2024", "on cve-2024-3094, again"]) == 2
    assert place_of("before the summer", ["the summer before", "before summer began"]) == 2
    assert place_of("4,300 dollars", ["14,300 dollars"]) is None
