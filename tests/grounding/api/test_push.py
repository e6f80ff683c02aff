from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest

from grounding import InvalidRequest
from indexer.decide import document_uid
from tests.fakes import START, FakeClock
from tests.grounding.api.problem import fields_of, problem_of
from tests.grounding.serving import DAY, HOUR, Running, document

GOLD = {"key": "gold", "title": "Gold spot price", "unit": "per ounce", "currency": "USD"}


def value_of(day: int, value: str, **more: object) -> dict[str, object]:
    return {"series": "gold", "valid_from": START - DAY * day, "value": value, **more}


class TestDocuments:
    def test_pushed_document_is_found_at_its_seq(self, running: Running) -> None:
        pushed = running.client.push_documents([document("opec", "OPEC cuts oil output")])

        found = running.client.search("oil output", min_seq=pushed.seq)

        assert (pushed.new, pushed.changed, pushed.unchanged, pushed.failures) == (1, 0, 0, ())
        assert [each.text for each in found.results] == ["OPEC cuts oil output"]
        assert found.seq >= pushed.seq

    def test_identical_push_is_unchanged_and_adds_no_change(self, running: Running) -> None:
        first = running.client.push_documents([document("opec", "OPEC cuts oil output")])

        second = running.client.push_documents([document("opec", "OPEC cuts oil output")])

        assert (second.new, second.changed, second.unchanged) == (0, 0, 1)
        assert second.seq == first.seq

    def test_changed_document_replaces_the_old_version(
        self, running: Running, clock: FakeClock
    ) -> None:
        running.push(document("opec", "OPEC cuts oil output"))
        clock.advance(HOUR)
        seq = running.push(document("opec", "OPEC raises oil output"))

        now = running.client.search("OPEC oil output", min_seq=seq)
        then = running.client.search("OPEC oil output", known_at=START)

        assert [(each.version, each.text) for each in now.results] == [
            (2, "OPEC raises oil output")
        ]
        assert [(each.version, each.text) for each in then.results] == [(1, "OPEC cuts oil output")]

    def test_removed_key_vanishes_but_was_known_before(
        self, running: Running, clock: FakeClock
    ) -> None:
        running.push(document("opec", "OPEC cuts oil output"), document("cat", "A cat sleeps"))
        clock.advance(HOUR)

        pushed = running.client.push_documents([], removed=["opec", "never-there"])

        assert pushed.removed == 1
        assert running.titles("OPEC oil cat", min_seq=pushed.seq) == ["cat"]
        assert set(running.titles("OPEC oil cat", known_at=START)) == {"opec", "cat"}

    def test_removed_key_may_come_back_as_a_new_version(self, running: Running) -> None:
        running.push(document("opec", "OPEC cuts oil output"))
        running.push(removed=["opec"])

        seq = running.push(document("opec", "OPEC cuts oil output"))

        assert running.ids("oil", min_seq=seq) == [f"{document_uid('push', 'opec')}@2#0"]

    def test_last_of_equal_keys_counts(self, running: Running) -> None:
        pushed = running.client.push_documents(
            [document("opec", "first oil"), document("opec", "last oil")]
        )

        found = running.client.search("oil", min_seq=pushed.seq)

        assert pushed.new == 1
        assert [each.text for each in found.results] == ["last oil"]

    def test_key_that_is_also_removed_stays(self, running: Running) -> None:
        running.push(document("opec", "OPEC cuts oil output"))

        pushed = running.client.push_documents(
            [document("opec", "OPEC raises oil output")], removed=["opec"]
        )

        assert (pushed.changed, pushed.removed) == (1, 0)

    @pytest.mark.parametrize(
        "url", ["javascript:alert(1)", " Java\nScript:alert(1)", "data:text/html,x", "vbscript:x"]
    )
    def test_url_that_is_a_script_is_reported(self, running: Running, url: str) -> None:
        pushed = running.client.push_documents(
            [document("bad", "Click", url=url), document("good", "Read", url="urn:isbn:1")]
        )

        assert pushed.new == 1
        assert [(each.key, each.reason) for each in pushed.failures] == [
            ("bad", "url is a script, not an address")
        ]

    def test_push_of_which_nothing_is_usable_makes_no_source_fresher(
        self, running: Running, clock: FakeClock
    ) -> None:
        running.push(document("opec", "OPEC cuts oil output"))
        clock.advance(HOUR)

        running.client.push_documents([document("bad", "", title="")])

        fresh = running.client.source("push").freshness
        assert fresh is not None
        assert fresh.last_success_at == START

    def test_known_at_before_the_push_hides_it(self, running: Running, clock: FakeClock) -> None:
        clock.advance(HOUR)
        seq = running.push(document("opec", "OPEC oil", published_at=START - DAY))

        assert running.titles("oil", min_seq=seq) == ["opec"]
        assert running.titles("oil", known_at=START) == []

    def test_validity_decides_at_which_instants_it_is_found(
        self, running: Running, clock: FakeClock
    ) -> None:
        begins, ends = START - DAY * 3, START - DAY
        seq = running.push(document("alert", "storm alert", valid_from=begins, valid_until=ends))
        tick = timedelta(microseconds=1)

        found = {
            at: running.titles("storm", as_of=at, min_seq=seq)
            for at in (begins - tick, begins, ends - tick, ends)
        }

        assert list(found.values()) == [[], ["alert"], ["alert"], []]

    def test_forecast_is_not_found_before_it_begins(
        self, running: Running, clock: FakeClock
    ) -> None:
        seq = running.push(document("frost", "frost tomorrow", valid_from=START + DAY))

        assert running.titles("frost", min_seq=seq) == []
        clock.advance(DAY)
        assert running.titles("frost") == ["frost"]

    def test_document_without_text_is_reported_and_the_rest_stored(self, running: Running) -> None:
        pushed = running.client.push_documents(
            [{"key": "empty", "text": " \n"}, document("opec", "OPEC oil")]
        )

        assert pushed.new == 1
        assert [
            (each.key, "neither text nor title" in each.reason) for each in pushed.failures
        ] == [("empty", True)]

    def test_key_kept_for_series_is_reported(self, running: Running) -> None:
        pushed = running.client.push_documents([document("~series/gold", "not a card")])

        assert pushed.new == 0
        assert [each.key for each in pushed.failures] == ["~series/gold"]

    def test_nul_and_lone_surrogates_are_taken_out_of_texts(self, running: Running) -> None:
        body = rb"""{"documents": [{"key": "k\u0000", "text": "oil\u0000 price", "title": "T\u0000",
            "metadata": {"a\u0000": "b\u0000", "s": ["\ud800"]}}]}"""

        reply = running.http.post(
            "/v1/documents", content=body, headers={"Content-Type": "application/json"}
        )

        stored = running.http.get("/v1/documents").json()["documents"][0]
        assert reply.json()["new"] == 1
        assert (stored["key"], stored["text"], stored["title"]) == ("k", "oil price", "T")
        assert stored["metadata"] == {"a": "b", "s": ["?"]}

    def test_metadata_comes_back_as_it_was_sent(self, running: Running) -> None:
        metadata = {
            "n": 10**30,
            "f": 0.1,
            "deep": {"er": [None, True, "ü", {"": []}]},
            "big": 2**63,
        }
        seq = running.push(document("opec", "OPEC oil", metadata=metadata))

        (found,) = running.client.search("oil", min_seq=seq).results

        assert found.metadata == metadata

    def test_push_to_a_source_that_is_read_is_refused(self, running: Running) -> None:
        running.client.add_source("news", "feed", options={"url": "http://127.0.0.1:9/"})

        reply = running.post(
            "/v1/documents", {"source": "news", "documents": [document("a", "text")]}
        )

        assert fields_of(reply) == ["source"]

    def test_push_into_another_collection_is_refused(self, running: Running) -> None:
        running.push(document("a", "text"), source="wiki", collection="docs")

        reply = running.post(
            "/v1/documents",
            {"source": "wiki", "collection": "other", "documents": [document("a", "text")]},
        )

        assert fields_of(reply) == ["collection"]

    def test_first_pushes_at_once_make_one_source(self, running: Running) -> None:
        def push(number: int) -> int:
            name = f"source-{number % 4}"
            return running.client.push_documents(
                [document(f"key-{number}", "text")], source=name
            ).new

        with ThreadPoolExecutor(8) as pool:
            new = list(pool.map(push, range(24)))

        assert new == [1] * 24
        assert len(running.client.sources()) == 4

    def test_push_is_recorded_as_a_run(self, running: Running) -> None:
        running.push(document("opec", "OPEC oil"))

        (run,) = running.client.runs(source="push")

        assert (run.trigger, run.status, run.new) == ("push", "ok", 1)

    def test_source_comes_back_with_its_history_after_it_was_deleted(
        self, running: Running, clock: FakeClock
    ) -> None:
        running.push(document("opec", "OPEC cuts oil"))
        clock.advance(HOUR)
        running.client.remove_source("push")

        seq = running.push(document("opec", "OPEC raises oil"))

        (found,) = running.client.search("oil", min_seq=seq).results
        assert (found.version, found.text) == (2, "OPEC raises oil")


class TestObservations:
    def test_search_returns_the_current_value(self, running: Running) -> None:
        pushed = running.client.push_observations(
            [value_of(2, "80.00"), value_of(1, "84.12")], series=[GOLD]
        )

        (found,) = running.client.search("gold price", min_seq=pushed.seq).results

        assert (pushed.observations_new, pushed.failures) == (2, ())
        assert found.kind == "series"
        assert found.observation is not None
        assert found.observation.value == Decimal("84.12")
        assert found.observation.previous is not None
        assert found.observation.previous.value == Decimal("80.00")
        assert found.observation.change == Decimal("4.12")
        assert found.observation.change_percent == Decimal("5.15")
        assert found.age_seconds == DAY.total_seconds()
        assert found.text == (
            "Gold spot price: 84.12 USD per ounce, valid from 2026-02-28T12:00:00Z "
            "(previous 80.00 at 2026-02-27T12:00:00Z; change +4.12, +5.15 %)"
        )

    def test_value_is_kept_digit_for_digit(self, running: Running) -> None:
        digits = "-0.10000000000000000000000000000000000000"
        running.client.push_observations([value_of(1, digits)], series=[GOLD])

        reply = running.http.get("/v1/series/gold/observations").json()

        assert [each["value"] for each in reply["observations"]] == [digits]

    def test_json_number_is_taken_as_written(self, running: Running) -> None:
        running.post(
            "/v1/observations",
            {
                "series": [GOLD],
                "observations": [
                    {"series": "gold", "valid_from": "2026-01-01T00:00:00Z", "value": 84.12}
                ],
            },
        )

        reply = running.http.get("/v1/series/gold/observations").json()

        assert [each["value"] for each in reply["observations"]] == ["84.12"]

    def test_new_value_needs_no_declaration_and_no_new_card(self, running: Running) -> None:
        running.client.push_observations([value_of(2, "80")], series=[GOLD])
        pushed = running.client.push_observations([value_of(1, "81")])

        (found,) = running.client.search("gold", min_seq=pushed.seq).results

        assert (found.version, found.observation and found.observation.value) == (1, Decimal(81))

    def test_same_value_again_is_unchanged(self, running: Running) -> None:
        first = running.client.push_observations([value_of(1, "84.12")], series=[GOLD])

        second = running.client.push_observations([value_of(1, "84.12")], series=[GOLD])

        assert (second.observations_new, second.observations_changed) == (0, 0)
        assert second.seq == first.seq

    def test_revision_is_seen_now_and_the_first_value_before(
        self, running: Running, clock: FakeClock
    ) -> None:
        running.client.push_observations([value_of(1, "84.12")], series=[GOLD])
        clock.advance(HOUR)
        pushed = running.client.push_observations([value_of(1, "84.20")])

        (now,) = running.client.search("gold", min_seq=pushed.seq).results
        (then,) = running.client.search("gold", known_at=START).results

        assert pushed.observations_changed == 1
        assert now.observation is not None
        assert then.observation is not None
        assert (now.observation.value, then.observation.value) == (
            Decimal("84.20"),
            Decimal("84.12"),
        )

    def test_series_is_seen_as_it_stood_at_as_of(self, running: Running) -> None:
        pushed = running.client.push_observations(
            [value_of(3, "70"), value_of(2, "80"), value_of(1, "90", valid_until=START - HOUR)],
            series=[GOLD],
        )

        def value(days: float) -> list[str]:
            found = running.client.search("gold", as_of=START - DAY * days, min_seq=pushed.seq)
            return [str(each.observation and each.observation.value) for each in found.results]

        assert [value(days) for days in (3.5, 3, 2.5, 1, 0)] == [[], ["70"], ["70"], ["90"], []]

    def test_observation_of_an_undeclared_series_is_reported(self, running: Running) -> None:
        pushed = running.client.push_observations([value_of(1, "84")])

        assert pushed.observations_new == 0
        assert [each.key for each in pushed.failures] == ["gold"]

    def test_documents_and_observations_may_share_a_source(self, running: Running) -> None:
        running.push(document("note", "gold note"), source="desk")
        seq = running.client.push_observations(
            [value_of(1, "84")], series=[GOLD], source="desk"
        ).seq

        found = running.client.search("gold", min_seq=seq).results

        assert {each.kind for each in found} == {"document", "series"}

    def test_naive_time_never_leaves_the_client(self, running: Running) -> None:
        with pytest.raises(ValueError, match="no time zone"):
            running.client.push_observations(
                [value_of(1, "84", valid_until=START.replace(tzinfo=None))]
            )

    def test_refusal_reaches_the_client_with_its_field(self, running: Running) -> None:
        with pytest.raises(InvalidRequest) as refused:
            running.client.push_observations([value_of(1, "many")])

        assert [each.field for each in refused.value.problem.errors] == ["observations.0.value"]

    def test_more_than_allowed_at_once_is_refused(self, running: Running) -> None:
        reply = running.post("/v1/documents", {"documents": [document("a", "x")] * 1_001})

        assert fields_of(reply) == ["documents"]
        problem_of(reply, 422)
