"""Whatever an answer or evidence holds, facts are read in linear time and nothing is raised."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grounding.checking.claims import claims
from grounding.checking.facts.findings import findings
from tests.grounding.checking.facts.evidence import NOW, alarms, found, shown

PIECES = st.sampled_from(
    [
        *(
            "1",
            "9",
            ",",
            ".",
            "e",
            "-",
            "%",
            "$",
            "€",
            "°C",
            " ",
            "\n",
            '"',
            "'",
            "“",
            "”",
            "…",
            "[",
        ),
        *(
            "]",
            "1]",
            "twenty ",
            "million ",
            "half of ",
            "June ",
            "3rd ",
            "2022",
            "/",
            ":",
            "am ",
            "Q4 ",
        ),
        *(
            "Obama ",
            "U.S.",
            "not ",
            "IPCC ",
            "東京",
            "。",
            "नहीं",
            "לא",
            "\u202e",
            "\u0000",
            "\ud800",
            "½",
        ),
        *("one in ", "five ", "5'10\"", "1/2 of ", "4-1/2", "S1E1 ", "Level II ", "fold", "#"),
        *("May 5-7", "9/11 ", "the '90s", "below zero", "President ", "p.m.", "EST ", "T10:00Z"),
        *("|", "---", "```", "- ", "; ", "km ", "in", "٣", "²", "ﬁ", "İ", "ǅ"),
    ]
)
TEXTS = st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200)


@settings(max_examples=300, deadline=None)
@given(answer=TEXTS, evidence=TEXTS)
@example("1e999 nan inf -0 9e99 1e-99", "1e99 0 nan")
@example("9999999999999999999999 31/31/9999 0000-00-00", "99:99 0/0/0 Q9 9999")
@example("It rose 0 % to 0.", "It rose from 0 to 0.")
@example("It doubled from 0 to 0, zerofold, 0 in 5, 0'0\", S0E0.", "0 to 0, Level I.")
def test_nothing_is_raised_and_places_slice_back(answer: str, evidence: str) -> None:
    items = shown(evidence, evidence[::-1])

    for claim in claims(answer):
        for each in findings(answer, claim, items, NOW):
            assert answer[each.start : each.end].translate(BLANK) == each.text.translate(BLANK)
            if each.place is not None:
                assert items[(each.number or 0) - 1].text[slice(*each.place)]


BLANK = str.maketrans(dict.fromkeys("*`[]【】0123456789,; ", ""))
"""Decoration and marks are blanked out before facts are read."""


@pytest.mark.parametrize(
    "text",
    ["9" * 22, "9" * 5000, "1e999", "1e99", "nan", "0." + "0" * 4000 + "1", "1,000" * 1000],
)
def test_monstrous_numbers_are_read(text: str) -> None:
    assert alarms(f"It holds {text} litres.", f"It holds {text} litres.") == []


@pytest.mark.parametrize(
    "text",
    [
        "1," * 8_000,
        "1 " * 8_000,
        "one and " * 4_000,
        "A. " * 6_000,
        "Aa " * 6_000,
        '"a ' * 6_000,
        "not " * 4_000,
        "… " * 8_000,
        "U.S." * 4_000,
        "2022-" * 4_000,
        "[1," * 6_000,
        "$" * 16_000,
        "June " * 4_000,
        "1/2 of 7 " * 8_000,
        "½ 7 " * 16_000,
        "5'10\" 7 " * 8_000,
        "May 5 and " * 6_000,
        "President " * 6_000,
    ],
)
def test_repeated_pieces_are_read(text: str) -> None:
    assert found(f"It grew to 77 km. {text}", f"It grew to 77 km. {text}")


def test_long_claim_is_read_once_and_not_for_each_number_that_might_agree() -> None:
    answer = "It is " + "5 and so " * 3_000 + "."

    every = found(answer, *["It is -5 there. " * 60] * 15)

    assert {each.match for each in every} == {"missing"}


def test_answer_of_100_000_words_is_held_against_evidence() -> None:
    sentence = "The Oak Fire has burned 500 acres" + " of wood" * 46 + " [1]. "
    answer = sentence * 1_000

    every = found(answer, "The Oak Fire has burned 700 acres.")

    assert sum(each.match == "differs" for each in every) == 1_000


def test_right_to_left_and_other_digits_are_compared() -> None:
    assert alarms("احترقت ٥٠٠ شجرة.", "احترقت 500 شجرة.") == []
    assert alarms("احترقت ٥٠٠ شجرة.", "احترقت 700 شجرة.") == [("number", "differs", "٥٠٠")]


def test_no_evidence_leaves_everything_missing() -> None:
    assert [each[1] for each in alarms("The Oak Fire has burned 500 acres.")] == [
        "missing",
        "missing",
    ]
