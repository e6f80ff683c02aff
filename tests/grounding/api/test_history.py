"""What no longer holds: shown when it is asked for, as such, and never without being asked for."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from indexer.decide import document_uid
from tests.fakes import START, FakeClock
from tests.grounding.api.problem import fields_of
from tests.grounding.serving import DAY, HOUR, Running, document

TICK = timedelta(microseconds=1)
MAYOR = document_uid("push", "mayor")
DAYS = ("Monday: rain.", "Tuesday: sun.", "Wednesday: wind.")
FORECAST = "\n\n".join(DAYS)


@pytest.fixture
def changed(running: Running, clock: FakeClock) -> Running:
    """A service that was told of a mayor three times, the last time that there is none."""
    running.push(
        document("mayor", "The mayor is Ann."),
        document("fair", "The mayor opens the fair.", valid_until=START + HOUR * 3),
    )
    clock.advance(HOUR)
    running.push(document("mayor", "The mayor is Bob."))
    clock.advance(HOUR)
    running.push(document("cat", "The mayor has a cat."))
    clock.advance(HOUR)
    seq = running.push(removed=["cat"])
    running.titles("mayor", min_seq=seq)
    return running


def states(running: Running, **options: Any) -> dict[str, str]:
    found = running.client.search("mayor", include_history=True, **options).results
    return {each.text: each.state for each in found}


class TestHistory:
    def test_search_without_it_finds_what_holds_only(self, changed: Running) -> None:
        (found,) = changed.client.search("mayor").results

        assert (found.text, found.state, found.superseded_at) == (
            "The mayor is Bob.",
            "current",
            None,
        )

    def test_search_with_it_says_how_each_stands(self, changed: Running) -> None:
        found = {
            each.text: (each.state, each.superseded_at)
            for each in changed.client.search("mayor", include_history=True).results
        }

        assert found == {
            "The mayor is Bob.": ("current", None),
            "The mayor is Ann.": ("superseded", START + HOUR),
            "The mayor has a cat.": ("removed", START + HOUR * 3),
            "The mayor opens the fair.": ("expired", None),
        }

    def test_history_of_the_past_does_not_look_ahead(self, changed: Running) -> None:
        at = START + HOUR * 2

        assert states(changed, as_of=at, known_at=at) == {
            "The mayor is Bob.": "current",
            "The mayor is Ann.": "superseded",
            "The mayor has a cat.": "current",
            "The mayor opens the fair.": "current",
        }
        assert states(changed, as_of=START, known_at=START) == {
            "The mayor is Ann.": "current",
            "The mayor opens the fair.": "current",
        }

    def test_evidence_of_the_past_does_not_tell_when_it_ended(self, changed: Running) -> None:
        (found,) = changed.client.search("Ann", known_at=START, as_of=START, max_results=1).results

        assert (found.state, found.superseded_at, found.checked_at) == ("current", None, START)

    def test_prompt_without_it_never_shows_what_was_superseded(self, changed: Running) -> None:
        made = changed.client.augment("Who is the mayor?")

        assert [each.text for each in made.evidence] == ["The mayor is Bob."]
        assert "Ann" not in made.text
        assert "history:" not in made.text

    def test_prompt_with_it_marks_what_no_longer_holds(self, changed: Running) -> None:
        made = changed.client.augment("Who is the mayor?", include_history=True)

        lines = made.text.splitlines()
        facts = {text: line for line, text in pairwise(lines) if text.startswith("> ")}
        assert "history: superseded 2026-03-01T13:00Z" in facts["> The mayor is Ann."]
        assert "history: removed 2026-03-01T15:00Z" in facts["> The mayor has a cat."]
        assert facts["> The mayor opens the fair."].endswith("history: expired")
        assert "history:" not in facts["> The mayor is Bob."]
        assert {each.state for each in made.evidence} == {
            "current",
            "superseded",
            "removed",
            "expired",
        }

    def test_receipt_says_that_history_was_shown(self, changed: Running) -> None:
        made = changed.client.augment("Who is the mayor?", include_history=True, max_items=2)

        receipt: Any = changed.client.receipt(made.receipt_id)

        assert receipt["options"]["include_history"] is True
        assert [each["state"] for each in receipt["evidence"]] == [
            each.state for each in made.evidence
        ]

    def test_text_that_came_back_is_shown_once_as_current(
        self, changed: Running, clock: FakeClock
    ) -> None:
        clock.advance(HOUR)
        seq = changed.push(document("mayor", "The mayor is Ann."))

        found = states(changed, min_seq=seq)

        assert found["The mayor is Ann."] == "current"
        assert found["The mayor is Bob."] == "superseded"

    def test_value_of_the_past_needs_no_history(self, running: Running, clock: FakeClock) -> None:
        value = {"series": "gold", "valid_from": START - DAY, "value": "1"}
        running.client.push_observations([value], series=[{"key": "gold", "title": "Gold"}])
        clock.advance(HOUR)
        seq = running.client.push_observations([value | {"value": "2"}]).seq

        found = running.client.search("gold", include_history=True, min_seq=seq).results

        assert [
            (str(each.observation and each.observation.value), each.state) for each in found
        ] == [("2", "current")]


def spans_of_days(first: datetime) -> list[dict[str, object]]:
    spans: list[dict[str, object]] = []
    for number, day in enumerate(DAYS):
        start = FORECAST.index(day)
        begins = first + DAY * number
        spans.append(
            {
                "start": start,
                "end": start + len(day),
                "valid_from": begins,
                "valid_until": begins + DAY,
            }
        )
    return spans


class TestSpans:
    def test_each_period_of_a_forecast_holds_for_itself_to_the_microsecond(
        self, running: Running
    ) -> None:
        first = START - DAY * 3
        seq = running.push(document("forecast", FORECAST, spans=spans_of_days(first)))

        def seen(as_of: datetime) -> list[str]:
            found = running.client.search("rain sun wind", as_of=as_of, min_seq=seq).results
            return [each.text for each in found]

        assert seen(first - TICK) == []
        assert [seen(first + DAY * number) for number in range(4)] == [
            [DAYS[0]],
            [DAYS[1]],
            [DAYS[2]],
            [],
        ]
        assert [seen(first + DAY * number - TICK) for number in (1, 2, 3)] == [
            [day] for day in DAYS
        ]

    def test_period_expires_when_its_last_second_is_over(
        self, running: Running, clock: FakeClock
    ) -> None:
        seq = running.push(document("forecast", FORECAST, spans=spans_of_days(START)))
        running.titles("rain", min_seq=seq)

        clock.now = START + DAY - timedelta(seconds=1)
        last = running.client.search("Monday rain").results
        clock.now = START + DAY
        after = running.client.search("Monday rain").results

        assert [(each.text, each.valid_from, each.valid_until) for each in last] == [
            (DAYS[0], START, START + DAY)
        ]
        assert [each.text for each in after] == [DAYS[1]]

    def test_expired_period_is_history_of_a_current_document(
        self, running: Running, clock: FakeClock
    ) -> None:
        seq = running.push(document("forecast", FORECAST, spans=spans_of_days(START)))
        clock.advance(DAY)

        found = running.client.search("rain sun", include_history=True, min_seq=seq).results

        assert {each.text: each.state for each in found} == {
            DAYS[0]: "expired",
            DAYS[1]: "current",
        }
        (stored,) = running.client.documents()
        assert (stored.state, stored.text) == ("current", FORECAST)

    def test_text_outside_every_span_holds_as_the_document_does(self, running: Running) -> None:
        text = "Weather for Bern, by Ann.\n\nMonday: rain."
        start = text.index("Monday")
        span = {"start": start, "end": len(text), "valid_until": START - HOUR}

        seq = running.push(document("forecast", text, spans=[span], valid_from=START - DAY))

        found = running.client.search("weather Bern Monday rain", min_seq=seq).results
        before = running.client.search("Monday rain", as_of=START - HOUR - TICK).results
        assert [each.text for each in found] == ["Weather for Bern, by Ann."]
        assert {each.text for each in before} == {"Weather for Bern, by Ann.", "Monday: rain."}

    def test_changed_times_alone_make_a_new_version(
        self, running: Running, clock: FakeClock
    ) -> None:
        running.push(document("forecast", FORECAST, spans=spans_of_days(START)))

        pushed = running.client.push_documents(
            [document("forecast", FORECAST, spans=spans_of_days(START + DAY))]
        )

        assert (pushed.changed, pushed.unchanged) == (1, 0)

    @pytest.mark.parametrize(
        "spans",
        [
            [{"start": 5, "end": 5}],
            [{"start": 5, "end": 4}],
            [{"start": 0, "end": 10_000}],
            [{"start": 0, "end": 5}, {"start": 4, "end": 8}],
            [{"start": 6, "end": 8}, {"start": 0, "end": 5}],
        ],
    )
    def test_spans_that_cannot_be_placed_fail_their_document_alone(
        self, running: Running, spans: list[dict[str, object]]
    ) -> None:
        pushed = running.client.push_documents(
            [document("bad", FORECAST, spans=spans), document("good", FORECAST)]
        )

        assert (pushed.new, [each.key for each in pushed.failures]) == (1, ["bad"])
        assert "spans must be in order" in pushed.failures[0].reason

    @pytest.mark.parametrize(
        ("field", "more"),
        [
            ("start", {"start": -1}),
            ("end", {"end": 0}),
            ("valid_from", {"valid_from": "2026-01-01T00:00:00"}),
            ("valid_until", {"valid_until": 1_800_000_000}),
            ("until", {"until": "2026-01-01T00:00:00Z"}),
        ],
    )
    def test_wrong_field_of_a_span_is_named(
        self, shared: Running, field: str, more: dict[str, object]
    ) -> None:
        span = {"start": 0, "end": 3} | more
        body = {"documents": [{"key": "a", "text": "abc", "spans": [span]}]}

        assert fields_of(shared.post("/v1/documents", body)) == [f"documents.0.spans.0.{field}"]


class TestTtl:
    def test_pushed_documents_expire_with_the_ttl_of_their_source(
        self, running: Running, clock: FakeClock
    ) -> None:
        added = running.client.add_source("alerts", "push", ttl="1h")
        own = document("own", "Storm until noon", valid_until=START + DAY)

        seq = running.push(document("undated", "Storm"), own, source="alerts")

        assert added.ttl_seconds == HOUR.total_seconds()
        clock.now = START + HOUR - TICK
        assert set(running.titles("storm", min_seq=seq)) == {"undated", "own"}
        clock.now = START + HOUR
        assert running.titles("storm") == ["own"]

    def test_ttl_counts_from_publication(self, running: Running) -> None:
        running.client.add_source("alerts", "push", ttl="1h")
        dated = document("dated", "Storm", published_at=START - HOUR / 2)

        running.push(dated, source="alerts")

        (found,) = running.client.documents()
        assert found.valid_until == START + HOUR / 2

    def test_ttl_given_later_counts_for_what_is_pushed_later(
        self, running: Running, clock: FakeClock
    ) -> None:
        running.push(document("old", "Storm in the north"))
        running.client.update_source("push", ttl="30s")
        running.push(document("new", "Storm in the south"))
        changed = running.client.update_source("push", ttl=None)
        seq = running.push(document("last", "Storm in the east"))
        clock.advance(timedelta(seconds=31))

        assert changed.ttl_seconds is None
        assert set(running.titles("storm", min_seq=seq)) == {"old", "last"}
        assert {each.key: each.valid_until is None for each in running.client.documents()} == {
            "old": True,
            "last": True,
        }

    def test_values_expire_with_the_ttl_of_their_source(
        self, running: Running, clock: FakeClock
    ) -> None:
        running.client.add_source("prices", "push", ttl="15m")
        quarter = timedelta(minutes=15)
        values = [
            {"series": "gold", "valid_from": START - DAY, "value": "1"},
            {"series": "gold", "valid_from": START, "value": "2"},
        ]
        seq = running.client.push_observations(
            values, series=[{"key": "gold", "title": "Gold"}], source="prices"
        ).seq

        def amounts(at: datetime) -> list[str]:
            found = running.client.search("gold", as_of=at, min_seq=seq).results
            return [str(each.observation and each.observation.value) for each in found]

        clock.advance(HOUR)
        assert amounts(START + quarter - TICK) == ["2"]
        assert amounts(START + quarter) == []
        (listed,) = running.client.series()
        assert listed.value is None
        stored = running.client.observations("gold").observations
        assert [each.valid_until for each in stored] == [START + quarter, START - DAY + quarter]

    def test_value_that_expired_uncovers_no_older_one(self, running: Running) -> None:
        values = [
            {"series": "gold", "valid_from": START - DAY * 2, "value": "1"},
            {
                "series": "gold",
                "valid_from": START - DAY,
                "value": "2",
                "valid_until": START - HOUR,
            },
        ]
        seq = running.client.push_observations(
            values, series=[{"key": "gold", "title": "Gold"}]
        ).seq

        assert running.titles("gold", min_seq=seq) == []
