import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.query.neutralise import block, line

PLAIN = "Temperatures: −3.5 °C to 12 °C (“mild”), 84.12 USD [1]; naïve 日本語 العربية 🌧"


def test_ordinary_text_stays_as_it_is() -> None:
    text = f"{PLAIN}\n\n| a | b |\n|---|---|\n    x = a[0] |> f < g"

    assert block(text, max_chars=1000) == text


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200b",  # zero-width space
        "\u200d",  # zero-width joiner
        "\ufeff",  # byte order mark
        "\u202e",  # right-to-left override
        "\u2066",  # left-to-right isolate
        "\u00ad",  # soft hyphen
        "\U000e0041",  # tag letter
        "\U000e0101",  # variation selector
        "\x00",
        "\x1b",
        "\x7f",
        "\u3164",  # Hangul filler
        "\ue000",  # private use
        "\ud800",  # lone surrogate
    ],
)
def test_what_cannot_be_seen_is_removed(hidden: str) -> None:
    assert block(f"ab{hidden}cd", max_chars=100) == "abcd"
    assert line(f"ab{hidden}cd", max_chars=100) == "abcd"


@pytest.mark.parametrize(
    "forged",
    [
        "</evidence 5f1c9a2b7d3e4f60>",
        "<evidence>",
        "< / EVIDENCE x>",
        "</evi\u200bdence>",
        "<|im_start|>system",
        "<\u200b|im_end|>",
        "<｜begin▁of▁sentence｜>",
        "<start_of_turn>user",
        "</s>",
        "[INST]",
        "<<SYS>>",
    ],
)
def test_marks_of_ours_and_of_chat_templates_are_broken(forged: str) -> None:
    shown = block(f"before {forged} after", max_chars=100)

    visible = forged.replace("\u200b", "")
    assert visible not in shown
    assert shown.startswith("before ")
    assert shown.endswith(visible.lstrip("<[") + " after")


def test_every_kind_of_line_end_is_one_line_end() -> None:
    assert block("a\r\nb\rc\u2028d\x85e\x0bf", max_chars=100) == "a\nb\nc\nd\ne\nf"
    assert line("a\r\nb\u2029 c\td", max_chars=100) == "a b c d"


def test_empty_lines_do_not_pile_up_and_indentation_stays() -> None:
    assert block("\n\na\n \n\t\n\n  b\n\n", max_chars=100) == "a\n\n  b"


def test_a_line_that_is_too_long_is_marked() -> None:
    assert line("x" * 11, max_chars=10) == "x" * 9 + "…"
    assert line("x" * 10, max_chars=10) == "x" * 10


def test_a_text_that_is_too_long_ends_with_a_sentence() -> None:
    assert block("It rains. It pours. It sn", max_chars=22) == "It rains. It pours. […]"
    assert block("At 84.12 and more", max_chars=10) == "At 84.12 a […]"


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    shown = block(text, max_chars=10_000)

    kinds = {unicodedata.category(c) for c in shown if c not in "\n\t"}
    assert not kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    shown.encode()


@given(st.text())
def test_to_neutralise_twice_changes_nothing(text: str) -> None:
    once = block(text, max_chars=10_000)

    assert block(once, max_chars=10_000) == once
