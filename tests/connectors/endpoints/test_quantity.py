from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.endpoints.quantity import parse_start, parse_value
from connectors.errors import ItemFailed


@pytest.mark.parametrize(
    ("given", "mark", "expected"),
    [
        ("84.120", ".", "84.120"),
        (" -1 ", ".", "-1"),
        ("+.5", ".", "0.5"),
        ("1,234,567.89", ".", "1234567.89"),
        ("1.234.567,89", ",", "1234567.89"),
        ("0,5", ",", "0.5"),
        ("1\u00a0234,5", ",", "1234.5"),
        ("\u22123.2", ".", "-3.2"),
        ("1.38%", ".", "1.38"),
        ("2e3", ".", "2E+3"),
        (7, ".", "7"),
    ],
)
def test_numbers_are_read_as_they_are_written(given: object, mark: str, expected: str) -> None:
    assert str(parse_value(given, decimal_mark=mark)) == expected


@pytest.mark.parametrize("given", [None, "", " ", "N/A", "nan", ".", "..", "-", "null", "ND"])
def test_words_for_no_value_are_no_value(given: str | None) -> None:
    assert parse_value(given) is None


@pytest.mark.parametrize(
    "given",
    ["1,5", "1.2.3", "12 apples", "٣", "1_000", "inf", "-Infinity", "1e500", "9" * 61, True],
)
def test_anything_else_is_refused(given: object) -> None:
    with pytest.raises(ItemFailed):
        parse_value(given)


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12
    )
)
def test_written_decimals_come_back_exactly(value: object) -> None:
    assert str(parse_value(str(value))) == str(value)


@given(st.text(max_size=70))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        value = parse_value(text)
    except ItemFailed:
        return
    assert value is None or value.is_finite()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        (2026, datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-03", datetime(2026, 3, 1, tzinfo=UTC)),
        ("202603", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026M03", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-Q2", datetime(2026, 4, 1, tzinfo=UTC)),
        ("2026Q4", datetime(2026, 10, 1, tzinfo=UTC)),
        ("2026-03-05", datetime(2026, 3, 5, tzinfo=UTC)),
        ("2026-03-05T10:00:00+02:00", datetime(2026, 3, 5, 8, tzinfo=UTC)),
        (1772355600, datetime(2026, 3, 1, 9, tzinfo=UTC)),
    ],
)
def test_periods_begin_where_they_begin(given: object, expected: datetime) -> None:
    assert parse_start(given, zone=None) == expected


def test_period_begins_at_midnight_of_its_zone() -> None:
    assert parse_start("2026-07", zone="Europe/Berlin") == datetime(2026, 6, 30, 22, tzinfo=UTC)


@pytest.mark.parametrize("given", ["2026-13", "26", "", "soon", "03/04/2026", None, True, []])
def test_what_names_no_time_for_sure_is_refused(given: object) -> None:
    with pytest.raises(ItemFailed, match="expected a time"):
        parse_start(given, zone=None)
