from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grounding import Conflict, NotFound
from tests.fakes import START, FakeClock
from tests.grounding.api.problem import fields_of, problem_of
from tests.grounding.serving import HOUR, Plan, Running, document, serving
from tests.web import Answer, WebServer, json_of

ITEMS = [{"id": "a", "text": "Gold rose"}, {"id": "b", "text": "Oil fell"}]
MAPPING: dict[str, Any] = {"documents": {"key": "id", "text": "text"}}
FEED: dict[str, Any] = {"url": "http://127.0.0.1:9/feed"}


def mapped(url: str) -> dict[str, Any]:
    return {"url": url} | MAPPING


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


@pytest.fixture(scope="module")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with one source in its settings."""
    directory = tmp_path_factory.mktemp("configured")
    (directory / "docs").mkdir()
    (directory / "docs" / "a.md").write_text("# Gold\n\nGold is a metal.")
    source = {
        "name": "docs",
        "kind": "files",
        "path": str(directory / "docs"),
        "schedule": "every 1h",
        "warn_after": "2h",
    }
    with serving(Plan(directory, sources=[source])) as one:
        yield one


class TestListing:
    def test_source_of_the_settings_is_listed_with_its_promise(self, configured: Running) -> None:
        (source,) = configured.client.sources()

        assert (source.name, source.kind, source.origin) == ("docs", "files", "config")
        assert (source.semantics, source.schedule, source.enabled) == ("snapshot", "every 1h", True)
        assert source.freshness is not None
        assert (source.freshness.status, source.freshness.warn_after_seconds) == ("unknown", 7_200)

    def test_counts_are_of_current_documents_and_values(self, running: Running) -> None:
        running.push(document("a", "one"), document("b", "two"), source="desk")
        running.push(document("a", "changed"), removed=["b"], source="desk")
        running.client.push_observations(
            [{"series": "s", "valid_from": START, "value": value} for value in ("1", "2")],
            series=[{"key": "s", "title": "S"}],
            source="desk",
        )

        source = running.client.source("desk")

        assert (source.documents, source.observations) == (1, 1)
        assert [source] == list(running.client.sources())

    def test_unknown_source_is_not_found(self, shared: Running) -> None:
        for name in ("nobody", "%00", "Ünknown", "a" * 500):
            for method, path in (
                ("GET", ""),
                ("DELETE", ""),
                ("GET", "/freshness"),
                ("POST", "/sync"),
            ):
                problem_of(shared.http.request(method, f"/v1/sources/{name}{path}"), 404)
        problem_of(shared.http.patch("/v1/sources/nobody", json={"enabled": False}), 404)


class TestAdding:
    def test_added_source_is_returned_as_it_will_be_read(self, running: Running) -> None:
        added = running.client.add_source(
            "news",
            "feed",
            options=FEED,
            schedule="every 15m",
            jitter="30s",
            warn_after="1h",
            error_after="P1D",
            collection="press",
        )

        assert (added.name, added.kind, added.origin) == ("news", "feed", "api")
        assert (added.semantics, added.collection) == ("append_only", "press")
        assert (added.schedule, added.jitter_seconds) == ("every 15m", 30)
        assert added.freshness is not None
        assert added.freshness.error_after_seconds == 86_400
        assert running.client.source("news") == added

    def test_name_that_is_taken_is_a_conflict(self, running: Running) -> None:
        running.client.add_source("news", "feed", options=FEED)

        problem_of(
            running.post("/v1/sources", {"name": "news", "kind": "feed", "options": FEED}), 409
        )
        with pytest.raises(Conflict):
            running.client.add_source("news", "feed", options=FEED)

    @pytest.mark.parametrize(
        ("field", "body"),
        [
            ("name", {"name": "Not A Name"}),
            ("name", {"name": "a" * 101}),
            ("name", {"name": "../x"}),
            ("kind", {"kind": None}),
            ("source", {"kind": "telepathy"}),
            ("source", {"kind": "x" * 5_000}),
            ("source", {"options": {}}),
            ("source", {"options": {"url": "ftp://example.org"}}),
            ("source", {"options": FEED | {"colour": "red"}}),
            ("source", {"schedule": "hourly"}),
            ("source", {"schedule": "cron 99 * * * *"}),
            ("source", {"schedule": "every 0.01s"}),
            ("source", {"schedule": "every 5m", "jitter": "10m"}),
            ("source", {"jitter": "10m"}),
            ("source", {"warn_after": "2h", "error_after": "1h"}),
            ("warn_after", {"warn_after": "-1h"}),
            ("error_after", {"error_after": 5}),
            ("options", {"options": []}),
            ("enabled", {"enabled": "perhaps"}),
            ("shedule", {"shedule": "every 5m"}),
            ("source", {"kind": "push", "options": {}, "schedule": "every 5m"}),
            ("source", {"kind": "push"}),
        ],
    )
    def test_wrong_settings_are_named_and_nothing_is_added(
        self, shared: Running, field: str, body: dict[str, object]
    ) -> None:
        reply = shared.post("/v1/sources", {"name": "bad", "kind": "feed", "options": FEED} | body)

        assert fields_of(reply) == [field]
        with pytest.raises(NotFound):
            shared.client.source("bad")

    @pytest.mark.parametrize(
        ("kind", "options"),
        [
            ("files", {"path": "/etc"}),
            ("files", {"url": "sftp://inside/etc"}),
            ("sql", {"url": "sqlite:////etc/x.db", "query": "select 1"} | MAPPING),
            ("singer", {"command": ["id"], "streams": {"s": MAPPING}}),
            ("csv", {"path": "/etc/passwd"}),
            ("feed", FEED | {"headers": {"X-Stolen": "file:/etc/passwd"}}),
            ("feed", FEED | {"headers": {"X-Stolen": "Bearer env:HOME"}}),
            ("json", FEED | MAPPING | {"params": {"stolen": "env:HOME"}}),
            ("json", FEED | MAPPING | {"headers": {"stolen": [{"deep": ["env:HOME"]}]}}),
        ],
    )
    def test_source_that_would_read_this_machine_is_not_allowed(
        self, shared: Running, kind: str, options: dict[str, object]
    ) -> None:
        reply = shared.post("/v1/sources", {"name": "spy", "kind": kind, "options": options})

        assert "allow_local_paths" in problem_of(reply, 403)["detail"]

    def test_operator_may_allow_reading_this_machine(self, tmp_path: Path) -> None:
        (tmp_path / "a.md").write_text("Gold is a metal.")
        with serving(Plan(tmp_path, server={"allow_local_paths": True})) as one:
            one.client.add_source("docs", "files", options={"path": str(tmp_path)})

            assert one.client.sync("docs").new == 1


class TestChanging:
    def test_only_what_is_given_changes(self, running: Running) -> None:
        before = running.client.add_source(
            "news", "feed", options=FEED, schedule="every 15m", jitter="30s", warn_after="1h"
        )

        changed = running.client.update_source("news", warn_after="2h", enabled=False)

        assert not changed.enabled
        assert changed.freshness is not None
        assert changed.freshness.warn_after_seconds == 7_200
        assert (changed.schedule, changed.jitter_seconds, changed.options) == (
            before.schedule,
            before.jitter_seconds,
            before.options,
        )

    def test_null_takes_schedule_and_promise_away(self, running: Running) -> None:
        running.client.add_source(
            "news", "feed", options=FEED, schedule="every 15m", warn_after="1h"
        )

        changed = running.client.update_source("news", schedule=None, warn_after=None)

        assert changed.schedule is None
        assert changed.freshness is not None
        assert changed.freshness.warn_after_seconds is None

    @pytest.mark.parametrize(
        ("field", "body"),
        [
            ("source", {"options": {"url": 5}}),
            ("source", {"schedule": "sometimes"}),
            ("source", {"jitter": "1h"}),
            ("name", {"name": "other"}),
            ("kind", {"kind": "json"}),
        ],
    )
    def test_wrong_settings_are_refused_and_change_nothing(
        self, running: Running, field: str, body: dict[str, object]
    ) -> None:
        before = running.client.add_source("news", "feed", options=FEED)

        reply = running.http.patch("/v1/sources/news", json=body)

        assert fields_of(reply) == [field]
        assert running.client.source("news") == before

    def test_source_cannot_be_turned_to_this_machine(self, running: Running) -> None:
        running.client.add_source("news", "json", options=FEED | MAPPING)

        reply = running.http.patch("/v1/sources/news", json={"options": {"path": "/etc"}})

        problem_of(reply, 403)

    def test_source_of_the_settings_is_changed_and_removed_there(self, configured: Running) -> None:
        replies = [
            configured.http.patch("/v1/sources/docs", json={"enabled": False}),
            configured.http.delete("/v1/sources/docs"),
        ]

        assert ["grounding.toml" in problem_of(each, 403)["detail"] for each in replies] == [
            True
        ] * 2
        assert configured.client.source("docs").enabled

    def test_pushed_source_may_be_given_a_promise_but_no_schedule(
        self, running: Running, clock: FakeClock
    ) -> None:
        running.push(document("a", "text"))

        refused = running.http.patch("/v1/sources/push", json={"schedule": "every 5m"})
        running.client.update_source("push", warn_after="1h", error_after="2h")
        clock.advance(HOUR)

        assert fields_of(refused) == ["source"]
        assert running.client.freshness("push").status == "warn"

    def test_removed_source_is_gone_but_not_its_past(
        self, running: Running, clock: FakeClock
    ) -> None:
        seq = running.push(document("a", "Gold rose"))
        running.titles("gold", min_seq=seq)
        clock.advance(HOUR)

        running.client.remove_source("push")

        assert running.client.sources() == ()
        assert running.titles("gold", known_at=START) == ["a"]
        seq = running.push(document("b", "Oil fell"), source="other")
        assert running.titles("gold oil", min_seq=seq) == ["b"]


class TestReading:
    def test_sync_reads_stores_and_reports(self, running: Running, web: WebServer) -> None:
        url = web.route("/items", json_of(ITEMS))
        running.client.add_source("items", "json", options=mapped(url))

        run = running.client.sync("items")

        assert (run.status, run.trigger, run.new, run.error) == ("ok", "manual", 2, None)
        assert run.bytes_read > 0
        assert run.finished_at is not None
        assert running.client.run(run.id) == run
        assert list(running.client.runs(source="items")) == [run]

    def test_second_sync_finds_everything_unchanged(self, running: Running, web: WebServer) -> None:
        url = web.route("/items", json_of(ITEMS))
        running.client.add_source("items", "json", options=mapped(url))
        running.client.sync("items")

        again = running.client.sync("items")

        assert (again.status, again.new, again.changed) == ("ok", 0, 0)

    def test_failed_sync_is_recorded_with_its_reason(
        self, running: Running, web: WebServer
    ) -> None:
        url = web.route("/items", Answer(body=b"<html>not json"))
        running.client.add_source("items", "json", options=mapped(url))

        run = running.client.sync("items")

        source = running.client.source("items")
        assert run.status == "failed"
        assert run.error is not None
        assert "items" in run.error
        assert (source.failures_in_row, source.last_error) == (1, run.error)

    def test_failing_source_is_warned_of_in_every_search_it_could_serve(
        self, running: Running, web: WebServer
    ) -> None:
        url = web.route("/items", Answer(body=b"<html>not json"))
        running.client.add_source("items", "json", options=mapped(url))
        running.client.sync("items")
        running.push(document("a", "Gold"))

        found = running.client.search("gold")
        elsewhere = running.client.search("gold", sources=["push"])

        assert ["source items" in warning for warning in found.warnings] == [True]
        assert elsewhere.warnings == ()

    def test_item_that_cannot_be_read_is_reported_and_stops_nothing(
        self, running: Running, web: WebServer
    ) -> None:
        url = web.route("/items", json_of([*ITEMS, {"id": "c"}, {"text": "no key"}]))
        running.client.add_source("items", "json", options=mapped(url))

        run = running.client.sync("items")

        assert (run.status, run.new, run.failed_items) == ("ok", 2, 2)
        assert {failure.key for failure in run.failures} >= {"c"}

    def test_sync_that_is_not_waited_for_is_accepted(
        self, running: Running, web: WebServer
    ) -> None:
        url = web.route("/items", json_of(ITEMS))
        running.client.add_source("items", "json", options=mapped(url))

        reply = running.http.post("/v1/sources/items/sync?wait_seconds=0")

        assert reply.status_code == 202
        assert reply.json()["status"] == "queued"
        assert running.client.sync("items").id == reply.json()["id"]

    def test_pushed_source_cannot_be_read(self, running: Running) -> None:
        running.push(document("a", "Gold"))

        problem_of(running.http.post("/v1/sources/push/sync"), 403)

    @pytest.mark.parametrize("wait", ["-1", "601", "nan", "inf", "soon"])
    def test_senseless_wait_is_refused(self, shared: Running, wait: str) -> None:
        reply = shared.http.post(f"/v1/sources/nobody/sync?wait_seconds={wait}")

        assert fields_of(reply) == ["wait_seconds"]

    @pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 30])
    def test_senseless_run_number_is_refused(self, shared: Running, number: str) -> None:
        assert fields_of(shared.http.get(f"/v1/runs/{number}")) == ["run_id"]

    def test_unknown_run_is_not_found(self, shared: Running) -> None:
        problem_of(shared.http.get("/v1/runs/123456"), 404)
        problem_of(shared.http.get("/v1/runs?source=nobody"), 422)

    def test_freshness_goes_from_pass_over_warn_to_error(
        self, running: Running, clock: FakeClock, web: WebServer
    ) -> None:
        url = web.route("/items", json_of(ITEMS))
        running.client.add_source(
            "items", "json", options=mapped(url), warn_after="1h", error_after="2h"
        )

        def status() -> str:
            return running.client.freshness("items").status

        found = [status()]
        running.client.sync("items")
        for _ in range(3):
            found.append(status())
            clock.advance(HOUR)

        assert found == ["unknown", "pass", "warn", "error"]
