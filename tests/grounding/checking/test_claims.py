"""An answer becomes claims: each with its place, and with the numbers that it cites."""

import pytest

from grounding.checking.claims import claims
from grounding.checking.records import Claim


def stated(answer: str) -> list[str]:
    return [claim.text for claim in claims(answer) if claim.needs_evidence]


def cited(answer: str) -> list[tuple[int, ...]]:
    return [claim.citations for claim in claims(answer)]


class TestSentences:
    def test_each_sentence_is_a_claim_at_its_place(self) -> None:
        answer = "🔥 The fire grew. It has burned 500 acres."

        found = claims(answer)

        assert [answer[each.start : each.end] for each in found] == [
            "🔥 The fire grew.",
            "It has burned 500 acres.",
        ]

    def test_full_stop_before_a_small_letter_ends_no_sentence(self) -> None:
        assert stated("The fire at Loma Rd. near County. has burned 5 acres. It grew.") == [
            "The fire at Loma Rd. near County. has burned 5 acres.",
            "It grew.",
        ]

    def test_list_items_are_claims_without_their_marks(self) -> None:
        assert stated("Sizes differ.\n- Oak is large.\n2. Elm is small.\n* Ash is gone.") == [
            "Sizes differ.",
            "Oak is large.",
            "Elm is small.",
            "Ash is gone.",
        ]

    def test_wrapped_lines_of_a_paragraph_are_read_together(self) -> None:
        assert len(claims("The fire has burned\n500 acres of forest.")) == 1

    def test_rows_of_a_table_are_claims_and_its_head_is_none(self) -> None:
        table = "| city | people |\n|---|---|\n| Oslo | 700,000 |\n| Bergen | 290,000 |"

        assert stated(table) == ["| Oslo | 700,000 |", "| Bergen | 290,000 |"]

    def test_code_is_left_out(self) -> None:
        assert stated("It works.\n```python\nx = 500\n```\nIt was tested.") == [
            "It works.",
            "It was tested.",
        ]

    def test_semicolon_parts_two_that_each_say_something(self) -> None:
        found = claims("The Oak Fire burned 500 acres; the Elm Fire burned 20 acres [2].")

        assert [claim.text for claim in found] == [
            "The Oak Fire burned 500 acres",
            "the Elm Fire burned 20 acres.",
        ]
        assert [claim.citations for claim in found] == [(2,), (2,)]

    def test_semicolon_within_one_statement_parts_nothing(self) -> None:
        assert len(claims("It grew; slowly, they said, in 1990.")) == 1

    @pytest.mark.parametrize(
        ("answer", "count"),
        [
            ("东京有三座塔。北京有五座塔。", 2),
            ("दिल्ली बड़ी है। मुंबई छोटी है।", 2),
            ("احترقت الغابة. ثم هطل المطر.", 2),
            ("היער נשרף. אחר כך ירד גשם.", 2),
            ("x" * 5000, 1),
            ("", 0),
            (" \n\t ", 0),
        ],
    )
    def test_other_scripts_and_none(self, answer: str, count: int) -> None:
        assert len(claims(answer)) == count


class TestCitations:
    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            ("It grew [1].", [(1,)]),
            ("It grew.[1] It shrank. [2, 3]", [(1,), (2, 3)]),
            ("It grew.[1][3] It shrank.", [(1, 3), ()]),
            ("It grew【4】.", [(4,)]),
            ("It grew [1, 1].", [(1,)]),
            ("It grew.\n\nIt shrank. [2]", [(), (2,)]),
            ("array[1000] is no mark.", [()]),
        ],
    )
    def test_marks_belong_to_the_sentence_before(
        self, answer: str, expected: list[tuple[int, ...]]
    ) -> None:
        assert cited(answer) == expected

    def test_text_is_without_marks_and_place_is_with_them(self) -> None:
        answer = "It grew to 500 acres. [1]"

        found = claims(answer)

        assert found == (Claim(0, 25, "It grew to 500 acres.", (1,)),)


class TestWhatStatesNothing:
    @pytest.mark.parametrize(
        "answer",
        [
            "# The Oak Fire",
            "**Summary**",
            "Hello!",
            "Great question!",
            "Is the fire 500 acres?",
            "火有多大？",
            "I don't know how large the fire is.",
            "The evidence does not say how large the fire is.",
            "There is no information about that.",
            "Here is what was found:",
            "---",
            "…",
        ],
    )
    def test_it_needs_no_evidence(self, answer: str) -> None:
        assert stated(answer) == []

    @pytest.mark.parametrize(
        "answer",
        [
            "Great Barrier Reef is large.",
            "No fire burns in Oslo today.",
            "Hey June is a song.",
            "Here: 500 acres burned.",
        ],
    )
    def test_it_does_state_something(self, answer: str) -> None:
        assert stated(answer) == [answer]


def test_answer_of_100_000_words_is_split_into_all_its_sentences() -> None:
    answer = "The Oak Fire has burned 500 acres [1]. " * 14_286

    found = claims(answer)

    assert len(found) == 14_286
    assert found[-1].end == len(answer.rstrip())


def test_many_marks_and_brackets_are_read_once() -> None:
    answer = "[1] " * 25_000 + "[" * 25_000 + "It grew." + "[1" * 25_000

    assert claims(answer)[0].citations == (1,)
