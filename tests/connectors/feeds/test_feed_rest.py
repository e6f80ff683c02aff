from datetime import UTC, datetime, timedelta

import pytest

from connectors.feeds.feed_rest import LONGEST_TTL, FeedRest, rest_seconds, wish_of

SUNDAY_NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = 3600.0


def skip(kind: str, *values: object) -> bytes:
    inner = "".join(f"<{kind}>{value}</{kind}>" for value in values)
    return f"<rss><channel><skip{kind}s>{inner}</skip{kind}s></channel></rss>".encode()


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    return SUNDAY_NOON.replace(hour=hour, minute=minute) + timedelta(days=days)


class TestWish:
    def test_nothing_said_is_no_wish(self) -> None:
        assert wish_of() == FeedRest()
        assert rest_seconds(FeedRest(), SUNDAY_NOON) is None

    @pytest.mark.parametrize(("ttl", "seconds"), [("60", HOUR), (" 15\n", 900.0), ("1", 60.0)])
    def test_ttl_is_minutes(self, ttl: str, seconds: float) -> None:
        assert wish_of(ttl=ttl).seconds == seconds

    @pytest.mark.parametrize("ttl", ["1800", "999999999"])
    def test_long_ttl_is_shortened(self, ttl: str) -> None:
        assert wish_of(ttl=ttl).seconds == LONGEST_TTL.total_seconds()

    @pytest.mark.parametrize("ttl", ["", "0", "-5", "1.5", "soon", "1e3", "9" * 400, "٣"])
    def test_ttl_that_is_no_number_of_minutes_is_no_wish(self, ttl: str) -> None:
        assert wish_of(ttl=ttl) == FeedRest()

    @pytest.mark.parametrize(
        ("period", "frequency", "seconds"),
        [
            ("hourly", "1", HOUR),
            ("Hourly", "4", HOUR / 4),
            ("hourly", "", HOUR),
            ("daily", "24", HOUR),
            ("weekly", "1", LONGEST_TTL.total_seconds()),
            ("", "24", HOUR),
            ("hourly", "often", HOUR),
            ("hourly", "0", HOUR),
        ],
    )
    def test_update_period_is_divided_by_its_frequency(
        self, period: str, frequency: str, seconds: float
    ) -> None:
        assert wish_of(period=period, frequency=frequency).seconds == seconds

    def test_unknown_period_is_no_wish(self) -> None:
        assert wish_of(period="fortnightly", frequency="1") == FeedRest()

    def test_the_longer_of_both_counts(self) -> None:
        assert wish_of(ttl="15", period="hourly").seconds == HOUR

    def test_hours_of_rss_09_count_to_24(self) -> None:
        assert wish_of(xml=skip("hour", 22, 23, 24, 1)).hours == {22, 23, 0, 1}

    def test_days_are_read_in_any_case(self) -> None:
        assert wish_of(xml=skip("day", "Saturday", "SUNDAY")).weekdays == {5, 6}

    @pytest.mark.parametrize("value", ["25", "-1", "noon", "", "2.5", "<b/>", "9" * 30])
    def test_garbage_among_hours_is_ignored(self, value: str) -> None:
        assert wish_of(xml=skip("hour", 3, value)).hours == {3}

    def test_garbage_among_days_is_ignored(self) -> None:
        assert wish_of(xml=skip("day", "Caturday", "1", "Friday")).weekdays == {4}

    def test_list_that_never_ends_is_read_as_far_as_a_list_is_long(self) -> None:
        endless = b"<skipHours>" + b"<hour>5</hour>" * 200_000

        assert wish_of(xml=endless).hours == {5}

    def test_many_beginnings_of_lists_take_no_time(self) -> None:
        assert wish_of(xml=b"<skipHours>" * 500_000) == FeedRest()

    @pytest.mark.parametrize(
        "wish", [FeedRest(), FeedRest(60.0), FeedRest(None, frozenset({0, 23}), frozenset({6}))]
    )
    def test_wish_survives_the_cursor(self, wish: FeedRest) -> None:
        assert FeedRest.from_cursor(wish.as_cursor()) == wish

    @pytest.mark.parametrize(
        "kept", [None, 5, {"seconds": "x", "hours": 3}, {"hours": [99, "1", None]}]
    )
    def test_foreign_cursor_is_no_wish(self, kept: object) -> None:
        assert FeedRest.from_cursor({"rest": kept}) == FeedRest()


class TestRest:
    def test_ttl_alone_is_the_rest(self) -> None:
        assert rest_seconds(FeedRest(900.0), SUNDAY_NOON) == 900.0

    def test_hour_that_is_not_skipped_asks_for_no_rest(self) -> None:
        assert rest_seconds(FeedRest(hours=frozenset({3, 4})), SUNDAY_NOON) is None

    def test_within_skipped_hours_the_rest_ends_with_them(self) -> None:
        night = FeedRest(hours=frozenset({22, 23, 0, 1}))

        assert rest_seconds(night, at(23, 30)) == 2.5 * HOUR

    def test_ttl_that_ends_in_skipped_hours_goes_on_to_their_end(self) -> None:
        wish = FeedRest(HOUR, hours=frozenset({13, 14}))

        assert rest_seconds(wish, at(12, 15)) == 2.75 * HOUR

    def test_skipped_day_ends_at_midnight_of_utc(self) -> None:
        assert rest_seconds(FeedRest(weekdays=frozenset({6})), SUNDAY_NOON) == 12 * HOUR

    def test_day_and_hours_after_it_are_skipped_together(self) -> None:
        wish = FeedRest(hours=frozenset({0, 1}), weekdays=frozenset({6}))

        assert rest_seconds(wish, SUNDAY_NOON) == 14 * HOUR

    @pytest.mark.parametrize(
        "wish",
        [
            FeedRest(hours=frozenset(range(24))),
            FeedRest(weekdays=frozenset(range(7))),
            FeedRest(HOUR, weekdays=frozenset(range(7))),
        ],
    )
    def test_who_skips_everything_is_read_once_a_day(self, wish: FeedRest) -> None:
        assert rest_seconds(wish, at(12, 20)) == 24 * HOUR
