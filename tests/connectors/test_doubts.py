from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.dates import parse_instant, read_instant
from connectors.doubts import Doubt, Reading, date_as_given, time_flags

ZONES = (
    "Africa/Casablanca",  # set back for Ramadan
    "America/New_York",
    "America/St_Johns",  # half an hour off
    "Asia/Tokyo",  # never changes
    "Australia/Lord_Howe",  # changes by half an hour
    "Europe/Berlin",
    "Pacific/Apia",  # left out a whole day of 2011
)
LEAP = datetime(2016, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


@cache
def changes(zone: str, year: int) -> tuple[datetime, ...]:
    """Return the wall-clock times, without zone, at which the clocks of `zone` change."""
    start = datetime(year, 1, 1, tzinfo=UTC)
    hours = [(start + timedelta(hours=n)).astimezone(ZoneInfo(zone)) for n in range(366 * 24)]
    return tuple(
        later.replace(tzinfo=None, fold=0)
        for earlier, later in pairwise(hours)
        if earlier.utcoffset() != later.utcoffset()
    )


@st.composite
def local_times(draw: st.DrawFn) -> tuple[datetime, str]:
    """A time of day somewhere, as often as not within hours of a change of the clocks."""
    zone = draw(st.sampled_from(ZONES))
    near = changes(zone, draw(st.sampled_from([2011, 2026])))
    if draw(st.booleans()) and near:
        minutes = draw(st.integers(-240, 240))
        return draw(st.sampled_from(near)) + timedelta(minutes=minutes), zone
    return draw(st.datetimes(datetime(1970, 1, 2), datetime(2036, 12, 31))), zone


@given(local_times())
def test_local_time_comes_back_as_it_was_said_except_where_clocks_skip_it(
    said: tuple[datetime, str],
) -> None:
    local, zone = said

    reading = read_instant(local.isoformat(), assumed_zone=zone)

    assert reading.instant is not None
    shown = reading.instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    if reading.doubt == Doubt.SKIPPED:
        assert shown > local
    else:
        assert shown == local


@given(local_times())
def test_local_time_is_doubtful_exactly_where_clocks_show_it_twice_or_never(
    said: tuple[datetime, str],
) -> None:
    local, zone = said
    instants = {local.replace(tzinfo=ZoneInfo(zone), fold=n).astimezone(UTC) for n in (0, 1)}
    shown = [
        instant
        for instant in sorted(instants)
        if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == local
    ]

    reading = read_instant(local.isoformat(), assumed_zone=zone)

    expected = {0: Doubt.SKIPPED, 1: None, 2: Doubt.SET_BACK}
    assert reading.doubt == expected[len(shown)]
    assert not shown or reading.instant == shown[0]


@pytest.mark.parametrize(
    ("text", "doubt", "instant"),
    [
        ("2026-10-25T02:30", Doubt.SET_BACK, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-03-29 02:30", Doubt.SKIPPED, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("25 Oct 2026 02:30", Doubt.SET_BACK, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T02:30+01:00", None, datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2026-10-25", None, datetime(2026, 10, 24, 22, tzinfo=UTC)),
        ("2026-07-01T12:00", None, datetime(2026, 7, 1, 10, tzinfo=UTC)),
    ],
)
def test_zone_that_the_operator_names_is_doubtful_only_as_its_clocks_change(
    text: str, doubt: Doubt | None, instant: datetime
) -> None:
    assert read_instant(text, assumed_zone="Europe/Berlin") == Reading(instant, doubt)


@pytest.mark.parametrize(
    "text", ["2026-03-01T10:30", "1 March 2026 10:30", "20260301103000", "2026-03-01 10:30 AM"]
)
def test_time_of_day_without_a_zone_is_read_as_utc_and_doubtful(text: str) -> None:
    expected = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)

    assert read_instant(text) == Reading(expected, Doubt.NO_ZONE)
    assert read_instant(text, assumed_zone="UTC") == Reading(expected)


@pytest.mark.parametrize("moment", ["2026-03-01", "20260301", "March 1, 2026", "1 Mar 2026"])
def test_day_without_a_time_is_not_doubtful(moment: str) -> None:
    assert read_instant(moment) == Reading(datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize("moment", [None, "", " \n"])
def test_nothing_said_is_nothing_to_doubt(moment: object) -> None:
    assert read_instant(moment) == Reading(None)


@pytest.mark.parametrize(
    ("moment", "doubt"),
    [
        ("13/04/26", Doubt.SHORT_YEAR),
        ("01 Mar 26 10:30 GMT", Doubt.SHORT_YEAR),
        ("03/04/2026", Doubt.DAY_OR_MONTH),
        ("03.04.2026 10:30", Doubt.DAY_OR_MONTH),
        ("2026-03-01 10:30 IST", Doubt.UNKNOWN_ZONE),
        ("5 March", Doubt.UNREADABLE),
        ("soon", Doubt.UNREADABLE),
        ("9999-12-31", Doubt.UNREADABLE),
        (0, Doubt.UNREADABLE),
        ([], Doubt.UNREADABLE),
    ],
)
def test_what_is_not_read_says_why(moment: object, doubt: Doubt) -> None:
    assert read_instant(moment) == Reading(None, doubt)


@pytest.mark.parametrize(
    "text",
    [
        "2016-12-31T23:59:60Z",
        "2016-12-31T23:59:60.750Z",
        "2016-12-31 23:59:60,5+00:00",
        "20161231T235960Z",
        "Sat, 31 Dec 2016 23:59:60 GMT",
        "31 Dec 2016 18:59:60 EST",
        "2017-01-01T05:29:60+05:30",
    ],
)
def test_leap_second_stays_in_its_minute(text: str) -> None:
    assert read_instant(text) == Reading(LEAP, Doubt.LEAP_SECOND)


def test_leap_second_without_a_zone_is_doubtful_for_both() -> None:
    found = read_instant("2016-12-31T23:59:60")

    assert found == Reading(LEAP, f"{Doubt.NO_ZONE}; {Doubt.LEAP_SECOND}")
    assert read_instant(20161231235960) == found


@given(
    st.datetimes(datetime(1972, 1, 1), datetime(2199, 12, 30), timezones=st.just(UTC)),
    st.integers(-14 * 60, 14 * 60),
)
def test_second_sixty_is_read_only_at_the_end_of_an_hour_of_utc(
    instant: datetime, offset_minutes: int
) -> None:
    minute = instant.replace(second=0, microsecond=0)
    local = minute.astimezone(timezone(timedelta(minutes=offset_minutes)))
    text = f"{local:%Y-%m-%dT%H:%M}:60{local.isoformat()[-6:]}"

    found = read_instant(text)

    if minute.minute == 59:
        last = minute.replace(second=59, microsecond=999999)
        assert found == Reading(last, Doubt.LEAP_SECOND)
    else:
        assert found == Reading(None, Doubt.UNREADABLE)


@pytest.mark.parametrize("text", ["2016-12-31T23:59:61Z", "2016-12-31T23:60:60Z", "23:59:60"])
def test_other_seconds_that_no_clock_shows_stay_unreadable(text: str) -> None:
    assert read_instant(text) == Reading(None, Doubt.UNREADABLE)


@given(
    st.one_of(st.text(), st.floats(), st.integers(), st.text("0123456789-:/. TZ+MarAPM")),
    st.sampled_from([None, *ZONES]),
)
def test_anything_is_read_or_doubted(moment: object, zone: str | None) -> None:
    reading = read_instant(moment, assumed_zone=zone)

    assert reading.instant == parse_instant(moment, assumed_zone=zone)
    assert reading.instant or reading.doubt or not str(moment).strip()


def test_flags_name_the_field_and_the_reason() -> None:
    flags = time_flags(
        published_at=read_instant("2026-03-01T10:30"),
        updated_at=read_instant("2026-03-01T10:30Z"),
        valid_until=read_instant("soon"),
    )

    assert flags == (
        "published_at: names no zone, read as UTC",
        "valid_until: cannot be read as a time",
    )


def test_first_words_that_cannot_be_read_are_kept_fit_to_be_stored() -> None:
    readings = [read_instant(text) for text in ("2026-03-01", "so\0on\n" + "x" * 200, "later")]

    assert date_as_given(*readings) == "soon " + "x" * 95
    assert date_as_given(readings[0]) == ""
