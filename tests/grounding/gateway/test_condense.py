"""What a conversation asks last, by rules and by an llm."""

from pathlib import Path
from typing import Any

import pytest

from grounding.gateway.condense import MOST_CHARACTERS, condensed, stands_alone
from tests.grounding.serving import Plan, serving
from tests.upstream.scripted import Scripted, answers, says, scripted, stalls


def talk(*turns: str) -> list[dict[str, Any]]:
    """Turns of user and assistant, one after the other."""
    roles = ("user", "assistant")
    return [{"role": roles[i % 2], "content": turn} for i, turn in enumerate(turns)]


@pytest.mark.parametrize(
    ("turns", "question"),
    [
        (("What is the price of gold?",), "What is the price of gold?"),
        (
            ("What is the price of gold?", "High.", "And of silver?"),
            "What is the price of gold?\nAnd of silver?",
        ),
        (
            ("Who runs the harbour office in Halden?", "Ida.", "When was she born?"),
            "Who runs the harbour office in Halden?\nWhen was she born?",
        ),
        (
            ("What is the price of gold?", "High.", "How deep is the Skarvik harbour basin?"),
            "How deep is the Skarvik harbour basin?",
        ),
        (
            ("What is the price of gold?", "High.", "Thanks!", "Welcome.", "And of silver?"),
            "What is the price of gold?\nAnd of silver?",
        ),
        (("What is the price of gold?", "High.", "  "), None),
        ((), None),
    ],
)
def test_a_turn_that_leans_is_asked_with_the_one_it_leans_on(
    turns: tuple[str, ...], question: str | None
) -> None:
    assert condensed(talk(*turns)) == question


@pytest.mark.parametrize("turn", ["Why?", "And in Lyon?", "Is it open today then?", "その値段は？"])
def test_what_leans(turn: str) -> None:
    assert not stands_alone(turn)


def test_what_was_pasted_is_cut_in_the_middle() -> None:
    found = condensed(talk(f"BEGIN {'x ' * 50_000} What is it worth at the END?"))

    assert found is not None
    assert len(found) <= MOST_CHARACTERS
    assert found.startswith("BEGIN")
    assert found.endswith("END?")


def test_half_a_surrogate_pair_does_no_harm() -> None:
    found = condensed(talk("What does \ud83d cost in the harbour shop?"))

    assert found is not None
    found.encode()


@pytest.mark.parametrize(
    ("step", "question"),
    [
        (says("What is the price of silver?"), "What is the price of silver?"),
        (answers(500, b"{}"), "What is the price of gold?\nAnd of silver?"),
        (answers(200, b"no"), "What is the price of gold?\nAnd of silver?"),
        (says("  "), "What is the price of gold?\nAnd of silver?"),
        (stalls, "What is the price of gold?\nAnd of silver?"),
    ],
    ids=["rewritten", "failed", "garbage", "empty", "late"],
)
def test_an_llm_may_put_the_question(
    tmp_path: Path, upstream: Scripted, step: Any, question: str
) -> None:
    with scripted() as small:
        small.then(step)
        upstreams = [
            {"name": "large", "base_url": upstream.url},
            {"name": "small", "base_url": small.url, "timeout": "1s"},
        ]
        gateway = {"mode": "always", "condense_by": "small"}
        with serving(Plan(tmp_path, gateway=gateway, upstreams=upstreams)) as running:
            turns = talk("What is the price of gold?", "High.", "And of silver?")
            told = [
                running.post("/v1/chat/completions", {"model": "large", "messages": messages})
                for messages in (turns, turns[:1])
            ]

    assert told[0].json()["grounding"]["question"] == question
    assert told[1].json()["grounding"]["question"] == "What is the price of gold?"
    assert len(small.asked) == 1
