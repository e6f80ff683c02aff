import pytest

from tests.fakes import START, FakeClock
from tests.grounding.cli.command import Command
from tests.grounding.serving import DAY, HOUR, Running

GOLD = {"key": "gold/spot", "title": "Gold [/x]\x1b[31m", "unit": "ounce"}


@pytest.fixture
def priced(running: Running, clock: FakeClock) -> Running:
    """A service that was told of a price, and an hour later that it was another one."""

    def push(amount: str) -> None:
        values = [
            {"series": "gold/spot", "valid_from": START - DAY * 2, "value": "1990.50"},
            {"series": "gold/spot", "valid_from": START - DAY, "value": amount},
        ]
        running.client.push_observations(values, series=[GOLD])

    push("2000.10")
    clock.advance(HOUR)
    push("2001.00")
    running.client.add_source("push", "push")  # another one, without series
    return running


class TestList:
    def test_table_shows_each_series_with_its_value(self, priced: Running, remote: Command) -> None:
        done = remote("series", "list")

        assert (done.code, done.err) == (0, "")
        for words in ("push-series", "gold/spot", "Gold [/x]", "2001.00", "ounce"):
            assert words in done.out
        assert "\x1b" not in done.out

    def test_value_is_the_one_of_the_instants_asked_for(
        self, priced: Running, remote: Command
    ) -> None:
        def values(*options: str) -> list[str]:
            listed = remote("series", "list", "--json", *options).json
            return [each["value"] and each["value"]["value"] for each in listed]

        assert values() == ["2001.00"]
        assert values("--known-at", "2026-03-01T12:00:00Z") == ["2000.10"]
        assert values("--as-of", "2026-02-28T00:00:00Z") == ["1990.50"]
        assert values("--as-of", "2026-02-01T00:00:00Z") == [None]
        assert values("--known-at", "2026-03-01T11:59:59Z") == []
        assert values("--source", "push") == []

    def test_series_without_a_value_is_listed(self, priced: Running, remote: Command) -> None:
        assert "none" in remote("series", "list", "--as-of", "2026-02-01T00:00:00Z").out

    def test_limit_is_passed_on(self, priced: Running, remote: Command) -> None:
        done = remote("series", "list", "-n", "0")

        assert done.code == 5
        assert "limit" in done.sentence


class TestValues:
    def test_table_shows_values_newest_first_under_the_title(
        self, priced: Running, remote: Command
    ) -> None:
        done = remote("series", "values", "gold/spot")

        assert (done.code, done.err) == (0, "")
        assert "Gold [/x]" in done.out
        assert "(ounce)" in done.out
        assert done.out.index("2001.00") < done.out.index("1990.50")
        assert "\x1b" not in done.out

    def test_options_reach_the_service(self, priced: Running, remote: Command) -> None:
        def values(*options: str) -> list[str]:
            found = remote("series", "values", "gold/spot", "--json", *options).json
            return [each["value"] for each in found["observations"]]

        assert values() == ["2001.00", "1990.50"]
        assert values("--known-at", "2026-03-01T12:59:59Z") == ["2000.10", "1990.50"]
        assert values("--include-history") == ["2001.00", "2000.10", "1990.50"]
        assert values("--start", "2026-02-28T12:00:00Z") == ["2001.00"]
        assert values("--end", "2026-02-28T12:00:00Z") == ["1990.50"]
        assert values("--source", "push-series", "-n", "1") == ["2001.00"]

    def test_revision_is_shown_with_when_it_ended(self, priced: Running, remote: Command) -> None:
        done = remote("series", "values", "gold/spot", "--include-history")

        (revised,) = [line for line in done.out.splitlines() if "2000.10" in line]
        assert "2026-03-01 13:00:00" in revised

    @pytest.mark.parametrize(
        ("arguments", "word"),
        [
            (("silver",), "silver"),
            (("gold/spot", "--source", "push"), "gold/spot"),
            (
                ("gold/spot", "--start", "2026-03-01T00:00:00Z", "--end", "2026-02-01T00:00:00Z"),
                "is not after",
            ),
            (("gold/spot", "--known-at", "2026-03-02T00:00:00Z"), "in the future"),
        ],
    )
    def test_refusal_ends_with_5_and_its_reason(
        self, priced: Running, remote: Command, arguments: tuple[str, ...], word: str
    ) -> None:
        done = remote("series", "values", *arguments)

        assert done.code == 5
        assert word in done.sentence

    @pytest.mark.parametrize("option", ["--start", "--end", "--as-of", "--known-at"])
    def test_naive_time_is_wrong_usage(self, command: Command, option: str) -> None:
        done = command(
            "--url", "http://127.0.0.1:9", "series", "values", "x", option, "2026-01-01T00:00:00"
        )

        assert done.code == 2
        assert option in done.err
