"""Times and durations that make no sense are refused by the name of their field, everywhere."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes import START, FakeClock
from tests.grounding.api.problem import fields_of, problem_of
from tests.grounding.serving import DAY, Running, document

NOWHERE = "0" * 24
FUTURE = "2026-03-01T12:00:00.000001Z"
LEAP = "2016-12-31T23:59:60Z"
MIDNIGHT = datetime(2017, 1, 1, tzinfo=UTC)
READS = (
    "/v1/documents",
    f"/v1/documents/{NOWHERE}",
    f"/v1/documents/{NOWHERE}/versions",
    "/v1/series",
    "/v1/series/oil/observations",
)
SENSELESS = (
    "2026-02-01T10:00:00",
    "2026-02-30T00:00:00Z",
    "2026-02-01T24:00:01Z",
    "2026-02-01",
    "1700000000",
    "1700000000.5",
    "1",
    "now",
    "",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2016-12-31T12:30:60Z",
    "2016-12-31T23:59:61Z",
    "2016-12-31T23:59:60",
    "2026-02-30T23:59:60Z",
    "0001-01-01T00:59:60+14:00",
    "9999-12-31T23:59:60-14:00",
)
NO_DURATION: tuple[object, ...] = (
    "0s",
    "PT0S",
    "-5m",
    "5",
    "P1M",
    "soon",
    "",
    300,
    0,
    -1,
    True,
    [],
    "9" * 15 + "w",
)


class TestReadRoutes:
    @pytest.mark.parametrize("path", READS)
    @pytest.mark.parametrize("name", ["as_of", "known_at"])
    def test_senseless_instant_is_named(self, shared: Running, path: str, name: str) -> None:
        refused = {
            time: fields_of(shared.http.get(path, params={name: time})) for time in SENSELESS
        }

        assert refused == {time: [name] for time in SENSELESS}

    @pytest.mark.parametrize("path", READS)
    @pytest.mark.parametrize("name", ["as_of", "known_at"])
    def test_future_is_refused(self, shared: Running, path: str, name: str) -> None:
        replies = [
            shared.http.get(path, params={name: time}) for time in (FUTURE, "9999-12-31T23:59:59Z")
        ]

        assert [fields_of(reply) for reply in replies] == [[name]] * 2
        assert "in the future" in problem_of(replies[0], 422)["detail"]

    @pytest.mark.parametrize("name", ["start", "end"])
    def test_senseless_window_is_named(self, shared: Running, name: str) -> None:
        path = "/v1/series/oil/observations"

        refused = {
            time: fields_of(shared.http.get(path, params={name: time})) for time in SENSELESS
        }

        assert refused == {time: [name] for time in SENSELESS}

    def test_present_is_not_the_future(self, shared: Running) -> None:
        now = {"as_of": START.isoformat(), "known_at": "2026-03-01T13:00:00+01:00"}

        assert shared.http.get("/v1/documents", params=now).json() == {"documents": []}
        assert shared.http.get("/v1/series", params=now).json() == {"series": []}

    def test_window_may_lie_in_the_future(self, running: Running) -> None:
        values = [{"series": "oil", "valid_from": START + DAY, "value": "84"}]
        running.client.push_observations(values, series=[{"key": "oil", "title": "Oil"}])

        found = running.client.observations("oil", start=START + DAY, end=START + DAY * 2)

        assert [str(each.value) for each in found.observations] == ["84"]

    def test_clock_that_stepped_back_hides_nothing_that_is_stored(
        self, running: Running, clock: FakeClock
    ) -> None:
        running.push(document("a", "Oil"))
        clock.now = START - DAY

        assert [each.key for each in running.client.documents()] == ["a"]
        assert [each.key for each in running.client.documents(known_at=START)] == ["a"]


class TestPosts:
    @pytest.mark.parametrize("path", ["/v1/search", "/v1/augment"])
    @pytest.mark.parametrize(
        "field", ["as_of", "known_at", "published_after", "published_before", "start_date"]
    )
    def test_senseless_instant_is_named(self, shared: Running, path: str, field: str) -> None:
        times = [time for time in SENSELESS if field != "start_date" or time != "2026-02-01"]

        refused = {
            time: fields_of(shared.post(path, {"query": "oil", field: time})) for time in times
        }

        assert refused == {time: [field] for time in times}

    @pytest.mark.parametrize("path", ["/v1/search", "/v1/augment"])
    @pytest.mark.parametrize("field", ["max_age", "refresh_within"])
    def test_senseless_duration_is_named(self, shared: Running, path: str, field: str) -> None:
        question = {"query": "oil", "require_fresh": True}

        refused = [fields_of(shared.post(path, question | {field: each})) for each in NO_DURATION]

        assert refused == [[field]] * len(NO_DURATION)

    @pytest.mark.parametrize("path", ["/v1/search", "/v1/augment"])
    @pytest.mark.parametrize(
        ("field", "more"),
        [
            ("refresh_within", {"refresh_within": "5s"}),
            ("refresh_within", {"refresh_within": "5s", "require_fresh": False}),
            ("refresh_within", {"refresh_within": "61s", "require_fresh": True}),
            ("require_fresh", {"require_fresh": True, "as_of": START.isoformat()}),
            ("require_fresh", {"require_fresh": True, "known_at": START.isoformat()}),
            ("require_fresh", {"require_fresh": "perhaps"}),
            ("include_history", {"include_history": 7}),
        ],
    )
    def test_freshness_that_cannot_be_had_is_named(
        self, shared: Running, path: str, field: str, more: dict[str, object]
    ) -> None:
        assert fields_of(shared.post(path, {"query": "oil"} | more)) == [field]

    @pytest.mark.parametrize("zone", ["Mars/Olympus", "", "UTC+1", "../UTC", "Europe"])
    def test_unknown_zone_is_named(self, shared: Running, zone: str) -> None:
        series = [{"key": "oil", "title": "Oil", "zone": zone}]

        prompt = shared.post("/v1/augment", {"query": "oil", "timezone": zone})
        pushed = shared.post("/v1/observations", {"series": series, "observations": []})

        assert fields_of(prompt) == ["timezone"]
        assert fields_of(pushed) == ["series.0.zone"]

    @pytest.mark.parametrize("field", ["ttl", "warn_after", "error_after", "jitter", "half_life"])
    def test_senseless_duration_of_a_source_is_named(self, shared: Running, field: str) -> None:
        body = {"name": "bad", "kind": "push"}

        refused = [
            fields_of(shared.post("/v1/sources", body | {field: each})) for each in NO_DURATION
        ]

        assert refused == [[field]] * len(NO_DURATION)
        assert shared.http.get("/v1/sources").json() == {"sources": []}

    @pytest.mark.parametrize("field", ["ttl", "warn_after", "error_after", "half_life"])
    def test_senseless_duration_changes_no_source(self, running: Running, field: str) -> None:
        before = running.client.add_source("desk", "push", ttl="1h", error_after="1d")

        refused = [
            fields_of(running.http.patch("/v1/sources/desk", json={field: each}))
            for each in NO_DURATION
        ]

        assert refused == [[field]] * len(NO_DURATION)
        assert running.client.source("desk") == before


class TestLeapSecond:
    def test_it_is_read_as_the_last_moment_before_midnight(self, running: Running) -> None:
        running.push(
            document("leap", "Oil", published_at=LEAP),
            document("offset", "Oil too", published_at="2017-01-01T05:29:60.5+05:30"),
            document("lower", "Oil as well", published_at="2016-12-31t23:59:60z"),
        )

        found = {each.key: each.published_at for each in running.client.documents()}

        before = MIDNIGHT - timedelta(microseconds=1)
        assert found == {"leap": before, "offset": before, "lower": before}

    def test_it_comes_after_second_59_and_before_midnight(self, running: Running) -> None:
        times = {
            "59": "2016-12-31T23:59:59Z",
            "60": LEAP,
            "00": "2017-01-01T00:00:00Z",
        }
        running.client.push_observations(
            [{"series": "oil", "valid_from": at, "value": name} for name, at in times.items()],
            series=[{"key": "oil", "title": "Oil"}],
        )

        def amounts(**window: str) -> list[str]:
            found = running.client.observations("oil", **window).observations  # type: ignore[arg-type]
            return [str(each.value) for each in found]

        assert amounts() == ["0", "60", "59"]
        assert amounts(start=LEAP) == ["0", "60"]
        assert amounts(end=LEAP) == ["59"]
        assert amounts(end="2017-01-01T00:00:00Z") == ["60", "59"]

    def test_question_may_be_asked_as_of_it(self, running: Running) -> None:
        seq = running.push(
            document("old", "Oil then", valid_from=LEAP, valid_until=MIDNIGHT),
            document("new", "Oil now", valid_from=MIDNIGHT),
        )

        assert running.titles("oil", as_of=LEAP, min_seq=seq) == ["old"]
        assert running.titles("oil", as_of="2016-12-31T23:59:59Z") == []
        assert running.titles("oil", as_of=MIDNIGHT) == ["new"]
        assert [each.key for each in running.client.documents(as_of=LEAP)] == ["old"]
