"""Windows where days are short or long, weeks begin, months end, and midnights differ."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.grounding.query.analysis.asking import shown, window


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "2024-05-14/2024-05-15"),
        ("America/New_York", "2024-05-14T04/2024-05-15T04"),
        ("Pacific/Auckland", "2024-05-13T12/2024-05-14T12"),
        ("Asia/Kathmandu", "2024-05-13T18:15/2024-05-14T18:15"),
    ],
)
def test_days_are_bounded_by_midnight_where_it_is_asked(zone: str, expected: str) -> None:
    assert shown(window("yesterday", zone=zone))[1] == expected


@pytest.mark.parametrize(
    ("day", "hours"), [((2024, 3, 31), 23), ((2024, 10, 27), 25), ((2024, 6, 1), 24)]
)
def test_a_day_has_as_many_hours_as_the_clocks_give_it(
    day: tuple[int, int, int], hours: int
) -> None:
    noon = datetime(*day, 12, tzinfo=ZoneInfo("Europe/Berlin"))

    found = window("today", now=noon, zone="Europe/Berlin")

    assert found.after is not None
    assert found.before is not None
    assert found.before - found.after == timedelta(hours=hours)


def test_hours_are_elapsed_time_and_days_follow_the_clock_on_the_wall() -> None:
    after_change = datetime(2024, 3, 31, 12, tzinfo=ZoneInfo("Europe/Berlin"))

    hours = window("in the last 24 hours", now=after_change, zone="Europe/Berlin")
    day = window("in the past day", now=after_change, zone="Europe/Berlin")

    assert shown(hours)[1] == "2024-03-30T10/2024-03-31T10"
    assert shown(day)[1] == "2024-03-30T11/2024-03-31T10"


@pytest.mark.parametrize(
    ("now", "question", "expected"),
    [
        ("2024-05-13", "this week", "2024-05-13/2024-05-20"),
        ("2024-05-12", "this week", "2024-05-06/2024-05-13"),
        ("2024-05-12", "last week", "2024-04-29/2024-05-06"),
        ("2024-05-11", "over the weekend", "2024-05-11/2024-05-13"),
        ("2024-05-12", "last weekend", "2024-05-04/2024-05-06"),
        ("2024-01-01", "last month", "2023-12-01/2024-01-01"),
        ("2024-01-01", "last quarter", "2023-10-01/2024-01-01"),
        ("2024-02-29", "last year", "2023-01-01/2024-01-01"),
        ("2024-02-29", "in the last 12 months", "2023-02-28T12/2024-02-29T12"),
        ("2024-03-31", "in the past month", "2024-02-29T12/2024-03-31T12"),
        ("2023-03-01", "since 29 February", "2020-02-29/"),
        ("2024-01-15", "in December", "2023-12-01/2024-01-01"),
    ],
)
def test_weeks_begin_on_monday_and_months_keep_their_lengths(
    now: str, question: str, expected: str
) -> None:
    noon = datetime.fromisoformat(now).replace(hour=12, tzinfo=UTC)

    assert shown(window(question, now=noon))[1] == expected
