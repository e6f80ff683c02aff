import json
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.doubts import Reading
from connectors.endpoints.periods import Period, with_periods
from connectors.errors import InvalidOptions, SourceBroken
from connectors.records import Failure, Span
from tests.connectors.reading import Read, connector, read

TONIGHT = {
    "name": "Tonight",
    "forecast": "Snow 🌨.",
    "from": "2026-03-01T18:00:00-05:00",
    "to": "2026-03-02T06:00:00-05:00",
}
MONDAY = {
    "name": "Monday",
    "forecast": "Clear.",
    "from": "2026-03-02T06:00:00-05:00",
    "to": None,
}
FORECAST = {"office": "KX", "headline": "Winter goes on.", "periods": [TONIGHT, MONDAY]}
PERIODS = {
    "items": "periods",
    "template": "{name}: {forecast}",
    "valid_from": "from",
    "valid_until": "to",
}
MAPPING = {"key": "office", "text": "headline", "periods": PERIODS}


def read_forecast(tmp_path: Path, item: object, mapping: Any = MAPPING, **options: Any) -> Read:
    path = tmp_path / "forecast.json"
    path.write_text(json.dumps(item))
    return read(connector("json", path=path, documents=mapping, **options))


def test_each_period_is_a_paragraph_that_holds_for_its_own_time(tmp_path: Path) -> None:
    document = read_forecast(tmp_path, FORECAST).document

    assert document.text == "Winter goes on.\n\nTonight: Snow 🌨.\n\nMonday: Clear."
    assert [document.text[each.start : each.end] for each in document.spans] == [
        "Tonight: Snow 🌨.",
        "Monday: Clear.",
    ]
    evening, morning = datetime(2026, 3, 1, 23, tzinfo=UTC), datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert [(each.valid_from, each.valid_until) for each in document.spans] == [
        (evening, morning),
        (morning, None),
    ]
    assert (document.valid_from, document.valid_until) == (None, None)


def test_periods_may_be_all_the_text_there_is(tmp_path: Path) -> None:
    document = read_forecast(tmp_path, FORECAST, {"key": "office", "periods": PERIODS}).document

    assert document.text == "Tonight: Snow 🌨.\n\nMonday: Clear."
    assert [(each.start, each.end) for each in document.spans] == [(0, 16), (18, 32)]


def test_periods_follow_a_template(tmp_path: Path) -> None:
    mapping = {"key": "office", "template": "Office {office}", "periods": PERIODS}

    document = read_forecast(tmp_path, FORECAST, mapping).document

    assert document.text.startswith("Office KX\n\nTonight")


def test_item_without_periods_is_read_without_spans(tmp_path: Path) -> None:
    items = [FORECAST, {"office": "KY", "headline": "Calm.", "periods": None}]

    calm = read_forecast(tmp_path, items).documents[1]

    assert (calm.text, calm.spans) == ("Calm.", ())


def test_lone_period_need_not_be_in_a_list(tmp_path: Path) -> None:
    document = read_forecast(tmp_path, {**FORECAST, "periods": MONDAY}).document

    assert [document.text[each.start : each.end] for each in document.spans] == ["Monday: Clear."]


def test_period_without_text_is_left_out(tmp_path: Path) -> None:
    silent = {"name": None, "forecast": None, "from": None, "to": None}

    document = read_forecast(tmp_path, {**FORECAST, "periods": [silent, MONDAY]}).document

    assert document.text == "Winter goes on.\n\nMonday: Clear."
    assert len(document.spans) == 1


def test_periods_are_written_in_the_format_of_the_document(tmp_path: Path) -> None:
    period = {**MONDAY, "forecast": "<b>Clear</b> &amp; cold."}

    document = read_forecast(
        tmp_path, {**FORECAST, "periods": [period]}, {**MAPPING, "format": "html"}
    ).document

    (span,) = document.spans
    assert document.text[span.start : span.end] == "Monday: Clear & cold."


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"to": "soon"}, "item 2: period 2: expected a time, not 'soon'"),
        ({"from": "03/04/2026"}, "item 2: period 2: expected a time, not '03/04/2026'"),
    ],
)
def test_unreadable_validity_of_a_period_fails_the_item(
    tmp_path: Path, change: dict[str, str], reason: str
) -> None:
    bad = {**FORECAST, "office": "KY", "periods": [TONIGHT, {**MONDAY, **change}]}

    result = read_forecast(tmp_path, [FORECAST, bad])

    assert result.keys == ["KX"]
    assert result.failures == [Failure("KY", reason)]


@pytest.mark.parametrize(
    ("periods", "reason"),
    [
        ("later", "item 2: periods: 'periods' finds no list"),
        ([{"from": None, "to": None}], "item 2: none of 1 periods has a text"),
    ],
)
def test_periods_that_give_no_text_are_a_failure_not_silence(
    tmp_path: Path, periods: object, reason: str
) -> None:
    result = read_forecast(tmp_path, [FORECAST, {**FORECAST, "office": "KY", "periods": periods}])

    assert result.failures == [Failure("KY", reason)]


def test_validity_that_is_in_no_period_is_reported(tmp_path: Path) -> None:
    mapping = {**MAPPING, "periods": {**PERIODS, "valid_until": "until"}}

    result = read_forecast(tmp_path, FORECAST, mapping)

    assert result.failures == []
    assert result.remarks == ["periods.valid_until: 'until' is in none of 2 items"]


def test_periods_that_are_nowhere_are_reported(tmp_path: Path) -> None:
    mapping = {**MAPPING, "periods": {**PERIODS, "items": "days"}}

    result = read_forecast(tmp_path, FORECAST, mapping)

    assert result.failures == []
    assert result.remarks == ["periods.items: 'days' is in none of 1 items"]


def test_reply_without_the_only_text_breaks_the_source(tmp_path: Path) -> None:
    mapping = {"key": "office", "periods": {**PERIODS, "items": "days"}}

    with pytest.raises(SourceBroken, match="text: 'days' is in none of 1 items"):
        read_forecast(tmp_path, FORECAST, mapping)


def test_doubtful_times_of_periods_are_flagged_once(tmp_path: Path) -> None:
    days = [{**MONDAY, "from": f"2026-03-0{day}T06:00", "to": "2026-04-01"} for day in (1, 2)]

    naive = read_forecast(tmp_path, {**FORECAST, "periods": days}).document
    zoned = read_forecast(tmp_path, {**FORECAST, "periods": days}, zone="Europe/Berlin").document

    assert naive.time_flags == ("periods.valid_from: names no zone, read as UTC",)
    assert zoned.time_flags == ()
    assert zoned.spans[0].valid_from == datetime(2026, 3, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("documents", "complaint"),
    [
        ({**MAPPING, "template": "x"}, "exactly one of text and template"),
        ({"key": "office"}, "exactly one of text and template, or periods"),
        ({**MAPPING, "periods": {"items": "periods"}}, "periods.template"),
        ({**MAPPING, "periods": {**PERIODS, "items": "a["}}, "periods.items.*not a JMESPath"),
        ({**MAPPING, "periods": {**PERIODS, "template": "{a[}"}}, "not a JMESPath"),
        ({**MAPPING, "periods": {**PERIODS, "until": "to"}}, "periods.until"),
    ],
)
def test_wrong_options_are_named(documents: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidOptions, match=complaint):
        connector("json", path="x", documents=documents)


@given(st.text(), st.lists(st.text(min_size=1)))
def test_spans_hold_exactly_their_periods_and_never_overlap(body: str, texts: list[str]) -> None:
    text, spans = with_periods(body, [Period(each, Reading(None), Reading(None)) for each in texts])

    before = [Span(0, len(body))] if body else []
    gaps = [text[one.end : next_one.start] for one, next_one in pairwise([*before, *spans])]
    assert text.startswith(body)
    assert [text[span.start : span.end] for span in spans] == texts
    assert all(gap == "\n\n" for gap in gaps)
