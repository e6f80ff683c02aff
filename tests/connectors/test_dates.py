import time
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.dates import parse_http_date, parse_instant

MARCH = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T10:30:00Z",
        "2026-03-01T11:30:00+01:00",
        "2026-03-01 05:30:00-05:00",
        "2026-03-01T10:30:00 +00:00",
        "2026-03-01T10:30:00,000Z",
        "20260301T103000Z",
        "2026-W09-7T10:30Z",
        " 2026-03-01T10:30Z\n",
        "Sun, 01 Mar 2026 10:30:00 GMT",
        "Sun, 01 Mar 2026 10:30:00 +0000 (UTC)",
        "Sun, 1 Mar 2026 05:30 EST",
        "1 Mar 2026 02:30 PST",
        "1 Mar 2026 03:30 PDT",
        "1 Mar 2026 11:30 CET",
        "1 Mar 2026 12:30 CEST",
        "2026-03-01 20:00:00 ACST",
        "March 1, 2026 10:30 AM UTC",
        "1st March 2026, 10:30 Z",
        "Sun Mar 01 2026 11:30:00 GMT+0100 (Central European Standard Time)",
        "2026-03-01 13:30 UTC+3",
        "2026/03/01 10:30",
        "1772361000",
        "1772361000.0",
        "1772361000000",
        "1772361000000000",
        "1772361000000000000",
        "20260301103000",
    ],
)
def test_instant_is_read_in_any_common_form(text: str) -> None:
    assert parse_instant(text) == MARCH


@pytest.mark.parametrize(
    "moment",
    [
        1772361000,
        1772361000.0,
        Decimal(1772361000),
        1772361000000,
        MARCH,
        MARCH.replace(tzinfo=None),
        datetime(2026, 3, 1, 11, 30, tzinfo=timezone(timedelta(hours=1))),
        time.struct_time((2026, 3, 1, 10, 30, 0, 6, 60, 0)),
    ],
)
def test_instant_may_be_more_than_text(moment: object) -> None:
    found = parse_instant(moment)

    assert found == MARCH
    assert found.tzinfo is UTC


@pytest.mark.parametrize("moment", ["2026-03-01", "20260301", 20260301, date(2026, 3, 1)])
def test_day_without_time_is_midnight_in_the_assumed_zone(moment: object) -> None:
    assert parse_instant(moment) == datetime(2026, 3, 1, tzinfo=UTC)
    assert parse_instant(moment, assumed_zone="Asia/Tokyo") == datetime(2026, 2, 28, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2026-03-01T10:30", 15), ("2026-07-01T10:30", 14), ("2026-07-01T10:30Z", 10)],
)
def test_assumed_zone_holds_only_where_none_is_given(text: str, hour: int) -> None:
    found = parse_instant(text, assumed_zone="America/New_York")

    assert found is not None
    assert found.hour == hour


def test_day_with_a_zone_starts_in_that_zone() -> None:
    assert parse_instant("2026-03-01+02:00") == datetime(2026, 2, 28, 22, tzinfo=UTC)


def test_unknown_assumed_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        parse_instant("2026-03-01", assumed_zone="Mars/Olympus")


@pytest.mark.parametrize(
    "text",
    [
        "10:30",
        "10:30 PM",
        "Tuesday",
        "Tuesday 10:30",
        "May",
        "5 March",
        "March 2026",
        "March 2026 10:30",
        "2026",
        "2026-03",
        "2026-W09",
        "202603",
        "now",
        "today",
        "",
        "   ",
    ],
)
def test_missing_parts_are_never_made_up(text: str) -> None:
    assert parse_instant(text) is None


@pytest.mark.parametrize("text", ["03/04/2026", "3-4-2026", "03.04.2026 10:30", "2026 03 04"])
def test_day_and_month_in_doubtful_order_are_not_guessed(text: str) -> None:
    assert parse_instant(text) is None


@pytest.mark.parametrize("text", ["13/04/2026", "04/13/2026", "13.4.2026"])
def test_day_and_month_in_certain_order_are_read(text: str) -> None:
    assert parse_instant(text) == datetime(2026, 4, 13, tzinfo=UTC)


@pytest.mark.parametrize("text", ["01 Mar 26 10:30 GMT", "13/04/26", "260301"])
def test_year_in_two_digits_is_not_guessed(text: str) -> None:
    assert parse_instant(text) is None


@pytest.mark.parametrize("text", ["2026-03-01 10:30 IST", "2026-03-01 10:30 XYZ"])
def test_zone_that_nobody_can_place_is_not_guessed(text: str) -> None:
    assert parse_instant(text) is None


@pytest.mark.parametrize(
    "moment",
    [
        "2026-02-30",
        "2026-13-01",
        "2026-03-01T25:00Z",
        "2026-03-01T10:30+99:99",
        "1899-12-31",
        "2201-01-01",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "99999999999999999999",
        "1" * 10_000,
        "x" * 10_000,
        "not a date",
        0,
        -1,
        2026,
        176640120000,
        True,
        None,
        float("nan"),
        float("inf"),
        Decimal("sNaN"),
        Decimal("1e999999"),
        [],
        b"2026-03-01",
    ],
)
def test_what_names_no_plausible_instant_is_none(moment: object) -> None:
    assert parse_instant(moment) is None


@given(st.one_of(st.text(), st.floats(), st.integers(), st.text("0123456789-:/. TZ+MarAPM")))
def test_nothing_raises_and_all_that_is_found_is_utc(moment: object) -> None:
    found = parse_instant(moment)

    assert found is None or (found.tzinfo is UTC and 1900 <= found.year <= 2200)


@given(st.datetimes(datetime(1973, 6, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_iso_text_round_trips(instant: datetime) -> None:
    assert parse_instant(instant.isoformat()) == instant


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 01 Mar 2026 10:30:00 GMT",
        "Sunday, 01-Mar-26 10:30:00 GMT",
        "Sun Mar  1 10:30:00 2026",
    ],
)
def test_http_date_is_read_in_all_three_forms(text: str) -> None:
    assert parse_http_date(text) == MARCH


@pytest.mark.parametrize("text", ["", "120", "soon", "Sun, 99 Mar 2026 10:30:00 GMT"])
def test_unreadable_http_date_is_none(text: str) -> None:
    assert parse_http_date(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue, 03 Mar 2026 08:15:00 GMT", datetime(2026, 3, 3, 8, 15, tzinfo=UTC)),
        ("3 Mar 2026 08:15:00 -0530", datetime(2026, 3, 3, 13, 45, tzinfo=UTC)),
        ("Tue, 03 Mar 2026 08:15:00 PST", datetime(2026, 3, 3, 16, 15, tzinfo=UTC)),
    ],
)
def test_dates_of_mails_are_read_with_their_zone(text: str, expected: datetime) -> None:
    assert parse_instant(text) == expected


@pytest.mark.parametrize(
    "text",
    ["Tue, 32 Mar 2026 08:15:00 GMT", "3 Mar 2026 25:15:00 GMT", "3 Mar 2026 08:15:00 +9999"],
)
def test_dates_of_mails_that_are_on_no_calendar_are_not_read(text: str) -> None:
    assert parse_instant(text) is None
