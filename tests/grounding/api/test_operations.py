from pathlib import Path

import anyio
import anyio.to_thread
import httpx
from prometheus_client.parser import text_string_to_metric_families

from grounding.api.app import create_app
from tests.fakes import FakeClock
from tests.grounding.api.problem import problem_of
from tests.grounding.serving import HOUR, Plan, Running, document, serving


def samples(running: Running) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = running.http.get("/metrics").text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_health_says_only_that_the_process_answers(shared: Running) -> None:
    assert shared.http.get("/healthz").json() == {"status": "ok"}


def test_ready_service_tells_how_far_the_index_is(running: Running) -> None:
    seq = running.push(document("a", "one"), document("b", "two"))
    running.titles("one", min_seq=seq)

    found = running.client.ready()

    assert found.is_ready
    assert found.checks == {"database": "ok", "index": "ok"}
    assert (found.seq, found.applied_seq, found.index_rows, found.device) == (seq, seq, 2, "cpu")


def without_database(directory: Path, running: Running) -> None:
    running.service.parts.database.close()
    for file in directory.glob("grounding.db*"):
        file.write_bytes(b"this is no database" * 1_000)


def test_service_without_its_database_is_not_ready_but_alive(tmp_path: Path) -> None:
    with serving(Plan(tmp_path)) as running:
        running.push(document("a", "one"))
        without_database(tmp_path, running)

        reply = running.http.get("/readyz")

        assert reply.status_code == 503
        assert reply.headers["retry-after"] == "5"
        assert reply.headers["content-type"] == "application/json"
        assert reply.json()["checks"]["database"].startswith("cannot be read")
        assert running.http.get("/healthz").status_code == 200
        assert not running.client.ready().is_ready


def test_service_without_its_database_still_has_metrics(tmp_path: Path) -> None:
    with serving(Plan(tmp_path)) as running:
        without_database(tmp_path, running)
        problem_of(running.http.get("/v1/sources"), 500)

        found = samples(running)

    failed = frozenset({("route", "/v1/sources"), ("status", "500")})
    assert found["grounding_requests_total", failed] == 1
    assert found["grounding_index_rows", frozenset()] == 0


def test_health_is_told_while_every_thread_is_taken(running: Running) -> None:
    app = create_app(running.service)

    async def asked() -> int:
        threads = anyio.to_thread.current_default_thread_limiter()
        for taker in range(int(threads.total_tokens)):
            threads.acquire_on_behalf_of_nowait(taker)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            with anyio.fail_after(10):
                return (await http.get("/healthz")).status_code

    assert anyio.run(asked) == 200


def test_metrics_count_requests_by_route_and_status(running: Running) -> None:
    running.post("/v1/search", {"query": "oil"})
    running.post("/v1/search", {"query": ""})
    running.http.get("/v1/sources/nobody")
    running.http.get("/no/such/path")
    running.http.get("/healthz", headers={"Host": "evil.example"})

    counted = {
        labels: value
        for (name, labels), value in samples(running).items()
        if name == "grounding_requests_total"
    }

    assert counted == {
        frozenset({("route", route), ("status", status)}): count
        for route, status, count in [
            ("/v1/search", "200", 1),
            ("/v1/search", "422", 1),
            ("/v1/sources/{name}", "404", 1),
            ("unknown", "404", 1),
            ("unknown", "400", 1),
        ]
    }


def test_metrics_tell_index_and_age_of_sources(running: Running, clock: FakeClock) -> None:
    seq = running.push(document("a", "one"))
    running.titles("one", min_seq=seq)
    clock.advance(HOUR)

    found = samples(running)

    source = frozenset({("source", "push")})
    assert found["grounding_index_rows", frozenset()] == 1
    assert found["grounding_index_seq", frozenset()] == seq
    assert found["grounding_index_lag", frozenset()] == 0
    assert found["grounding_source_age_seconds", source] == HOUR.total_seconds()
    assert found["grounding_source_failures_in_row", source] == 0
