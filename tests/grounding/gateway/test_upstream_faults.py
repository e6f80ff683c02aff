"""What a caller gets when an upstream stalls, lies, breaks off, talks nonsense or refuses."""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from tests.grounding.gateway.conftest import SECRET, Gate, client_of
from tests.grounding.serving import Plan, serving
from tests.upstream.scripted import (
    DONE,
    Scripted,
    answers,
    chunk,
    says,
    scripted,
    stalls,
    streams,
)

ASKED: list[Any] = [{"role": "user", "content": "What is the price of Brent crude oil today?"}]


@contextmanager
def gated(directory: Path, upstream: Scripted, **more: object) -> Iterator[Gate]:
    one = {"name": "small", "base_url": upstream.url, "api_key": SECRET, "serves": ["*"], **more}
    with serving(Plan(directory, upstreams=[one])) as running, client_of(running) as client:
        yield Gate(running, upstream, client)


def ask(gate: Gate, **more: Any) -> Any:
    return gate.openai.chat.completions.create(model="gpt-4o", messages=ASKED, **more)


def test_an_answer_that_never_begins_is_a_timeout(tmp_path: Path, upstream: Scripted) -> None:
    upstream.then(stalls)
    with (
        gated(tmp_path, upstream, timeout="1s") as gate,
        pytest.raises(openai.InternalServerError) as caught,
    ):
        ask(gate)

    assert caught.value.status_code == 504
    assert caught.value.code == "upstream_timeout"
    upstream.wait_left(1)


def test_a_stream_that_stalls_ends_with_an_error(tmp_path: Path, upstream: Scripted) -> None:
    upstream.then(streams(chunk("It is "), 30.0))
    with gated(tmp_path, upstream, idle_timeout="1s") as gate:
        stream = ask(gate, stream=True)

        assert next(stream).choices[0].delta.content == "It is "
        with pytest.raises(openai.APIError, match="stopped in its answer"):
            next(stream)
    upstream.wait_left(1)


@pytest.mark.parametrize(
    "pieces",
    [
        (b"data: {not json}\n\n",),
        (b"data: [1, 2]\n\n",),
        (b"\xff\xfe\x00garbage\n\n",),
        (chunk("It is "), b'data: {"choices": [7]}\n\n'),
        (chunk("It is "),),
        (chunk("It is "), b'data: {"cho'),
    ],
    ids=["no JSON", "no object", "no text", "no choice", "no end", "cut within an event"],
)
def test_a_stream_of_garbage_ends_with_an_error(gate: Gate, pieces: tuple[bytes, ...]) -> None:
    gate.upstream.then(streams(*pieces))

    with pytest.raises(openai.APIError, match=r"event|stream|chunk") as caught:
        list(ask(gate, stream=True))

    assert "Traceback" not in str(caught.value)


def test_a_stream_whose_connection_breaks_ends_with_an_error(gate: Gate) -> None:
    gate.upstream.then(streams(chunk("It is "), end=False))

    with pytest.raises(openai.APIError, match="connection broke"):
        list(ask(gate, stream=True))


def test_an_error_within_a_stream_is_passed_on(gate: Gate) -> None:
    said = b'data: {"error": {"message": "the server had an error", "type": "server_error"}}\n\n'
    gate.upstream.then(streams(chunk("It is "), said))

    with pytest.raises(openai.APIError, match="the server had an error"):
        list(ask(gate, stream=True))


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"choices": 1}', b""])
def test_an_answer_that_is_no_completion_is_a_bad_gateway(gate: Gate, content: bytes) -> None:
    gate.upstream.then(answers(200, content))

    with pytest.raises(openai.InternalServerError) as caught:
        ask(gate)

    assert caught.value.status_code == 502


def test_a_content_length_that_lies_is_a_bad_gateway(tmp_path: Path) -> None:
    with raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{}") as url:
        upstream = {"name": "small", "base_url": url, "serves": ["*"]}
        with serving(Plan(tmp_path, upstreams=[upstream])) as running:
            answer = running.post("/v1/chat/completions", {"messages": ASKED})

    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == "upstream_broken"


def test_nobody_listening_is_said_without_the_address(tmp_path: Path) -> None:
    upstream = {"name": "small", "base_url": "http://127.0.0.1:9/v1", "serves": ["*"]}
    with serving(Plan(tmp_path, upstreams=[upstream])) as running:
        answer = running.post("/v1/chat/completions", {"messages": ASKED})

    assert answer.status_code == 502
    assert answer.json()["detail"] == "upstream small: it cannot be reached"


def test_a_rate_limit_is_relayed_as_it_came(gate: Gate) -> None:
    body = {"error": {"message": "slow down", "type": "tokens", "code": "rate_limit_exceeded"}}
    gate.upstream.then(
        answers(429, json.dumps(body).encode(), retry_after="20", x_ratelimit_remaining_tokens="0")
    )

    with pytest.raises(openai.RateLimitError) as caught:
        ask(gate)

    assert caught.value.body == body["error"]
    assert caught.value.response.headers["retry-after"] == "20"
    assert caught.value.response.headers["x-ratelimit-remaining-tokens"] == "0"
    assert len(gate.upstream.asked) == 1


def test_an_upstream_that_asks_for_a_moment_is_asked_again(gate: Gate) -> None:
    gate.upstream.then(answers(503, b"{}", retry_after="1"), says("84.12"))

    assert ask(gate).choices[0].message.content == "84.12"
    assert len(gate.upstream.asked) == 2


def test_a_failure_that_may_have_been_paid_for_is_not_repeated(gate: Gate) -> None:
    gate.upstream.then(answers(500, b'{"error": {"message": "oops"}}'))

    with pytest.raises(openai.InternalServerError, match="oops"):
        ask(gate)

    assert len(gate.upstream.asked) == 1


@pytest.mark.parametrize(
    "step", [answers(500, b"{}"), answers(429, b"{}", retry_after="60")], ids=["500", "429"]
)
def test_a_fallback_answers_instead(tmp_path: Path, upstream: Scripted, step: Any) -> None:
    upstream.then(step)
    with scripted() as second:
        second.then(says("from the second"))
        upstreams = [
            {"name": "first", "base_url": upstream.url, "fallbacks": ["second"]},
            {"name": "second", "base_url": second.url, "llm": "other"},
        ]
        with serving(Plan(tmp_path, upstreams=upstreams)) as running:
            answer = running.post("/v1/chat/completions", {"model": "first", "messages": ASKED})

    assert answer.json()["choices"][0]["message"]["content"] == "from the second"
    assert answer.headers["x-grounding-upstream"] == "second"
    assert second.asked[0].body["model"] == "other"


def test_a_refused_key_is_neither_shown_nor_relayed(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    gate.upstream.then(answers(401, f'{{"error": "bad key {SECRET}"}}'.encode()))

    with caplog.at_level(logging.DEBUG), pytest.raises(openai.InternalServerError) as caught:
        ask(gate)

    assert caught.value.status_code == 502
    assert "api_key" in str(caught.value)
    assert SECRET not in str(caught.value) + caplog.text
    assert gate.upstream.asked[0].headers["authorization"] == f"Bearer {SECRET}"


def test_a_key_in_any_refusal_is_masked(gate: Gate) -> None:
    gate.upstream.then(answers(400, f'{{"error": {{"message": "{SECRET}"}}}}'.encode()))

    with pytest.raises(openai.BadRequestError) as caught:
        ask(gate)

    assert SECRET not in str(caught.value)


def test_the_key_of_an_upstream_is_in_no_receipt(gate: Gate) -> None:
    raw = gate.openai.chat.completions.with_raw_response.create(
        model="gpt-4o", messages=ASKED, extra_body={"grounding": {"mode": "always"}}
    )

    receipt = gate.running.http.get(f"/v1/receipts/{raw.headers['x-grounding-receipt']}").text
    assert SECRET not in receipt + raw.text + str(raw.headers)


@pytest.mark.parametrize("is_streamed", [True, False])
def test_a_caller_that_leaves_ends_the_call(gate: Gate, is_streamed: bool) -> None:
    gate.upstream.then(streams(chunk("It is "), 30.0) if is_streamed else stalls)
    body = {"model": "m", "messages": ASKED, "stream": is_streamed}
    url = f"{gate.running.url}/v1/chat/completions"

    with httpx.Client(timeout=5 if is_streamed else 1.5) as http:
        if is_streamed:
            with http.stream("POST", url, json=body) as answer:
                next(answer.iter_bytes())
        else:
            with pytest.raises(httpx.ReadTimeout):
                http.post(url, json=body)

    gate.upstream.wait_left(1)


def test_too_many_at_once_are_refused_with_a_time_to_come_again(
    tmp_path: Path, upstream: Scripted
) -> None:
    upstream.then(stalls)
    with gated(tmp_path, upstream, max_running=1, max_waiting=0) as gate:

        def gives_up() -> None:
            with pytest.raises(openai.APIError):
                ask(gate, timeout=3)

        first = threading.Thread(target=gives_up)
        first.start()
        while not upstream.asked:
            threading.Event().wait(0.01)

        with pytest.raises(openai.InternalServerError) as caught:
            ask(gate)

        assert caught.value.status_code == 503
        assert int(caught.value.response.headers["retry-after"]) >= 1
        first.join()


def test_waiting_requests_get_their_turn(tmp_path: Path, upstream: Scripted) -> None:
    upstream.then(streams(chunk("a"), 0.2, chunk(finish="stop"), DONE))
    found: list[int] = []
    with gated(tmp_path, upstream, max_running=2) as gate:

        def one() -> None:
            found.append(len(list(ask(gate, stream=True))))

        threads = [threading.Thread(target=one) for _ in range(6)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    assert found == [2] * 6
    assert upstream.most_running == 2


@contextmanager
def raw_server(reply: bytes) -> Iterator[str]:
    """A server that answers every connection with these bytes, and closes it."""
    import socket

    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                connection.sendall(reply)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        listener.close()
