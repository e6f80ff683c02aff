from typing import Any

import pytest

from grounding.query.messages import (
    as_text,
    question_of,
    with_context,
    with_instructions,
)

PICTURE: dict[str, Any] = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}


def user(content: object) -> dict[str, Any]:
    return {"role": "user", "content": content}


def test_the_question_is_the_last_user_turn() -> None:
    messages: list[dict[str, Any]] = [
        user("first"),
        {"role": "assistant", "content": "x"},
        user(" second "),
    ]

    assert question_of(messages) == "second"


def test_the_question_may_be_in_parts() -> None:
    parts: list[Any] = [
        {"type": "text", "text": "What is"},
        PICTURE,
        {"type": "text", "text": "this?"},
    ]

    assert question_of([user(parts)]) == "What is\nthis?"


@pytest.mark.parametrize(
    "messages",
    [[], [{"role": "system", "content": "x"}], [user("  ")], [user([PICTURE])], [user("\ud800")]],
)
def test_without_a_question_there_is_nothing_to_search_for(
    messages: list[dict[str, Any]],
) -> None:
    with pytest.raises(ValueError, match="messages:"):
        question_of(messages)


def test_only_the_last_user_turn_changes() -> None:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "Be brief."},
        user("first"),
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        {**user("second"), "name": "ann"},
        {"role": "assistant", "content": "It"},
    ]

    changed = with_context(messages, "CONTEXT")

    assert changed[3] == {"role": "user", "name": "ann", "content": "CONTEXT\n\nsecond"}
    assert [*changed[:3], changed[4]] == [*messages[:3], messages[4]]
    assert messages[3]["content"] == "second"


def test_context_before_parts_is_a_part() -> None:
    parts: list[Any] = [PICTURE, {"type": "text", "text": "What?"}]

    (changed,) = with_context([user(parts)], "CONTEXT")

    assert changed["content"] == [{"type": "text", "text": "CONTEXT"}, *parts]


def test_instructions_lead_a_conversation_that_has_none() -> None:
    assert with_instructions([user("x")], "RULES") == [
        {"role": "system", "content": "RULES"},
        user("x"),
    ]


@pytest.mark.parametrize("role", ["system", "developer"])
def test_the_callers_instructions_follow_ours_in_one_message(role: str) -> None:
    messages: list[dict[str, Any]] = [{"role": role, "content": "Be brief."}, user("x")]

    assert with_instructions(messages, "RULES") == [
        {"role": role, "content": "RULES\n\nBe brief."},
        user("x"),
    ]


def test_a_conversation_that_has_our_instructions_does_not_get_them_again() -> None:
    once = with_instructions([user("x")], "RULES")

    assert with_instructions(once, "RULES") == once


def test_one_question_as_text_needs_no_labels() -> None:
    assert as_text([{"role": "system", "content": "RULES"}, user("x")]) == "RULES\n\nx"


def test_a_longer_conversation_as_text_is_labelled() -> None:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "R"},
        user("a"),
        user([{"type": "text", "text": "b"}]),
    ]

    assert as_text(messages) == "system:\nR\n\nuser:\na\n\nuser:\nb"
