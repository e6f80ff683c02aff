"""Answers of the Responses API are checked like all others, whole and streamed."""

import json
from typing import Any

import pytest

from tests.grounding.gateway.conftest import Gate
from tests.grounding.gateway.test_checks import LEAK, RIGHT, WRONG
from tests.grounding.gateway.test_responses import QUESTION, item, part, response, streamed
from tests.upstream.scripted import Step, answers, says


def saying(text: str) -> Step:
    said = {**item(), "content": [part(text)]}
    return answers(200, json.dumps(response(output=[said])).encode())


def calling(arguments: str) -> Step:
    call = {
        "id": "fc_1", "type": "function_call", "call_id": "c", "name": "mail",
        "arguments": arguments, "status": "completed",
    }  # fmt: skip
    return answers(200, json.dumps(response(output=[call])).encode())


def ours(policy: str) -> dict[str, Any]:
    return {"grounding": {"check": policy, "mode": "always"}}


@pytest.fixture
def gate(gate: Gate) -> Gate:
    gate.price("84.12")
    return gate


def asked(gate: Gate, policy: str) -> Any:  # Any: OpenAI's own
    return gate.openai.responses.create(model="m", input=QUESTION, extra_body=ours(policy))


def followed(gate: Gate, policy: str) -> tuple[list[Any], Any]:
    """Ask for a stream, and return its events and the response that these add up to."""
    with gate.openai.responses.stream(model="m", input=QUESTION, extra_body=ours(policy)) as stream:
        events = list(stream)
        return events, stream.get_final_response()


class TestAnnotate:
    def test_verdict_is_told_beside_the_answer(self, gate: Gate) -> None:
        gate.upstream.then(saying(WRONG))

        answer = asked(gate, "annotate")

        assert answer.output_text == WRONG
        assert answer.grounding["check"]["outcome"] == "insufficient"

    def test_event_that_ends_a_stream_has_the_verdict(self, gate: Gate) -> None:
        gate.upstream.then(streamed())

        _, final = followed(gate, "annotate")

        assert final.grounding["check"]["action"] == "none"
        assert final.grounding["check"]["claims"][0]["citations"] == ["1"]
        receipt = final.grounding["receipt_id"]
        assert [each.answer for each in gate.running.client.answers_of(receipt)] == [
            final.output_text
        ]

    def test_off_checks_nothing(self, gate: Gate) -> None:
        gate.upstream.then(streamed())

        _, final = followed(gate, "off")

        assert "check" not in final.grounding or final.grounding["check"] is None


class TestBlock:
    def test_answer_is_withheld_and_the_reason_given(self, gate: Gate) -> None:
        gate.upstream.then(saying(WRONG))

        answer = asked(gate, "block")

        assert (answer.status, answer.incomplete_details.reason) == ("incomplete", "content_filter")
        [said] = answer.output[0].content
        assert (said.type, said.refusal) == ("refusal", "The answer is withheld: insufficient.")
        assert WRONG not in answer.model_dump_json(exclude={"grounding"})

    def test_nothing_of_a_stream_is_passed_on_before_it_is_checked(self, gate: Gate) -> None:
        gate.upstream.then(saying(WRONG))

        reply = gate.running.post(
            "/v1/responses", {"input": QUESTION, "stream": True, **ours("block")}
        )

        assert gate.upstream.asked[-1].body.get("stream") is None
        told = [json.loads(line[6:]) for line in reply.text.splitlines() if line[:5] == "data:"]
        assert [each["sequence_number"] for each in told] == list(range(len(told)))
        assert not any("output_text" in each["type"] for each in told)
        assert told[-1]["type"] == "response.incomplete"
        assert told[-1]["response"]["grounding"]["check"]["action"] == "blocked"

    def test_held_stream_of_what_holds_is_a_stream(self, gate: Gate) -> None:
        gate.upstream.then(saying(RIGHT))

        events, final = followed(gate, "block")

        deltas = [each.delta for each in events if each.type == "response.output_text.delta"]
        assert "".join(deltas) == final.output_text == RIGHT
        assert final.output[0].content[0].annotations
        assert events[-1].type == "response.completed"

    def test_call_that_carries_evidence_is_withheld(self, gate: Gate) -> None:
        gate.upstream.then(calling(LEAK), calling("{}"))

        withheld, given = asked(gate, "block"), asked(gate, "block")

        assert "outward" in withheld.output[0].content[0].refusal
        assert given.output[0].type == "function_call"

    def test_held_stream_of_a_call_is_a_stream(self, gate: Gate) -> None:
        gate.upstream.then(calling('{"to": "nobody"}'))

        events, final = followed(gate, "block")

        [done] = [each for each in events if each.type == "response.function_call_arguments.done"]
        assert done.arguments == final.output[0].arguments == '{"to": "nobody"}'


class TestRetryAndAbstain:
    def test_llm_is_asked_again_with_the_problem_named(self, gate: Gate) -> None:
        gate.upstream.then(saying(WRONG), saying(RIGHT))

        answer = asked(gate, "retry")

        assert answer.output_text == RIGHT
        assert answer.grounding["check"]["action"] == "retried"
        question, before, problem = gate.upstream.asked[-1].body["input"]
        assert "84.12" in question["content"]
        assert question["content"].endswith(QUESTION)
        assert before == {"role": "assistant", "content": WRONG}
        assert "Tasmania" in problem["content"]

    def test_text_says_what_is_missing_and_the_newest_time(self, gate: Gate) -> None:
        gate.upstream.then(saying(WRONG))

        answer = asked(gate, "abstain")

        assert answer.status == "completed"
        assert answer.output_text.startswith("The evidence at hand does not answer this")
        assert "The newest evidence is of" in answer.output_text


def test_several_answers_are_refused_where_each_is_to_be_checked(gate: Gate) -> None:
    body = {"messages": [{"role": "user", "content": QUESTION}], "n": 2}

    blocked = gate.running.post("/v1/chat/completions", {**body, **ours("block")})
    told = gate.running.post("/v1/chat/completions", {**body, **ours("annotate")})

    assert blocked.status_code == 400
    assert blocked.json()["error"]["param"] == "n"
    assert told.status_code == 200


def test_cut_answer_is_checked(gate: Gate) -> None:
    choice = {"message": {"role": "assistant", "content": WRONG}, "finish_reason": "length"}
    gate.upstream.then(says("", choices=[{"index": 0, **choice}]))
    messages = [{"role": "user", "content": QUESTION}]

    body = gate.running.post("/v1/chat/completions", {"messages": messages, **ours("block")}).json()

    assert body["choices"][0]["message"]["content"] is None
    assert body["grounding"]["check"]["action"] == "blocked"
