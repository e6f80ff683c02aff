"""OpenAI's Responses API through the gateway, as its own client calls it."""

import json
from typing import Any

import pytest

from tests.grounding.gateway.conftest import Gate
from tests.upstream.scripted import Exchange, Step, answers

QUESTION = "What is the Brent crude oil spot price?"
TEXT = "It is 84.12 USD [1]."
USAGE = {
    "input_tokens": 100, "output_tokens": 20, "total_tokens": 120,
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    "output_tokens_details": {"reasoning_tokens": 0},
}  # fmt: skip


def part(text: str = TEXT) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": []}


def item() -> dict[str, Any]:
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
        "content": [part()],
    }  # fmt: skip


def response(**more: Any) -> dict[str, Any]:
    return {
        "id": "resp_1", "object": "response", "created_at": 1_700_000_000, "model": "scripted",
        "status": "completed", "output": [item()], "parallel_tool_calls": True, "tools": [],
        "tool_choice": "auto", "usage": USAGE, "error": None, "incomplete_details": None,
        "instructions": None, "metadata": {}, "temperature": 1.0, "top_p": 1.0, **more,
    }  # fmt: skip


def streamed(*, end: bool = True) -> Step:
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": response(status="in_progress", output=[])},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**item(), "content": []},
        },
        {"type": "response.content_part.added", **at, "part": part("")},
        {"type": "response.output_text.delta", **at, "delta": "It is 84.12 ", "logprobs": []},
        {"type": "response.output_text.delta", **at, "delta": "USD [1].", "logprobs": []},
        {"type": "response.output_text.done", **at, "text": TEXT, "logprobs": []},
        {"type": "response.content_part.done", **at, "part": part()},
        {"type": "response.output_item.done", "output_index": 0, "item": item()},
        {"type": "response.completed", "response": response()},
    ]

    async def step(exchange: Exchange) -> None:
        await exchange.start(200, {"content-type": "text/event-stream"})
        for number, event in enumerate(events if end else events[:5]):
            data = json.dumps({**event, "sequence_number": number})
            await exchange.write(f"event: {event['type']}\ndata: {data}\n\n".encode())
        await exchange.write(b"", more=False)

    return step


@pytest.fixture
def priced(gate: Gate) -> Gate:
    gate.price("84.12")
    gate.upstream.then(answers(200, json.dumps(response()).encode()))
    return gate


def test_an_input_of_words_is_grounded_and_its_answer_cited(priced: Gate) -> None:
    answer = priced.openai.responses.create(model="m", input=QUESTION, instructions="Be brief.")

    sent = priced.upstream.asked[-1]
    assert sent.path == "/v1/responses"
    assert "84.12" in sent.body["input"]
    assert sent.body["input"].endswith(QUESTION)
    assert sent.body["instructions"].endswith("Be brief.")
    [annotation] = answer.output[0].content[0].annotations
    assert annotation.type == "url_citation"
    assert TEXT[annotation.start_index : annotation.end_index] == "[1]"
    assert answer.grounding["receipt_id"]
    assert answer.grounding["cache"]["status"] == "bypass"


def test_items_that_are_no_messages_are_passed_on(priced: Gate) -> None:
    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "c", "output": "42"}
    asked = {"role": "user", "content": [{"type": "input_text", "text": QUESTION}]}

    priced.openai.responses.create(model="m", input=[asked, call, output])

    sent = priced.upstream.asked[-1].body["input"]
    assert sent[1:] == [call, output]
    assert "84.12" in sent[0]["content"][0]["text"]
    assert sent[0]["content"][1] == asked["content"][0]


def test_a_stream_ends_with_what_it_cites(priced: Gate) -> None:
    priced.upstream.then(streamed())

    with priced.openai.responses.stream(model="m", input=QUESTION) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()

    assert kinds.count("response.output_text.delta") == 2
    assert final.output_text == TEXT
    assert len(final.output[0].content[0].annotations) == 1
    assert final.grounding["receipt_id"]


def test_a_stream_that_is_cut_says_so(priced: Gate) -> None:
    priced.upstream.then(streamed(end=False))

    raw = priced.running.post("/v1/responses", {"input": QUESTION, "stream": True}).text

    assert "the stream ended before the answer did" in raw


def test_a_request_that_asks_nothing_is_passed_on_as_it_is(priced: Gate) -> None:
    body = {"model": "m", "prompt": {"id": "pmpt_1"}, "previous_response_id": "resp_0"}

    assert priced.running.post("/v1/responses", body).status_code == 200
    assert priced.upstream.asked[-1].body == body


@pytest.mark.parametrize("content", [b"{}", b"no", b'{"output": 1}'])
def test_an_answer_that_is_no_response_is_a_bad_gateway(priced: Gate, content: bytes) -> None:
    priced.upstream.then(answers(200, content))

    assert priced.running.post("/v1/responses", {"input": QUESTION}).status_code == 502
