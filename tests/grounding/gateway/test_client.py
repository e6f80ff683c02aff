"""Our own client, and OpenAI's as `wrap` returns it, against the gateway."""

import asyncio
from typing import Any

import openai
import pytest

from grounding import AsyncClient, Busy, ServerFailed, wrap
from tests.grounding.gateway.conftest import Gate
from tests.upstream.scripted import answers, chunk, says, streams

QUESTION = "What is the Brent crude oil spot price?"
TEXT = "It is 84.12 USD [1]."


@pytest.fixture
def priced(gate: Gate) -> Gate:
    gate.price("84.12")
    gate.running.service.parts.answers.clear()
    gate.upstream.then(says(TEXT))
    return gate


def test_an_answer_says_what_it_cites(priced: Gate) -> None:
    answer = priced.running.client.chat(QUESTION, model="small", max_items=3)

    assert (answer.text, answer.is_grounded, answer.upstream) == (TEXT, True, "small")
    [citation] = answer.citations
    assert answer.text[citation.start : citation.end] == "[1]"
    assert answer.receipt_id is not None
    assert priced.running.client.receipt(answer.receipt_id)["options"]
    assert answer.question == QUESTION
    assert answer.freshness in {"pass", "unknown"}
    assert answer.shown[0]["cite"] == "1"


def test_parameters_are_for_the_llm(priced: Gate) -> None:
    priced.running.client.chat(
        [{"role": "user", "content": QUESTION}], params={"temperature": 0.2, "seed": 7}
    )

    sent = priced.upstream.asked[-1].body
    assert (sent["temperature"], sent["seed"]) == (0.2, 7)
    assert "grounding" not in sent


def test_a_stream_gives_pieces_and_then_the_answer(priced: Gate) -> None:
    with priced.running.client.stream_chat(QUESTION) as stream:
        pieces = list(stream)

    assert len(pieces) > 3
    assert "".join(pieces) == stream.answer.text == TEXT
    assert len(stream.answer.citations) == 1
    assert stream.answer.receipt_id is not None


def test_a_stream_that_breaks_off_raises(priced: Gate) -> None:
    priced.upstream.then(streams(chunk("It is "), end=False))

    with (
        pytest.raises(ServerFailed, match="connection broke"),
        priced.running.client.stream_chat(QUESTION) as stream,
    ):
        list(stream)

    assert stream.answer.text == "It is "


def test_refusals_are_the_errors_of_all_calls(priced: Gate) -> None:
    priced.upstream.then(answers(429, b'{"error": {"message": "slow down"}}', retry_after="9"))

    with pytest.raises(Busy) as caught:
        priced.running.client.chat(QUESTION)
    with pytest.raises(Busy), priced.running.client.stream_chat(QUESTION):
        pass

    assert caught.value.retry_after_seconds == 9
    assert len(priced.upstream.asked) == 2


def test_the_asynchronous_client_does_the_same(priced: Gate) -> None:
    async def both() -> tuple[str, str]:
        async with AsyncClient(priced.running.url) as client:
            answer = await client.chat(QUESTION, cache=False)
            async with client.stream_chat(QUESTION, cache=False) as stream:
                pieces = [piece async for piece in stream]
            assert stream.answer.citations == answer.citations
            return answer.text, "".join(pieces)

    assert asyncio.run(both()) == (TEXT, TEXT)


def test_a_wrapped_client_is_grounded_and_the_given_one_is_not_changed(priced: Gate) -> None:
    given = openai.OpenAI(base_url="http://127.0.0.1:9/v1", api_key="none", max_retries=0)
    wrapped = wrap(given, base_url=priced.running.url, max_items=1, mode="always")
    asked: Any = [{"role": "user", "content": QUESTION}]

    answer = wrapped.chat.completions.create(model="small", messages=asked)

    assert type(wrapped) is openai.OpenAI
    assert answer.choices[0].message.annotations
    assert len(answer.choices[0].message.context["citations"]) == 1
    assert str(given.base_url) == "http://127.0.0.1:9/v1/"


def test_what_a_call_says_goes_before_what_was_wrapped(priced: Gate) -> None:
    wrapped = wrap(priced.openai, base_url=priced.running.url, mode="always")
    asked: Any = [{"role": "user", "content": QUESTION}]

    answer = wrapped.chat.completions.create(
        model="small", messages=asked, extra_body={"grounding": {"mode": "never"}}
    )

    assert answer.grounding["is_grounded"] is False


def test_an_asynchronous_client_can_be_wrapped(priced: Gate) -> None:
    async def text() -> str:
        given = openai.AsyncOpenAI(base_url="http://127.0.0.1:9/v1", api_key="none")
        async with wrap(given, base_url=priced.running.url) as wrapped:
            asked: Any = [{"role": "user", "content": QUESTION}]
            answer = await wrapped.chat.completions.create(model="small", messages=asked)
            return str(answer.choices[0].message.content)

    assert asyncio.run(text()) == TEXT


def test_a_wrong_option_is_said_by_the_service(priced: Gate) -> None:
    wrapped = wrap(priced.openai, base_url=priced.running.url, mode="sometimes")
    asked: Any = [{"role": "user", "content": QUESTION}]

    with pytest.raises(openai.BadRequestError, match="mode"):
        wrapped.chat.completions.create(model="small", messages=asked)
