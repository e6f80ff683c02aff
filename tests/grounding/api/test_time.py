"""What the read routes answer at any instant, on both databases; nothing of it looks ahead."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from grounding import NotFound
from indexer.decide import document_uid
from tests.fakes import START, FakeClock
from tests.grounding.api.problem import fields_of, problem_of
from tests.grounding.serving import DAY, HOUR, Plan, Running, document, serving

TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
NOW = START + HOUR * 4
ALERT_ENDS = START + MINUTE * 90
FIRST, SECOND, THIRD = (START + HOUR * hour - MINUTE for hour in range(3))
"""When the price was told; the documents came a minute later each time."""
PLAN, ALERT, LATER = (document_uid("push", key) for key in ("plan", "alert", "later"))
BRENT = {"key": "brent", "title": "Brent", "unit": "barrel", "currency": "USD"}


def value(day: float, amount: str, **more: object) -> dict[str, object]:
    return {"series": "brent", "valid_from": START - DAY * day, "value": amount, **more}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, module_url: str | None) -> Iterator[Running]:
    """A service that was told of a plan, an alert and a price, and told otherwise hours later."""
    clock = FakeClock()
    plan = Plan(tmp_path_factory.mktemp("told"), clock=clock, database_url=module_url)
    with serving(plan) as one:
        fill(one, clock)
        yield one


def fill(one: Running, clock: FakeClock) -> None:
    clock.now = FIRST
    one.client.push_observations([value(2, "80"), value(1, "81")], series=[BRENT])
    clock.now = START
    opens_in_may = bridge("The bridge opens in May.", url="https://example.org/1")
    storm = document("alert", "Storm", valid_from=START - DAY, valid_until=ALERT_ENDS)
    one.push(opens_in_may, storm)
    clock.now = START + MINUTE * 30
    one.push(opens_in_may)  # says it again
    clock.now = SECOND
    renamed = BRENT | {"title": "Brent crude", "venue": "ICE", "aliases": ["BRN"]}
    one.client.push_observations([value(1, "82")], series=[renamed])
    clock.now = START + HOUR
    one.push(bridge("The bridge opens in June.", url="https://example.org/2"))
    clock.now = THIRD
    late = value(3, "79", published_at=START - DAY / 2)
    one.client.push_observations([value(0, "90"), value(2, "80.5"), late])
    clock.now = START + HOUR * 2
    one.push(removed=["plan"])
    clock.now = START + HOUR * 3
    one.push(document("later", "It rained.", published_at=START - DAY * 2))
    one.push(document("note", "A note."), source="desk")
    clock.now = NOW


def bridge(text: str, **more: object) -> dict[str, object]:
    return document("plan", text, published_at=START - HOUR, **more)


def listed(told: Running, **params: object) -> list[tuple[str, int, str]]:
    found = told.client.documents(source="push", **params)  # type: ignore[arg-type]
    return [(str(each.key), each.version, each.state) for each in found]


class TestDocuments:
    def test_present_has_what_is_current_now(self, told: Running) -> None:
        assert listed(told) == [("later", 1, "current")]
        assert [each.key for each in told.client.documents()] == ["note", "later"]

    @pytest.mark.parametrize(
        ("as_of", "known_at", "seen"),
        [
            (START, START - TICK, []),
            (START, START, [("alert", 1, "current"), ("plan", 1, "current")]),
            (NOW, START, [("plan", 1, "current")]),
            (START + HOUR, START + HOUR - TICK, [("alert", 1, "current"), ("plan", 1, "current")]),
            (START + HOUR, START + HOUR, [("plan", 2, "current"), ("alert", 1, "current")]),
            (START + HOUR, START + HOUR * 2, [("alert", 1, "current")]),
            (ALERT_ENDS - TICK, NOW, [("later", 1, "current"), ("alert", 1, "current")]),
            (ALERT_ENDS, NOW, [("later", 1, "current")]),
            (START - DAY, NOW, [("later", 1, "current"), ("alert", 1, "current")]),
            (START - DAY - TICK, NOW, [("later", 1, "current")]),
            (START - DAY * 2 - TICK, NOW, []),
        ],
    )
    def test_listing_is_of_the_instants_asked_for(
        self, told: Running, as_of: datetime, known_at: datetime, seen: list[tuple[str, int, str]]
    ) -> None:
        assert listed(told, as_of=as_of, known_at=known_at) == seen

    def test_history_lists_every_version_with_its_state(self, told: Running) -> None:
        assert listed(told, include_history=True) == [
            ("later", 1, "current"),
            ("plan", 2, "removed"),
            ("alert", 1, "expired"),
            ("plan", 1, "superseded"),
        ]

    def test_history_of_the_past_does_not_tell_how_it_went_on(self, told: Running) -> None:
        past = told.client.documents(
            as_of=START + HOUR, known_at=START + HOUR, include_history=True, source="push"
        )

        assert [(each.key, each.version, each.state, each.superseded_at) for each in past] == [
            ("plan", 2, "current", None),
            ("alert", 1, "current", None),
            ("plan", 1, "superseded", START + HOUR),
        ]


class TestOneDocument:
    @pytest.mark.parametrize(
        ("known_at", "version"),
        [(START, 1), (START + HOUR - TICK, 1), (START + HOUR, 2), (START + HOUR * 2 - TICK, 2)],
    )
    def test_version_is_the_one_held_then_and_held_to_be_current(
        self, told: Running, known_at: datetime, version: int
    ) -> None:
        found = told.client.document(PLAN, known_at=known_at)

        assert (found.version, found.state, found.superseded_at) == (version, "current", None)

    @pytest.mark.parametrize(
        ("uid", "at"),
        [
            (PLAN, {"known_at": START - TICK}),
            (PLAN, {"known_at": START + HOUR * 2}),
            (PLAN, {"as_of": START - HOUR - TICK, "known_at": START}),
            (ALERT, {"as_of": ALERT_ENDS}),
            (ALERT, {"as_of": START - DAY - TICK}),
            (LATER, {"known_at": START + HOUR * 3 - TICK}),
        ],
    )
    def test_document_that_is_not_seen_then_is_not_found(
        self, told: Running, uid: str, at: dict[str, Any]
    ) -> None:
        with pytest.raises(NotFound, match="no version that is seen at these instants"):
            told.client.document(uid, **at)

    def test_validity_ends_to_the_microsecond(self, told: Running) -> None:
        last = told.client.document(ALERT, as_of=ALERT_ENDS - TICK)

        assert (last.state, last.valid_until) == ("current", ALERT_ENDS)
        assert told.client.document(ALERT).state == "expired"

    def test_without_instants_it_is_the_newest_version_even_if_removed(self, told: Running) -> None:
        newest, first = told.client.document(PLAN), told.client.document(PLAN, version=1)

        assert (newest.version, newest.state, newest.superseded_at) == (
            2,
            "removed",
            START + HOUR * 2,
        )
        assert (first.version, first.state, first.superseded_at) == (1, "superseded", START + HOUR)

    @pytest.mark.parametrize("name", ["as_of", "known_at"])
    def test_version_and_instant_exclude_each_other(self, told: Running, name: str) -> None:
        params: dict[str, str | int] = {"version": 1, name: START.isoformat()}

        assert fields_of(told.http.get(f"/v1/documents/{PLAN}", params=params)) == ["version"]

    def test_instant_may_have_any_offset(self, told: Running) -> None:
        found = told.client.document(PLAN, known_at="2026-03-01T18:30:00+05:30")

        assert found.version == 2


class TestVersions:
    def test_versions_tell_what_each_changed(self, told: Running) -> None:
        second, first = told.client.versions(PLAN)

        assert (first.changes, first.diff) == ((), None)
        assert [(each.field, each.before, each.after) for each in second.changes] == [
            ("url", "https://example.org/1", "https://example.org/2")
        ]
        assert second.diff is not None
        assert "-The bridge opens in May." in second.diff.splitlines()
        assert "+The bridge opens in June." in second.diff.splitlines()

    def test_change_is_told_also_where_the_version_before_is_beyond_the_limit(
        self, told: Running
    ) -> None:
        (newest,) = told.client.versions(PLAN, limit=1)

        assert (newest.version, bool(newest.diff), len(newest.changes)) == (2, True, 1)

    @pytest.mark.parametrize(
        ("known_at", "seen"),
        [
            (START, [(1, "current", None, START)]),
            (START + MINUTE * 30, [(1, "current", None, START + MINUTE * 30)]),
            (
                START + HOUR,
                [
                    (2, "current", None, START + HOUR),
                    (1, "superseded", START + HOUR, START + MINUTE * 30),
                ],
            ),
            (
                NOW,
                [
                    (2, "removed", START + HOUR * 2, START + HOUR),
                    (1, "superseded", START + HOUR, START + MINUTE * 30),
                ],
            ),
        ],
    )
    def test_nothing_is_told_that_came_later(
        self, told: Running, known_at: datetime, seen: list[tuple[object, ...]]
    ) -> None:
        found = told.client.versions(PLAN, known_at=known_at)

        assert [(v.version, v.state, v.superseded_at, v.checked_at) for v in found] == seen

    def test_document_received_later_is_not_found(self, told: Running) -> None:
        with pytest.raises(NotFound):
            told.client.versions(LATER, known_at=START + HOUR)


class TestSeries:
    @pytest.mark.parametrize(
        ("at", "title", "aliases", "amount", "before"),
        [
            ({}, "Brent crude", ("BRN",), "90", "82"),
            ({"known_at": FIRST}, "Brent", (), "81", "80"),
            ({"known_at": SECOND - TICK}, "Brent", (), "81", "80"),
            ({"known_at": SECOND}, "Brent crude", ("BRN",), "82", "80"),
            ({"as_of": START - DAY}, "Brent crude", ("BRN",), "82", "80.5"),
            ({"as_of": START - DAY - TICK}, "Brent crude", ("BRN",), "80.5", None),
            ({"as_of": START - DAY, "known_at": FIRST}, "Brent", (), "81", "80"),
        ],
    )
    def test_listing_shows_name_and_value_as_they_were(
        self,
        told: Running,
        at: dict[str, Any],
        title: str,
        aliases: tuple[str, ...],
        amount: str,
        before: str | None,
    ) -> None:
        (one,) = told.client.series(**at)

        assert (one.title, one.aliases) == (title, aliases)
        assert one.value is not None
        previous = one.value.previous
        assert str(one.value.value) == amount
        assert (None if previous is None else str(previous.value)) == before

    def test_series_declared_later_is_not_listed(self, told: Running) -> None:
        assert told.client.series(known_at=FIRST - TICK) == ()

    def test_series_without_a_value_then_is_listed_without_one(self, told: Running) -> None:
        (one,) = told.client.series(as_of=START - DAY * 4)

        assert (one.key, one.value) == ("brent", None)

    def test_source_and_limit_narrow_the_listing(self, told: Running) -> None:
        assert told.client.series(source="push") == ()
        assert len(told.client.series(source="push-series", limit=1)) == 1


class TestObservations:
    def amounts(self, told: Running, **options: Any) -> list[str]:
        return [
            str(each.value) for each in told.client.observations("brent", **options).observations
        ]

    def test_values_are_the_latest_revisions_newest_first(self, told: Running) -> None:
        assert self.amounts(told) == ["90", "82", "80.5", "79"]

    @pytest.mark.parametrize(
        ("window", "seen"),
        [
            ({"start": START - DAY * 2}, ["90", "82", "80.5"]),
            ({"start": START - DAY * 2 + TICK}, ["90", "82"]),
            ({"end": START - DAY}, ["80.5", "79"]),
            ({"end": START - DAY + TICK}, ["82", "80.5", "79"]),
            ({"start": START - DAY * 2, "end": START}, ["82", "80.5"]),
            ({"start": START - DAY * 2, "limit": 1}, ["90"]),
            ({"end": START - DAY * 9}, []),
        ],
    )
    def test_window_includes_its_start_and_not_its_end(
        self, told: Running, window: dict[str, Any], seen: list[str]
    ) -> None:
        assert self.amounts(told, **window) == seen

    @pytest.mark.parametrize(
        ("known_at", "seen"),
        [
            (FIRST, ["81", "80"]),
            (SECOND, ["82", "80"]),
            (THIRD - TICK, ["82", "80"]),
            (THIRD, ["90", "82", "80.5", "79"]),
        ],
    )
    def test_value_revised_later_is_shown_as_it_was(
        self, told: Running, known_at: datetime, seen: list[str]
    ) -> None:
        assert self.amounts(told, known_at=known_at) == seen

    def test_value_published_later_is_not_shown(self, told: Running) -> None:
        assert "79" not in self.amounts(told, as_of=START - DAY / 2 - TICK)
        assert "79" in self.amounts(told, as_of=START - DAY / 2)

    def test_value_that_has_not_begun_is_shown_only_without_as_of(self, told: Running) -> None:
        assert self.amounts(told, as_of=START - TICK) == ["82", "80.5", "79"]
        assert self.amounts(told, as_of=START) == ["90", "82", "80.5", "79"]
        assert self.amounts(told, known_at=THIRD, end=START + TICK)[0] == "90"

    def test_history_has_every_revision_received_by_then(self, told: Running) -> None:
        def revisions(known_at: datetime) -> list[tuple[str, datetime | None]]:
            found = told.client.observations("brent", known_at=known_at, include_history=True)
            return [(str(each.value), each.superseded_at) for each in found.observations]

        assert revisions(FIRST) == [("81", None), ("80", None)]
        assert revisions(SECOND) == [("82", None), ("81", SECOND), ("80", None)]
        assert revisions(NOW) == [
            ("90", None),
            ("82", None),
            ("81", SECOND),
            ("80.5", None),
            ("80", THIRD),
            ("79", None),
        ]

    def test_description_is_the_one_of_then(self, told: Running) -> None:
        then, now = (told.client.observations("brent", known_at=at) for at in (FIRST, NOW))

        assert (then.title, now.title) == ("Brent", "Brent crude")
        assert (now.source, now.series, now.unit, now.currency) == (
            "push-series",
            "brent",
            "barrel",
            "USD",
        )

    def test_empty_window_is_refused(self, told: Running) -> None:
        for end in (START, START - DAY):
            params = {"start": START.isoformat(), "end": end.isoformat()}

            reply = told.http.get("/v1/series/brent/observations", params=params)

            assert fields_of(reply) == ["end"]

    def test_series_declared_later_is_unknown(self, told: Running) -> None:
        reply = told.http.get(
            "/v1/series/brent/observations", params={"known_at": (FIRST - TICK).isoformat()}
        )

        assert fields_of(reply) == ["key"]


def test_key_that_several_sources_have_needs_the_source(running: Running) -> None:
    for source in ("ice", "eia"):
        running.client.push_observations([value(1, "81")], series=[BRENT], source=source)

    reply = running.http.get("/v1/series/brent/observations")

    assert fields_of(reply) == ["source"]
    assert "eia, ice" in problem_of(reply, 422)["detail"]
    assert running.client.observations("brent", source="ice").source == "ice"


def test_series_of_a_removed_source_is_seen_in_the_past_only(
    running: Running, clock: FakeClock
) -> None:
    running.client.push_observations([value(1, "81")], series=[BRENT])
    clock.advance(HOUR)
    running.client.remove_source("push-series")

    assert running.client.series() == ()
    assert [each.key for each in running.client.series(known_at=START)] == ["brent"]
    assert len(running.client.observations("brent", known_at=START).observations) == 1
    assert fields_of(running.http.get("/v1/series/brent/observations")) == ["key"]
