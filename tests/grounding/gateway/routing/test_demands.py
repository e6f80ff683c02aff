"""Tests of `grounding/gateway/routing/demands.py`."""

from typing import Any

import pytest

from grounding.gateway.routing.demands import USUAL_OUTPUT, demand_of

TOOL = {"type": "function", "function": {"name": "look"}}


def asking(question: str = "How high is it?", **fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": question}], **fields}


def with_part(kind: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [{"type": kind}]}]}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (asking(), set()),
        (asking(stream=True), {"streaming"}),
        (asking(stream="true"), set()),
        (asking(tools=[TOOL]), {"tools"}),
        (asking(tools=[TOOL], tool_choice="none"), set()),
        (asking(functions=[{"name": "look"}]), {"tools"}),
        ({"messages": [{"role": "tool", "content": "7"}]}, {"tools"}),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "1"}]}]}, {"tools"}),
        (asking(response_format={"type": "json_object"}), {"json"}),
        (asking(response_format={"type": "json_schema"}), {"json"}),
        (asking(response_format={"type": "text"}), set()),
        (asking(modalities=["text", "audio"]), {"audio"}),
        (with_part("image_url"), {"images"}),
        (with_part("input_audio"), {"audio"}),
        (with_part("file"), set()),
        (with_part("text"), set()),
    ],
)
def test_a_body_needs_the_capabilities_that_it_uses(
    body: dict[str, Any], expected: set[str]
) -> None:
    assert demand_of(body, "How high is it?", 10, False).capabilities == expected


@pytest.mark.parametrize(
    ("fields", "tokens"),
    [
        ({}, USUAL_OUTPUT),
        ({"max_tokens": 50}, 50),
        ({"max_tokens": 50, "max_completion_tokens": 70}, 70),
        ({"max_output_tokens": 80}, 80),
        ({"max_tokens": 50, "n": 3}, 150),
        ({"max_tokens": 0, "max_output_tokens": 80}, 80),
        ({"max_tokens": 50, "n": 10**9}, 6_400),
        ({"max_tokens": 0}, USUAL_OUTPUT),
        ({"max_tokens": True}, USUAL_OUTPUT),
        ({"max_tokens": "many"}, USUAL_OUTPUT),
    ],
)
def test_answers_are_as_long_as_they_may_be(fields: dict[str, Any], tokens: int) -> None:
    assert demand_of(asking(**fields), "How high is it?", 10, False).output_tokens == tokens


@pytest.mark.parametrize(
    ("question", "fields", "is_grounded", "strength"),
    [
        ("How many acres has the fire burned?", {}, True, 1),
        ("How many acres has the fire burned?", {}, False, 2),
        ("Thanks!", {}, False, 1),
        ("Write a function that merges two sorted lists", {}, True, 3),
        ("What does this do?\ndef double(n): return 2 * n", {}, True, 3),
        ("SELECT name FROM users WHERE id = 3 is slow", {}, True, 3),
        ("Which class action lawsuit (if any) was settled?", {}, True, 1),
        ("Prove that there are infinitely many primes", {}, True, 3),
        ("Compare both offers step by step", {}, True, 3),
        ("Who? When? And why?", {}, True, 3),
        ("word " * 300, {}, True, 3),
        ("How high is it?", {"reasoning_effort": "high"}, True, 3),
        ("How high is it?", {"reasoning_effort": "medium"}, True, 2),
        ("How high is it?", {"reasoning_effort": "low"}, True, 1),
        ("How high is it?", {"tools": [TOOL]}, True, 2),
        ("How high is it?", {"response_format": {"type": "json_schema"}}, True, 2),
    ],
)
def test_strength_follows_the_rules_and_says_which(
    question: str, fields: dict[str, Any], is_grounded: bool, strength: int
) -> None:
    demand = demand_of(asking(question, **fields), question, 100, is_grounded)

    assert demand.strength == strength
    assert demand.reasons


def test_a_long_prompt_wants_more_than_a_small_one() -> None:
    assert demand_of(asking(), "How high is it?", 9_000, True).strength == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"messages": None},
        {"messages": "hello"},
        {"messages": [None, 3, {"content": 7}, {"content": [None, "a", {"type": None}]}]},
        {"response_format": "json", "modalities": 5, "n": -1, "reasoning_effort": ["high"]},
    ],
)
def test_what_has_an_unexpected_shape_demands_nothing(body: dict[str, Any]) -> None:
    demand = demand_of(body, "", -5, False)

    assert (demand.prompt_tokens, demand.output_tokens) == (0, USUAL_OUTPUT)
    assert not demand.capabilities
