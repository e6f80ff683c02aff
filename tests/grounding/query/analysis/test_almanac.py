from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from grounding.query.analysis.almanac import Almanac, Unit, Window, shifted, start_of


@pytest.mark.parametrize(
    ("unit", "first"),
    [
        ("day", (2024, 2, 29)),
        ("week", (2024, 2, 26)),
        ("month", (2024, 2, 1)),
        ("quarter", (2024, 1, 1)),
        ("year", (2024, 1, 1)),
        ("decade", (2020, 1, 1)),
    ],
)
def test_a_unit_begins_on_its_first_day(unit: Unit, first: tuple[int, int, int]) -> None:
    assert start_of(date(2024, 2, 29), unit) == date(*first)


@pytest.mark.parametrize(
    ("day", "unit", "count", "expected"),
    [
        ((2024, 1, 31), "month", 1, (2024, 2, 29)),
        ((2023, 1, 31), "month", 1, (2023, 2, 28)),
        ((1900, 1, 31), "month", 1, (1900, 2, 28)),
        ((2000, 1, 31), "month", 1, (2000, 2, 29)),
        ((2024, 2, 29), "year", -1, (2023, 2, 28)),
        ((2024, 1, 1), "quarter", -1, (2023, 10, 1)),
        ((2024, 5, 31), "month", -1, (2024, 4, 30)),
    ],
)
def test_months_keep_to_their_lengths(
    day: tuple[int, int, int], unit: Unit, count: int, expected: tuple[int, int, int]
) -> None:
    assert shifted(date(*day), unit, count) == date(*expected)


@pytest.mark.parametrize("count", [-10_000, 10_000])
@pytest.mark.parametrize("unit", ["day", "month", "year", "decade"])
def test_what_lies_beyond_the_calendar_is_open(unit: Unit, count: int) -> None:
    edge = date.min if count < 0 else date.max

    assert shifted(edge, unit, count) is None


def test_midnight_before_the_year_one_is_open() -> None:
    almanac = Almanac(datetime(1, 1, 1, 12, tzinfo=UTC), ZoneInfo("Etc/GMT-9"))

    assert almanac.day(0) == Window(None, datetime(1, 1, 1, 15, tzinfo=UTC))


def test_a_midnight_that_the_clocks_skip_is_when_they_change() -> None:
    almanac = Almanac(datetime(2018, 11, 4, 12, tzinfo=UTC), ZoneInfo("America/Sao_Paulo"))

    assert almanac.at(date(2018, 11, 4)) == datetime(2018, 11, 4, 3, tzinfo=UTC)


def test_a_window_that_holds_nothing_or_everything_is_not_sound() -> None:
    now = datetime(2024, 5, 15, tzinfo=UTC)

    assert not Window(None, None).is_sound
    assert not Window(now, now).is_sound
    assert Window(now, None).is_sound
