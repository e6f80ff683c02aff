import pytest

from indexer.errors import TuningRefused
from indexer.tuning.examine import exam, split
from indexer.tuning.records import PoolText
from tests.indexer.tuning.tiny import pair


def test_a_fifth_of_the_questions_is_held_out() -> None:
    pairs = [pair(f"question {n}", document=f"d{n}") for n in range(400)]

    found = split(pairs, seed=1)

    assert (len(found.train), len(found.held_out)) == (320, 80)
    assert {*found.train, *found.held_out} == set(pairs)


def test_another_seed_holds_out_others_and_the_same_one_the_same() -> None:
    pairs = [pair(f"question {n}", document=f"d{n}") for n in range(400)]

    assert split(pairs, seed=1) == split(pairs, seed=1)
    assert split(pairs, seed=1).held_out != split(pairs, seed=2).held_out


def test_neither_document_nor_question_is_on_both_sides() -> None:
    # two questions share a document, and each question is answered by two documents
    pairs = [
        pair(f"question {n}", f"answer {n} {m}", document=f"d{(n + m) // 2}")
        for n in range(0, 900, 3)
        for m in (0, 1)
    ]

    found = split(pairs, seed=1)

    for side in (lambda each: each.document, lambda each: each.question):
        assert not set(map(side, found.train)) & set(map(side, found.held_out))
    assert len({each.question for each in found.held_out}) >= 50


@pytest.mark.parametrize("count", [0, 1, 49, 99])
def test_too_few_questions_are_refused(count: int) -> None:
    pairs = [pair(f"question {n}", document=f"d{n}") for n in range(count)]

    with pytest.raises(TuningRefused, match=f"{count} questions are too few"):
        split(pairs, seed=1)


def test_one_large_document_cannot_be_split() -> None:
    pairs = [pair(f"question {n}", document="the book") for n in range(500)]

    with pytest.raises(TuningRefused, match="at least 50 are held out, of other documents"):
        split(pairs, seed=1)


def test_an_exam_is_over_what_is_stored_and_the_answers() -> None:
    asked = [pair("which", "this one", document="a"), pair("which", "that one", document="b")]
    stored = [PoolText("this one", "a"), PoolText("something else", "a"), PoolText("more", "c")]

    found = exam(asked, stored, most_distractors=10, seed=1)

    assert {each.text for each in found.pool} == {
        "this one", "that one", "something else", "more",
    }  # fmt: skip
    (question,) = found.questions
    assert {found.pool[place].text for place in question.answers} == {"this one", "that one"}
    assert found.left_out == 0


def test_a_sample_of_what_is_stored_keeps_every_answer_and_says_what_is_left_out() -> None:
    asked = [pair(f"which {n}", f"answer {n}") for n in range(20)]
    stored = [PoolText(f"answer {n}", f"answer {n}") for n in range(300)]

    found = exam(asked, stored, most_distractors=100, seed=1)

    assert (len(found.pool), found.left_out) == (120, 180)
    assert {f"answer {n}" for n in range(20)} <= {each.text for each in found.pool}
