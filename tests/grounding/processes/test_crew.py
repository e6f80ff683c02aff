"""Two serving processes on one address, with the shipped embedder, over real HTTP."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from grounding.processes.crew import Crew, places
from grounding.server import listen
from grounding.settings import Settings
from tests.grounding.processes.several import Two, is_running, two
from tests.grounding.serving import document
from tests.waiting import until

QUESTIONS = ["jewellery material", "Which animal naps?", "gold"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with two(tmp_path_factory.mktemp("pair")) as found:
        yield found


def pushed(http: httpx.Client, key: str, text: str) -> int:
    reply = http.post("/v1/documents", json={"documents": [document(key, text)]})
    assert reply.status_code == 200, reply.text
    return int(reply.json()["seq"])


def titles(http: httpx.Client, query: str, seq: int) -> list[str]:
    reply = http.post("/v1/search", json={"query": query, "min_seq": seq, "max_results": 1})
    assert reply.status_code == 200, reply.text
    return [each["title"] for each in reply.json()["results"]]


def answer(http: httpx.Client, query: str, seen: dict[str, str]) -> Any:
    reply = http.post("/v1/search", json={"query": query, **seen})
    assert reply.status_code == 200, reply.text
    at_present = {"server_time", "sources"}  # a source is as old as it is when one asks
    return {name: value for name, value in reply.json().items() if name not in at_present}


def counted(http: httpx.Client, process: str) -> float:
    text = http.get("/metrics").text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "grounding_requests_total"
        and (sample.labels["process"], sample.labels["route"]) == (process, "/v1/search")
    )


def test_push_through_one_process_is_found_through_the_other(pair: Two) -> None:
    with pair.through(1) as http:
        seq = pushed(http, "cat", "A kitten sleeps on the sofa.")
    with pair.through(2) as http:
        first = titles(http, "Which animal naps?", seq)
        seq = pushed(http, "ship", "A freighter waits outside the harbour.")
    with pair.through(1) as http:
        second = titles(http, "vessel near the port", seq)

    assert (first, second) == (["cat"], ["ship"])


def test_both_processes_answer_the_same(pair: Two) -> None:
    with pair.through(1) as http:
        seq = pushed(http, "ring", "The ring is made of gold.")
        found = http.post("/v1/search", json={"query": "gold", "min_seq": seq}).json()
        seen = {"as_of": found["as_of"], "known_at": found["known_at"]}
        first = [answer(http, query, seen) for query in QUESTIONS]
    with pair.through(2) as http:
        titles(http, "gold", seq)
        second = [answer(http, query, seen) for query in QUESTIONS]

    assert all(each["results"] for each in first)
    assert second == first


def test_only_the_first_process_reads_sources(pair: Two) -> None:
    with pair.through(2) as http:
        waiting = http.post("/v1/sources/docs/sync", params={"wait_seconds": 1}).json()
    with httpx.Client(base_url=pair.url, timeout=60, trust_env=False) as http:
        done = http.post("/v1/sources/docs/sync", params={"wait_seconds": 60}).json()

    assert (waiting["status"], waiting["started_at"]) == ("queued", None)
    assert done["status"] == "ok"


def test_either_process_tells_what_both_counted(pair: Two) -> None:
    with pair.through(1):
        first = pair.connected()
    with pair.through(2):
        second = pair.connected()
    with closing(first), closing(second):
        titles(first, "gold", 0)
        before = counted(second, "2")
        titles(second, "gold", 0)

        assert counted(first, "1") > 0
        assert counted(second, "2") == before + 1
        until(lambda: counted(first, "2") == before + 1)
        until(lambda: counted(second, "1") == counted(first, "1"))


def test_second_process_is_started_again_when_it_dies(pair: Two) -> None:
    os.kill(pair.pids[1], signal.SIGKILL)

    until(lambda: len(pair.second_pids) == 2, seconds=100)

    assert "serving process 2 ended with -9, tried again in 1 s" in pair.log
    with pair.through(2) as http:
        assert titles(http, "gold", 0) != []


def test_stop_finishes_what_either_process_has_under_way(tmp_path: Path) -> None:
    with two(tmp_path) as pair, ThreadPoolExecutor(1) as pool:
        second = pair.pids[1]
        with pair.through(2) as http:
            other = pair.connected()
            reply = pool.submit(other.post, "/v1/sources/docs/sync?wait_seconds=60")
            until(lambda: http.get("/v1/runs").json()["runs"] != [])
            pair.first.send_signal(signal.SIGTERM)  # seen once it goes on

        with closing(other):
            assert reply.result(60).json()["status"] == "ok"
        assert pair.first.wait(60) == 0
        assert not is_running(second)
    assert [path.name for path in (tmp_path / "data/index").glob("work-*")] == []


def test_second_process_ends_with_the_first(tmp_path: Path) -> None:
    with two(tmp_path) as pair:
        second = pair.pids[1]

        pair.first.kill()

        until(lambda: not is_running(second), seconds=100)
        with pytest.raises(httpx.ConnectError):
            httpx.get(pair.url, trust_env=False)


def test_process_that_keeps_dying_is_tried_again_after_longer_and_longer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{tmp_path / 'grounding.db'}"},
            "embedder": {"name": str(tmp_path / "missing")},
            "server": {"processes": 2},
        }
    )
    with listen("127.0.0.1", 0, is_shared=True) as listener:
        _, others = places(broken, listener.getsockname(), api_key=None, is_read=True)
        crew = Crew(others)

        crew.start(before=lambda: None)
        until(lambda: len(caplog.messages) == 2, seconds=100)
        crew.stop()

    assert caplog.messages == [
        "serving process 2 ended with 1, tried again in 1 s",
        "serving process 2 ended with 1, tried again in 2 s",
    ]
