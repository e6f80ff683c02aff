import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import InvalidOptions, RetryLater, SourceBroken
from connectors.records import Cursor, Series
from tests.connectors.reading import Read, connector, read, zipped

RATES = "Date,USD,JPY,\n2026-03-03,1.1684,186.75,\n2026-03-02,N/A,186.43,\n"
WIDE = {
    "key": "EUR-{column}",
    "title": "Euro reference rate, {column} per 1 EUR",
    "unit": "{column} per EUR",
    "currency": "{column}",
}
PRICE = [{"column": "Price", "key": "brent", "title": "Brent", "unit": "USD per barrel"}]


def read_csv(tmp_path: Path, body: str | bytes, cursor: Cursor | None = None, **given: Any) -> Read:
    path = tmp_path / "table.csv"
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    stamp = path.stat().st_mtime_ns + len(cursor or {}) * 10**9
    os.utime(path, ns=(stamp, stamp))
    return read(connector("csv", path=path, **{"time": "Date", **given}), cursor)


def test_wide_table_gives_one_series_a_column(tmp_path: Path) -> None:
    result = read_csv(tmp_path, RATES, wide=WIDE)

    assert result.values == {
        ("EUR-USD", "2026-03-03T00:00:00+00:00"): "1.1684",
        ("EUR-JPY", "2026-03-03T00:00:00+00:00"): "186.75",
        ("EUR-JPY", "2026-03-02T00:00:00+00:00"): "186.43",
    }
    assert result.series[0] == Series(
        "EUR-USD", "Euro reference rate, USD per 1 EUR", unit="USD per EUR", currency="USD"
    )
    assert result.failures == []


def test_wide_table_can_leave_columns_out(tmp_path: Path) -> None:
    skipping = read_csv(tmp_path, RATES, wide={**WIDE, "skip": ["JPY"]})
    choosing = read_csv(tmp_path, RATES, wide={**WIDE, "columns": ["USD"]})

    assert [each.key for each in skipping.series] == ["EUR-USD"]
    assert [each.key for each in choosing.series] == ["EUR-USD"]


def test_named_columns_give_the_series_they_are_said_to_be(tmp_path: Path) -> None:
    result = read_csv(tmp_path, "Date,Price,Volume\n2026-03-02,84.12,9\n", values=PRICE)

    assert result.values == {("brent", "2026-03-02T00:00:00+00:00"): "84.12"}


def test_long_table_gives_one_series_a_name(tmp_path: Path) -> None:
    table = "Date;Country;Rate;Unit\n2026-03;Japan;150,5;JPY\n2026-Q2;Sweden;1.010,5;SEK\n"
    long = {
        "series_column": "Country",
        "value_column": "Rate",
        "title": "{series}: exchange rate",
        "unit": "{Unit}",
    }

    result = read_csv(tmp_path, table, long=long, decimal_mark=",")

    assert result.values == {
        ("Japan", "2026-03-01T00:00:00+00:00"): "150.5",
        ("Sweden", "2026-04-01T00:00:00+00:00"): "1010.5",
    }
    assert result.series[0] == Series("Japan", "Japan: exchange rate", unit="JPY")


def test_venue_is_filled_like_the_other_texts(tmp_path: Path) -> None:
    table = "Date,Price,Hub\n2026-03-02,84.12,Oslo\n"
    long = {"series_column": "Hub", "value_column": "Price", "title": "Power", "venue": "{Hub}"}

    by_row = read_csv(tmp_path, table, long=long)
    by_column = read_csv(tmp_path, table, wide={**WIDE, "columns": ["Price"], "venue": "{column}"})
    by_name = read_csv(tmp_path, table, values=[{**PRICE[0], "venue": "Oslo exchange"}])

    assert [each.series[0].venue for each in (by_row, by_column, by_name)] == [
        "Oslo",
        "Price",
        "Oslo exchange",
    ]


@pytest.mark.parametrize("text", ["venue", "cadence", "zone", "title", "url"])
def test_text_that_names_a_missing_column_breaks_the_source(tmp_path: Path, text: str) -> None:
    long = {"series_column": "Hub", "value_column": "Price", "title": "Power", text: "{Place}"}

    with pytest.raises(SourceBroken, match="Place"):
        read_csv(tmp_path, "Date,Price,Hub\n2026-03-02,84.12,Oslo\n", long=long)


def test_a_value_holds_from_the_time_of_day_it_is_set_at(tmp_path: Path) -> None:
    table = "Date,Price\n2026-01-15,1\n2026-07-15,2\n"

    result = read_csv(tmp_path, table, values=PRICE, zone="Europe/Berlin", time_of_day="16:00")

    assert [each.valid_from for each in result.observations] == [
        datetime(2026, 1, 15, 15, tzinfo=UTC),
        datetime(2026, 7, 15, 14, tzinfo=UTC),
    ]


def test_times_are_read_in_the_format_that_is_given(tmp_path: Path) -> None:
    table = "Date,Price\n03/04/2026,1\n13/04/26,2\n"

    result = read_csv(tmp_path, table, values=PRICE, time_format="%d/%m/%Y")

    assert [each.valid_from for each in result.observations] == [datetime(2026, 4, 3, tzinfo=UTC)]
    assert [each.reason for each in result.failures] == [
        "line 3: expected a time like %d/%m/%Y, not '13/04/26'"
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_dialects_and_encodings_are_recognised(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    rows = [["Date", "Höhe"], ["2026-03-02", "3.2"]]
    table = "\r\n".join(delimiter.join(row) for row in rows)
    values = [{"column": "Höhe", "key": "level", "title": "Level"}]

    declared: dict[str, Any] = {"encoding": encoding} if encoding == "cp1252" else {}
    result = read_csv(tmp_path, table.encode(encoding), values=values, **declared)

    assert result.values == {("level", "2026-03-02T00:00:00+00:00"): "3.2"}


def test_lines_above_the_header_are_skipped(tmp_path: Path) -> None:
    table = "Source: somebody\n\nDate,Price\n2026-03-02,1\n"

    assert len(read_csv(tmp_path, table, values=PRICE, skip_lines=2).observations) == 1


def test_notes_at_the_end_are_skipped(tmp_path: Path) -> None:
    body = f"{RATES}\nSource: somebody\n\n* revised\n"

    result = read_csv(tmp_path, body, wide=WIDE, skip_footer=2)

    assert len(result.values) == 3
    assert result.failures == []


def test_more_notes_than_rows_leave_nothing(tmp_path: Path) -> None:
    assert read_csv(tmp_path, RATES, wide=WIDE, skip_footer=9).values == {}


def test_gzipped_table_is_read(tmp_path: Path) -> None:
    result = read_csv(tmp_path, gzip.compress(RATES.encode()), wide=WIDE)

    assert len(result.values) == 3


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (gzip.compress(RATES.encode())[:-9], "ends too early"),
        (b"\x1f\x8b" + b"x" * 20, "gzip archive cannot be read"),
        (gzip.compress(b"Date,a\n" + b"1" * 90_000), "larger than max_bytes"),
    ],
)
def test_broken_or_swollen_gzip_breaks_the_source(
    tmp_path: Path, body: bytes, complaint: str
) -> None:
    with pytest.raises(SourceBroken, match=complaint):
        read_csv(tmp_path, body, wide=WIDE, max_bytes=50_000)


@pytest.mark.parametrize("members", [{"hist.csv": RATES}, {"a.txt": "x", "d/hist.csv": RATES}])
def test_zip_archive_with_one_table_needs_no_member(
    tmp_path: Path, members: dict[str, str]
) -> None:
    assert len(read_csv(tmp_path, zipped(members), wide=WIDE).observations) == 3


def test_member_of_a_zip_archive_is_chosen(tmp_path: Path) -> None:
    body = zipped({"a.csv": "Date,Price\n2026-03-02,1\n", "b.csv": "Date,Price\n2026-03-02,2\n"})

    result = read_csv(tmp_path, body, values=PRICE, member="b.csv")

    assert [str(each.value) for each in result.observations] == ["2"]


@pytest.mark.parametrize(
    ("body", "options", "complaint"),
    [
        (b"PK\x03\x04 garbage", {}, "the zip archive cannot be read"),
        (zipped({"a.csv": RATES})[:-30], {}, "the zip archive cannot be read"),
        (zipped({"a.csv": RATES, "b.csv": RATES}), {}, "found: a.csv, b.csv"),
        (zipped({"a.csv": RATES}), {"member": "c.csv"}, "no member 'c.csv'; found: a.csv"),
        (zipped({"a.csv": "x" * 10**6}), {"max_bytes": 10_000}, "larger than max_bytes = 10000"),
        (zipped({"a.csv": "x" * 10**7}), {}, "far larger than its compressed size"),
        ("Date,a\n2026-03-02," + "1" * 1_100_000, {}, "a line is longer than 1000000 bytes"),
        ("Date,a\n" + "\n" * 2_100_000, {}, "more than 2000000 line ends"),
        (RATES, {"member": "a.csv"}, "this is no zip archive"),
        (RATES, {"max_bytes": 10}, "larger than max_bytes = 10"),
        ("", {}, "no header"),
        ("\n\n", {}, "no header"),
        (RATES, {"time": "Day"}, "column 'Day' is missing; found: Date, USD, JPY"),
        ("Date,Date,USD\n", {}, "column 'Date' appears twice"),
        ("Date,\n2026-03-02,\n", {}, "no column but 'Date'"),
        ("<html><body>Log in</body></html>", {}, "column 'Date' is missing; found: <html>"),
        ("Date,USD\nsoon,1\nlater,2\n", {}, "no row can be read: line 2: expected a time"),
        ("Date,USD\n2026-03-02,dear\n", {}, "no row can be read: line 2: expected a number"),
        ('Date,USD\n2026-03-02,"' + "1" * 200_000, {}, "line 2: field larger than"),
    ],
)
def test_what_is_no_such_table_breaks_the_source(
    tmp_path: Path, body: str | bytes, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(SourceBroken, match=f"source here: .*{complaint}"):
        read_csv(tmp_path, body, wide=WIDE, **options)


def test_bad_rows_and_cells_are_failures_and_harm_no_other(tmp_path: Path) -> None:
    table = "Date,USD,JPY\nsoon,1,2\n2026-03-02,dear,2\n2026-03-03,1\n\n2026-03-04,1,2\n"

    result = read_csv(tmp_path, table, wide=WIDE)

    assert len(result.observations) == 3
    assert sorted((each.key or "", each.reason) for each in result.failures) == [
        ("", "line 2: expected a time, not 'soon'"),
        ("", "line 4: 2 cells where 3 were expected"),
        ("EUR-USD", "line 3: expected a number, not 'dear'"),
    ]


def test_contradicting_rows_are_reported_and_the_last_one_kept(tmp_path: Path) -> None:
    table = "Date,Price\n2026-03-02,1\n2026-03-02,2\n"

    result = read_csv(tmp_path, table, values=PRICE)

    assert [str(each.value) for each in result.observations] == ["2"]
    assert [each.key for each in result.failures] == ["brent"]


def test_only_months_that_changed_are_read_again(tmp_path: Path) -> None:
    rows = [f"2026-{month:02}-{day:02},{month}.{day}" for month in (1, 2, 3) for day in (1, 2)]
    first = read_csv(tmp_path, "Date,Price\n" + "\n".join(rows), values=PRICE)
    rows[2] = "2026-02-01,9.9"
    rows.append("2026-04-01,4.1")

    cursor = json.loads(json.dumps(first.cursor))
    second = read_csv(tmp_path, "Date,Price\n" + "\n".join(reversed(rows)), cursor, values=PRICE)

    assert len(first.observations) == 6
    assert second.values == {
        ("brent", "2026-04-01T00:00:00+00:00"): "4.1",
        ("brent", "2026-02-02T00:00:00+00:00"): "2.2",
        ("brent", "2026-02-01T00:00:00+00:00"): "9.9",
    }


def test_touched_file_with_the_same_body_is_unmodified_and_forgets_nothing(tmp_path: Path) -> None:
    first = read_csv(tmp_path, RATES, wide=WIDE)

    second = read_csv(tmp_path, RATES, first.cursor, wide=WIDE)
    third = read_csv(tmp_path, RATES + "2026-02-27,1,2,\n", second.cursor, wide=WIDE)

    assert second.is_unmodified
    assert len(third.observations) == 2


def test_new_column_gives_its_whole_history(tmp_path: Path) -> None:
    first = read_csv(tmp_path, "Date,USD\n2026-02-02,1\n2026-03-02,2\n", wide=WIDE)

    second = read_csv(
        tmp_path, "Date,USD,JPY\n2026-02-02,1,3\n2026-03-02,2,4\n", first.cursor, wide=WIDE
    )

    assert len(second.observations) == 4


def test_long_history_comes_in_batches_and_only_the_last_has_the_new_cursor(
    tmp_path: Path,
) -> None:
    rows = "\n".join(
        f"{1900 + n // 336}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02},1" for n in range(12_000)
    )

    result = read_csv(tmp_path, "Date,Price\n" + rows, values=PRICE)

    assert [len(batch.observations) for batch in result.batches] == [5_000, 5_000, 2_000]
    assert [bool(batch.cursor) for batch in result.batches] == [False, False, True]


def test_missing_file_is_tried_again_later(tmp_path: Path) -> None:
    source = connector("csv", path=tmp_path / "none.csv", time="Date", wide=WIDE)

    with pytest.raises(RetryLater, match=r"source here: cannot read .*none\.csv: No such file"):
        read(source)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "exactly one of values, wide and long"),
        ({"wide": WIDE, "values": PRICE}, "exactly one of values, wide and long"),
        ({"wide": {**WIDE, "title": "{name}"}}, "unknown placeholder {name}"),
        ({"wide": WIDE, "decimal_mark": "'"}, "decimal_mark"),
        ({"wide": WIDE, "zone": "Berlin"}, "not an IANA time zone"),
        ({"wide": WIDE, "time_of_day": "16:00+01:00"}, "takes no offset"),
        ({"wide": WIDE, "delimiter": ";;"}, "delimiter"),
        ({"wide": WIDE, "encoding": "klingon"}, "'klingon' is no encoding"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidOptions, match=complaint):
        connector("csv", path="x", time="Date", **options)
