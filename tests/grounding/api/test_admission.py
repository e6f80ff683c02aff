import asyncio
import json
import socket
import threading
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from prometheus_client.parser import text_string_to_metric_families

from grounding import Client
from grounding.line import Line
from indexer.errors import CallerLeft
from indexer.sharing import SharedEmbedder
from tests.fakes import HashEmbedder
from tests.grounding.api.problem import problem_of
from tests.grounding.serving import Plan, Running, document, serving
from tests.waiting import until

WAIT = 30


class HeldEmbedder(HashEmbedder):
    """Embeds no question before it is let go, and counts those that it embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.let_go = threading.Event()

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.extend(texts)
        assert self.let_go.wait(WAIT)
        return super().embed_queries(texts)


@contextmanager
def held(directory: Path, **server: object) -> Iterator[tuple[Running, HeldEmbedder]]:
    """A service with a document that answers no question before its embedder is let go."""
    embedder = HeldEmbedder()
    with serving(Plan(directory, embedder=embedder, server=server)) as running:
        store(running, document("a", "gold and silver"))
        try:
            yield running, embedder
        finally:
            embedder.let_go.set()


def store(running: Running, *documents: dict[str, object]) -> None:
    """Push, and return once searches see it."""
    running.service.parts.views.wait_for(running.push(*documents), WAIT)


def samples(running: Running) -> dict[str, float]:
    text = running.http.get("/metrics").text
    return {
        " ".join((sample.name, *(sample.labels.values()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def ask(running: Running, query: str, path: str = "search") -> httpx.Response:
    with httpx.Client(base_url=running.url, timeout=WAIT, trust_env=False) as http:
        return http.post(f"/v1/{path}", json={"query": query})


def asked(
    running: Running, pool: ThreadPoolExecutor, count: int, path: str = "search"
) -> list[Future[httpx.Response]]:
    return [pool.submit(ask, running, f"gold {n}", path) for n in range(count)]


@pytest.mark.parametrize("path", ["search", "augment"])
def test_more_than_may_wait_are_refused_at_once_and_told_when_to_come_back(
    tmp_path: Path, path: str
) -> None:
    with (
        ThreadPoolExecutor(5) as pool,
        held(tmp_path, max_running=2, max_waiting=3) as (running, embedder),
    ):
        admitted = asked(running, pool, 5, path)
        until(lambda: samples(running)["grounding_questions_waiting"] == 3)

        refused = ask(running, "gold", path)
        told = samples(running)
        embedder.let_go.set()

        assert [each.result(WAIT).status_code for each in admitted] == [200] * 5
    assert problem_of(refused, 503)["detail"].startswith("3 questions wait already")
    assert refused.headers["retry-after"] == "1"
    assert told["grounding_questions_running"] == 2
    assert told["grounding_questions_refused_total"] == 1
    assert told[f"grounding_requests_total /v1/{path} 503"] == 1


def test_under_overload_everything_but_questions_is_answered(tmp_path: Path) -> None:
    with ThreadPoolExecutor(80) as pool, held(tmp_path) as (running, embedder):
        admitted = asked(running, pool, 80)
        until(lambda: samples(running)["grounding_questions_waiting"] == 80 - 16)

        statuses = [running.http.get(path).status_code for path in ("/healthz", "/readyz")]
        pushed = running.push(document("b", "silver"))
        known = running.client.documents()

        assert statuses == [200, 200]
        assert pushed > 0
        assert len(known) == 2
        embedder.let_go.set()
        assert {each.result(WAIT).status_code for each in admitted} == {200}


def test_questions_asked_together_are_answered_as_alone(tmp_path: Path) -> None:
    words = ["gold", "silver", "copper", "iron", "tin", "zinc", "lead", "nickel"]
    questions = [f"{first} {second}" for first in words for second in words]
    with ThreadPoolExecutor(64) as pool, held(tmp_path) as (running, embedder):
        running.push(*(document(word, f"{word} of the {n}th") for n, word in enumerate(words)))
        together = [pool.submit(running.client.search, each) for each in questions]
        until(lambda: samples(running)["grounding_questions_waiting"] == 64 - 16)
        embedder.let_go.set()
        found = [each.result(WAIT).results for each in together]

        assert found == [running.client.search(each).results for each in questions]
        told = samples(running)

    assert told["grounding_embedding_batch_questions_sum"] == 128
    assert told["grounding_embedding_batch_questions_count"] < 128
    assert told["grounding_question_wait_seconds_count"] == 128


def test_who_hangs_up_is_not_embedded_nor_answered(tmp_path: Path) -> None:
    with held(tmp_path) as (running, embedder):
        callers = [calling(running.url, f"gold {n}") for n in range(100)]
        until(lambda: samples(running)["grounding_questions_waiting"] == 84)
        shared = running.service.parts.tools.embedder.current()
        assert isinstance(shared, SharedEmbedder)
        until(lambda: shared.waiting == 15)

        for each in callers:
            each.close()
        until(lambda: samples(running)["grounding_questions_waiting"] == 0)
        embedder.let_go.set()
        until(lambda: samples(running).get("grounding_requests_total /v1/search 499") == 100)

        told = samples(running)
        assert len(embedder.asked) == 1
        assert told["grounding_embedding_dropped_total"] == 15
        assert told["grounding_questions_running"] == 0
        assert ask(running, "gold").status_code == 200


def test_the_place_of_who_hangs_up_while_waiting_is_free_at_once(tmp_path: Path) -> None:
    with (
        ThreadPoolExecutor(2) as pool,
        held(tmp_path, max_running=1, max_waiting=1) as (running, embedder),
    ):
        first = pool.submit(ask, running, "gold")
        until(lambda: bool(embedder.asked))
        waiting = calling(running.url, "silver")
        until(lambda: samples(running)["grounding_questions_waiting"] == 1)

        waiting.close()
        until(lambda: samples(running)["grounding_questions_waiting"] == 0)
        second = pool.submit(ask, running, "tin")
        until(lambda: samples(running)["grounding_questions_waiting"] == 1)
        embedder.let_go.set()

        assert (first.result(WAIT).status_code, second.result(WAIT).status_code) == (200, 200)
        assert embedder.asked == ["gold", "tin"]


def test_the_client_waits_as_long_as_it_is_told_and_asks_again(tmp_path: Path) -> None:
    pauses: list[float] = []
    with (
        ThreadPoolExecutor(1) as pool,
        held(tmp_path, max_running=1, max_waiting=0) as (running, embedder),
    ):
        first = pool.submit(ask, running, "gold")
        until(lambda: bool(embedder.asked))

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            embedder.let_go.set()
            first.result(WAIT)

        with Client(running.url, attempts=2, sleep=pause) as client:
            assert client.search("gold").results

    assert pauses == [1.0]


def calling(url: str, query: str) -> socket.socket:
    """Send a search, and leave the answer to whoever closes the connection."""
    parts = urlsplit(url)
    body = json.dumps({"query": query}).encode()
    head = (
        f"POST /v1/search HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connection = socket.create_connection((parts.hostname, parts.port), timeout=WAIT)
    connection.sendall(head.encode() + body)
    return connection


def run(steps: Coroutine[Any, Any, None]) -> None:  # Any: as asyncio has it
    asyncio.run(asyncio.wait_for(steps, WAIT))


class TestLine:
    def test_others_run_in_the_order_in_which_they_came(self) -> None:
        async def steps() -> None:
            line, order = Line(most_running=1, most_waiting=9), list[int]()

            async def question(number: int) -> None:
                await line.take(never_left())
                order.append(number)
                await asyncio.sleep(0)
                line.give_back(0.1)

            await asyncio.gather(*(question(number) for number in range(6)))

            assert order == [0, 1, 2, 3, 4, 5]
            assert (line.running, line.waiting) == (0, 0)
            assert line.wait_seconds.buckets()[-1] == ("+Inf", 6)

        run(steps())

    def test_a_turn_that_comes_to_one_who_is_leaving_goes_to_the_next(self) -> None:
        async def steps() -> None:
            line = Line(most_running=1, most_waiting=9)
            await line.take(never_left())
            left = asyncio.create_task(asyncio.sleep(0))
            leaving = asyncio.create_task(line.take(left))
            staying = asyncio.create_task(line.take(never_left()))
            until_both_wait = asyncio.create_task(asyncio.sleep(0))
            await until_both_wait

            line.give_back(0.1)
            await asyncio.wait((leaving, staying))

            with pytest.raises(CallerLeft, match="the caller left"):
                leaving.result()
            assert staying.exception() is None
            assert (line.running, line.waiting) == (1, 0)

        run(steps())

    @pytest.mark.parametrize("has_turn", [False, True])
    def test_one_that_is_cancelled_keeps_no_place(self, *, has_turn: bool) -> None:
        async def steps() -> None:
            line = Line(most_running=1, most_waiting=9)
            await line.take(never_left())
            cancelled = asyncio.create_task(line.take(never_left()))
            await asyncio.sleep(0)

            if has_turn:
                line.give_back(0.1)
            cancelled.cancel()
            await asyncio.wait((cancelled,))

            assert cancelled.cancelled()
            assert (line.running, line.waiting) == (0 if has_turn else 1, 0)

        run(steps())

    def test_the_pause_is_how_long_those_before_will_take(self) -> None:
        async def steps() -> None:
            line = Line(most_running=2, most_waiting=8)
            tasks = [asyncio.create_task(line.take(never_left())) for _ in range(10)]
            await asyncio.sleep(0)
            assert line.pause_seconds == 1

            line.give_back(3.0)
            await asyncio.sleep(0)

            assert (line.running, line.waiting) == (2, 7)
            assert line.pause_seconds == 14  # 9 questions, 2 at a time, 3 s each
            line.give_back(1_000.0)
            assert line.pause_seconds == 60
            for each in tasks:
                each.cancel()

        run(steps())


def never_left() -> "asyncio.Task[None]":
    async def forever() -> None:
        await asyncio.get_running_loop().create_future()

    return asyncio.create_task(forever())
