"""How fresh the sources of an answer are: shown, warned of, required, and read again for it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from grounding import NotFresh
from tests.fakes import START, FakeClock
from tests.grounding.api.problem import problem_of
from tests.grounding.serving import DAY, HOUR, Running, document
from tests.web import Answer, WebServer, json_of

TICK = timedelta(microseconds=1)
MAPPING: dict[str, Any] = {"documents": {"key": "id", "text": "text"}}
OLD, NEW = [{"id": "gold", "text": "Gold rose"}], [{"id": "gold", "text": "Gold fell"}]
PROMISE: dict[str, Any] = {"warn_after": "1h", "error_after": "2h"}
PATHS = ("/v1/search", "/v1/augment")


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


def add(running: Running, web: WebServer, *answers: Answer, name: str = "wire") -> None:
    """Add a source with a promise that reads these answers, and read the first of them."""
    url = web.route(f"/{name}", *answers)
    running.client.add_source(name, "json", options={"url": url} | MAPPING, **PROMISE)
    running.client.sync(name)
    running.service.parts.views.catch_up()


def plan(running: Running, name: str, clock: FakeClock, wait: timedelta) -> None:
    """Write down that a source is read next after `wait`, as the scheduler does."""
    running.service.parts.queue.plan(name, clock() + wait)


def strictly(running: Running, path: str = "/v1/search", **more: object) -> httpx.Response:
    return running.post(path, {"query": "gold", "require_fresh": True} | more)


def standing(running: Running, **options: Any) -> dict[str, str]:
    return {each.name: each.status for each in running.client.search("gold", **options).sources}


class TestSourcesOfAnAnswer:
    def test_answer_lists_the_sources_it_uses_and_those_it_was_asked_for(
        self, running: Running
    ) -> None:
        for name, text in (("a", "Gold rose"), ("b", "Gold fell"), ("c", "A cat")):
            running.push(document("x", text), source=name, collection=f"of-{name}")
        running.client.add_source("empty", "push", collection="of-a")
        running.service.parts.views.catch_up()

        def names(**options: Any) -> set[str]:
            return {*standing(running, max_results=1, **options)}

        assert len(names()) == 1
        assert names(sources=["a", "empty"]) == {"a", "empty"}
        assert names(collections=["of-a"]) == {"a", "empty"}
        assert names(sources=["empty"]) == {"empty"}

    def test_prompt_lists_sources_that_are_in_it_alone(self, running: Running) -> None:
        for name in ("a", "b", "c"):
            seq = running.push(document("x", f"Gold says {name}"), source=name)

        used = running.client.augment("gold says b", max_items=1, min_seq=seq)
        asked = running.client.augment("gold", max_items=1, sources=["a", "b"])

        assert [each.name for each in used.sources] == [used.evidence[0].source]
        assert [each.name for each in asked.sources] == ["a", "b"]

    def test_status_follows_the_clock(
        self, running: Running, clock: FakeClock, web: WebServer
    ) -> None:
        add(running, web, json_of(OLD))
        running.push(document("a", "Gold"))
        running.service.parts.views.catch_up()

        found = []
        for at in (0 * HOUR, HOUR - TICK, HOUR, HOUR * 2 - TICK, HOUR * 2):
            clock.now = START + at
            found.append(standing(running))

        assert [each["wire"] for each in found] == ["pass", "pass", "warn", "warn", "error"]
        assert {each["push"] for each in found} == {"unknown"}

    def test_prompt_shows_the_status_of_each_item(
        self, running: Running, clock: FakeClock, web: WebServer
    ) -> None:
        add(running, web, json_of(OLD))
        clock.advance(HOUR)

        assert "freshness: warn" in running.client.augment("gold").text

    def test_source_that_was_never_read_breaks_its_promise_in_time(
        self, running: Running, clock: FakeClock
    ) -> None:
        clock.advance(DAY)
        options = {"url": "http://127.0.0.1:9/"} | MAPPING
        running.client.add_source("wire", "json", options=options, **PROMISE)
        added = clock.now

        found = []
        for at in (0 * HOUR, HOUR, HOUR * 2 - TICK, HOUR * 2):
            clock.now = added + at
            found.append(running.client.freshness("wire").status)

        assert found == ["unknown", "unknown", "unknown", "error"]
        assert "source wire was never read" in running.client.search("gold").warnings[0]

    def test_overdue_source_is_warned_of_also_where_nothing_was_found(
        self, running: Running, clock: FakeClock, web: WebServer
    ) -> None:
        add(running, web, json_of([]))
        clock.advance(HOUR * 3)

        search, prompt = running.client.search("gold"), running.client.augment("gold")
        expected = "source wire was last read 3 hours ago; it promised every 2 hours"
        assert (search.results, search.warnings) == ((), (expected,))
        assert (prompt.evidence, prompt.warnings) == ((), (expected,))

    def test_overdue_source_that_was_not_asked_is_not_warned_of(
        self, running: Running, clock: FakeClock, web: WebServer
    ) -> None:
        add(running, web, json_of(OLD))
        running.push(document("a", "Gold"))
        clock.advance(HOUR * 3)

        assert running.client.search("gold", sources=["push"]).warnings == ()

    def test_metric_tells_the_status_that_holds(
        self, running: Running, clock: FakeClock, web: WebServer
    ) -> None:
        add(running, web, json_of(OLD))
        running.push(document("a", "Gold"))
        clock.advance(HOUR)

        found = {
            (sample.labels["source"], sample.labels["status"]): sample.value
            for family in text_string_to_metric_families(running.http.get("/metrics").text)
            for sample in family.samples
            if sample.name == "grounding_source_freshness"
        }

        assert len(found) == 8
        assert {key for key, value in found.items() if value} == {
            ("wire", "warn"),
            ("push", "unknown"),
        }


class TestRequireFresh:
    @pytest.mark.parametrize("path", PATHS)
    def test_source_that_keeps_its_promise_is_answered_from(
        self, running: Running, clock: FakeClock, web: WebServer, path: str
    ) -> None:
        add(running, web, json_of(OLD))
        clock.advance(HOUR * 2 - TICK)

        reply = strictly(running, path)

        assert reply.status_code == 200, reply.text
        assert [each["status"] for each in reply.json()["sources"]] == ["warn"]

    @pytest.mark.parametrize("path", PATHS)
    def test_stale_sources_are_refused_each_with_its_reason(
        self, running: Running, clock: FakeClock, web: WebServer, path: str
    ) -> None:
        for name in ("wire", "feed"):
            add(running, web, json_of([{"id": "x", "text": f"Gold {name}"}]), name=name)
        clock.advance(HOUR * 3)

        reply = strictly(running, path)

        said = problem_of(reply, 412)
        assert said["title"] == "not fresh"
        assert said["errors"] == [
            {
                "field": "require_fresh",
                "message": f"source {name} was last read 3 hours ago; it promised every 2 hours",
            }
            for name in ("feed", "wire")
        ]
        assert "retry-after" not in reply.headers

    def test_next_read_that_is_planned_is_told(
        self, running: Running, clock: FakeClock, web: WebServer
    ) -> None:
        for name in ("wire", "feed"):
            add(running, web, json_of([{"id": "x", "text": f"Gold {name}"}]), name=name)
        clock.advance(HOUR * 3)
        plan(running, "wire", clock, timedelta(seconds=90.5))
        plan(running, "feed", clock, timedelta(seconds=300))

        soon = strictly(running)
        clock.advance(HOUR)
        overdue = strictly(running)

        assert problem_of(soon, 412)
        assert soon.headers["retry-after"] == "91"
        assert overdue.headers["retry-after"] == "1"

    def test_source_that_is_not_used_may_be_stale(
        self, running: Running, clock: FakeClock, web: WebServer
    ) -> None:
        add(running, web, json_of(OLD))
        clock.advance(HOUR * 3)
        running.push(document("a", "A cat"), source="desk")
        running.client.update_source("desk", error_after="1h")

        assert strictly(running, sources=["desk"]).status_code == 200
        problem_of(strictly(running, sources=["desk", "wire"]), 412)

    def test_source_that_is_asked_for_and_found_nothing_in_is_refused_too(
        self, running: Running, clock: FakeClock, web: WebServer
    ) -> None:
        add(running, web, json_of([]))
        clock.advance(HOUR * 3)

        problem_of(strictly(running, sources=["wire"]), 412)

    @pytest.mark.parametrize("path", PATHS)
    def test_source_without_a_promise_is_refused_with_what_to_set(
        self, running: Running, path: str
    ) -> None:
        running.push(document("a", "Gold"))
        running.service.parts.views.catch_up()

        refused = strictly(running, path, sources=["push"])
        running.client.update_source("push", error_after="1h")
        answered = strictly(running, path, sources=["push"])

        assert problem_of(refused, 412)["errors"] == [
            {
                "field": "require_fresh",
                "message": "source push promises nothing: set its warn_after or error_after",
            }
        ]
        assert answered.status_code == 200, answered.text

    def test_client_is_told_the_reasons(
        self, running: Running, clock: FakeClock, web: WebServer
    ) -> None:
        add(running, web, json_of(OLD))
        clock.advance(HOUR * 3)

        with pytest.raises(NotFresh, match="was last read 3 hours ago") as refused:
            running.client.search("gold", require_fresh=True)

        assert refused.value.reasons == (
            "source wire was last read 3 hours ago; it promised every 2 hours",
        )

    def test_refusal_leaves_no_receipt(
        self, running: Running, clock: FakeClock, web: WebServer
    ) -> None:
        add(running, web, json_of(OLD))
        clock.advance(HOUR * 3)

        strictly(running, "/v1/augment")

        with running.service.parts.database.reading() as session:
            assert session.connection().exec_driver_sql("SELECT id FROM receipt").all() == []


class TestRefresh:
    @pytest.mark.parametrize("path", PATHS)
    def test_stale_source_is_read_once_and_answered_from(
        self, running: Running, clock: FakeClock, web: WebServer, path: str
    ) -> None:
        add(running, web, json_of(OLD), json_of(NEW))
        clock.advance(HOUR * 3)

        reply = strictly(running, path, refresh_within="30s")

        assert reply.status_code == 200, reply.text
        (found,) = reply.json()["results" if path == "/v1/search" else "evidence"]
        assert (found["text"], found["version"]) == ("Gold fell", 2)
        assert [each["status"] for each in reply.json()["sources"]] == ["pass"]
        assert reply.json()["warnings"] == []
        assert web.count("/wire") == 2

    def test_fresh_source_is_not_read(self, running: Running, web: WebServer) -> None:
        add(running, web, json_of(OLD), json_of(NEW))

        reply = strictly(running, refresh_within="30s")

        assert [each["text"] for each in reply.json()["results"]] == ["Gold rose"]
        assert web.count("/wire") == 1

    def test_only_stale_sources_are_read(
        self, running: Running, clock: FakeClock, web: WebServer
    ) -> None:
        add(running, web, json_of([{"id": "x", "text": "Gold one"}]), name="one")
        clock.advance(HOUR * 2)
        add(running, web, json_of([{"id": "x", "text": "Gold two"}]), name="two")

        assert strictly(running, refresh_within="30s").status_code == 200

        assert (web.count("/one"), web.count("/two")) == (2, 1)

    @pytest.mark.parametrize("path", PATHS)
    def test_source_that_fails_again_is_read_once_and_refused(
        self, running: Running, clock: FakeClock, web: WebServer, path: str
    ) -> None:
        add(running, web, json_of(OLD), Answer(status=500))
        clock.advance(HOUR * 3)

        reply = strictly(running, path, refresh_within="30s")

        assert "last read 3 hours ago" in problem_of(reply, 412)["detail"]
        assert running.client.source("wire").failures_in_row == 1
        assert len(running.client.runs(source="wire")) == 2

    def test_source_that_was_never_read_is_read(self, running: Running, web: WebServer) -> None:
        url = web.route("/wire", json_of(NEW))
        running.client.add_source("wire", "json", options={"url": url} | MAPPING, **PROMISE)

        refused = strictly(running, sources=["wire"])
        reply = strictly(running, sources=["wire"], refresh_within="30s")

        assert "source wire was never read" in problem_of(refused, 412)["detail"]
        assert [each["text"] for each in reply.json()["results"]] == ["Gold fell"]

    def test_source_that_is_pushed_to_cannot_be_read_and_is_refused_at_once(
        self, running: Running, clock: FakeClock
    ) -> None:
        running.push(document("a", "Gold"))
        running.client.update_source("push", error_after="1h")
        running.service.parts.views.catch_up()
        clock.advance(HOUR)

        reply = strictly(running, refresh_within="30s")

        assert "source push was last read 1 hour ago" in problem_of(reply, 412)["detail"]
        assert {each.trigger for each in running.client.runs()} == {"push"}

    def test_read_that_takes_too_long_is_not_waited_for(
        self, running: Running, clock: FakeClock, web: WebServer
    ) -> None:
        slow = Answer(body=b"x" * 10_000, drip=True)
        add(running, web, json_of(OLD), slow)
        clock.advance(HOUR * 3)

        reply = strictly(running, refresh_within="0.05s")

        problem_of(reply, 412)
        web.close()
