import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import InvalidOptions, SourceBroken
from connectors.http.fetch import Fetcher
from connectors.records import Failure, Semantics, Series
from tests.connectors.reading import Read, connector, read
from tests.web import Answer, WebServer

FIRES = {
    "incidents": [
        {
            "id": 7,
            "name": "Old Fire",
            "acres": 120,
            "contained": 5.50,
            "notes": None,
            "link": "/old",
            "seen": 1772355600000,
        },
        {"id": 8, "name": "New Fire", "acres": None, "contained": None, "link": None, "seen": None},
    ]
}
FIRE = {
    "key": "id",
    "title": "name",
    "template": "{name}\n{acres} acres burned, {contained}% contained.",
    "url": "link",
    "published_at": "seen",
    "metadata": {"acres": "acres"},
}
READINGS = {
    "station": {"id": "KX", "name": "Kex"},
    "readings": [
        {"at": "2026-03-01T10:00:00Z", "temp": "12.50", "wind": 3},
        {"at": "2026-03-01T11:00:00Z", "temp": 12.1, "wind": None},
    ],
}
TEMPERATURE = {
    "series": {"key": "temp", "title": "Temperature", "unit": "°C"},
    "valid_from": "at",
    "value": "temp",
}


def read_json(tmp_path: Path, value: object, **options: Any) -> Read:
    path = tmp_path / "reply.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return read(connector("json", path=path, **options))


def test_items_become_documents_as_mapped(tmp_path: Path) -> None:
    document = read_json(tmp_path, FIRES, items="incidents", documents=FIRE).documents[0]

    assert (document.key, document.title) == ("7", "Old Fire")
    assert document.text == "Old Fire\n120 acres burned, 5.5% contained."
    assert document.published_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert document.metadata == {"acres": 120}


def test_template_line_without_any_value_is_left_out(tmp_path: Path) -> None:
    document = read_json(tmp_path, FIRES, items="incidents", documents=FIRE).documents[1]

    assert document.text == "New Fire"
    assert (document.published_at, document.url) == (None, None)


def test_links_are_resolved_against_the_endpoint(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/api/fires", Answer(body=json.dumps(FIRES).encode()))

    result = read(connector("json", fetcher, url=url, items="incidents", documents=FIRE))

    assert [each.url for each in result.documents] == [web.url("/old"), None]


def test_several_text_expressions_become_paragraphs(tmp_path: Path) -> None:
    items = [{"id": 1, "a": "First.", "b": None, "c": ["Second.", "Third."]}]

    result = read_json(tmp_path, items, documents={"key": "id", "text": ["a", "b", "c"]})

    assert result.document.text == "First.\n\nSecond.\nThird."


def test_html_in_a_field_is_read_as_text(tmp_path: Path) -> None:
    mapping = {"key": "id", "text": "body", "format": "html"}

    result = read_json(tmp_path, [{"id": 1, "body": "<p>A &amp; B</p>"}], documents=mapping)

    assert result.document.text == "A & B"


def test_text_is_fit_to_be_stored(tmp_path: Path) -> None:
    result = read_json(
        tmp_path,
        r'[{"id": "a\u0000b", "text": "x\ud800y", "m": {"k\u0000": ["\udfff"]}}]',
        documents={"key": "id", "text": "text", "metadata": {"m": "m"}},
    )

    assert (result.document.key, result.document.text) == ("ab", "xy")
    assert result.document.metadata == {"m": {"k": [""]}}


def test_one_object_is_one_item(tmp_path: Path) -> None:
    result = read_json(
        tmp_path, {"id": 1, "text": "Only."}, documents={"key": "id", "text": "text"}
    )

    assert result.keys == ["1"]


@pytest.mark.parametrize(
    ("semantics", "expected", "is_complete"),
    [
        (None, Semantics.KEYED_LATEST, False),
        ("snapshot", Semantics.SNAPSHOT, True),
        ("append_only", Semantics.APPEND_ONLY, False),
    ],
)
def test_semantics_of_documents_is_chosen(
    tmp_path: Path, semantics: str | None, expected: Semantics, is_complete: bool
) -> None:
    chosen: dict[str, Any] = {"semantics": semantics} if semantics else {}

    result = read_json(tmp_path, FIRES, items="incidents", documents=FIRE, **chosen)

    assert result.is_complete is is_complete
    assert connector("json", path="x", documents=FIRE, **chosen).semantics is expected


def test_empty_snapshot_removes_nothing(tmp_path: Path) -> None:
    result = read_json(
        tmp_path, {"incidents": []}, items="incidents", documents=FIRE, semantics="snapshot"
    )

    assert (result.documents, result.is_complete) == ([], False)


def test_snapshot_with_an_item_nobody_can_identify_is_not_complete(tmp_path: Path) -> None:
    fires = {"incidents": [*FIRES["incidents"], {"name": "Nameless"}]}

    result = read_json(tmp_path, fires, items="incidents", documents=FIRE, semantics="snapshot")

    assert (len(result.documents), result.is_complete) == (2, False)
    assert result.failures == [Failure(None, "item 3: key: 'id' finds nothing")]


def test_duplicate_key_is_reported_and_the_last_one_kept(tmp_path: Path) -> None:
    items = [{"id": 1, "text": "old"}, {"id": 1, "text": "new"}]

    result = read_json(tmp_path, items, documents={"key": "id", "text": "text"})

    assert result.document.text == "new"
    assert result.failures == [Failure("1", "item 2: duplicate key, kept this one")]


def test_unreadable_end_of_validity_is_a_failure_not_eternal(tmp_path: Path) -> None:
    items = [
        {"id": 1, "text": "a", "ends": "soon"},
        {"id": 2, "text": "b", "ends": None},
        {"id": 3, "text": "c", "ends": "2026-03-02T00:00:00Z"},
    ]

    result = read_json(
        tmp_path, items, documents={"key": "id", "text": "text", "valid_until": "ends"}
    )

    assert result.keys == ["2", "3"]
    assert result.documents[1].valid_until == datetime(2026, 3, 2, tzinfo=UTC)
    assert result.failures == [Failure("1", "item 1: expected a time, not 'soon'")]


def test_unreadable_publication_date_stays_unknown(tmp_path: Path) -> None:
    items = [{"id": 1, "text": "a", "on": "spring"}]

    result = read_json(
        tmp_path, items, documents={"key": "id", "text": "text", "published_at": "on"}
    )

    assert result.document.published_at is None
    assert result.document.metadata == {"date_as_given": "spring"}
    assert result.document.time_flags == ("published_at: cannot be read as a time",)


def test_every_doubtful_time_of_an_item_is_flagged(tmp_path: Path) -> None:
    fields = ("published_at", "updated_at", "valid_from", "valid_until")
    mapping = {"key": "id", "text": "text", **dict.fromkeys(fields, "on")}
    items = [{"id": 1, "text": "a", "on": "2026-03-01T10:30"}]

    naive = read_json(tmp_path, items, documents=mapping).document
    zoned = read_json(tmp_path, items, documents=mapping, zone="Europe/Berlin").document

    assert naive.time_flags == tuple(f"{each}: names no zone, read as UTC" for each in fields)
    assert zoned.time_flags == ()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"items": "events", "documents": FIRE}, "items: 'events' finds no list; .* incidents"),
        ({"items": "incidents[0].name", "documents": FIRE}, "finds no list"),
        ({"items": "sum(incidents)", "documents": FIRE}, "expression 'sum"),
        ({"items": "incidents", "documents": {**FIRE, "key": "uid"}}, "key: 'uid' is in none of 2"),
        (
            {"items": "incidents", "documents": {"key": "id", "text": ["body", "more"]}},
            "text: 'body' and 'more' is in none of 2 items; the first has: id, name, acres",
        ),
        (
            {"items": "incidents", "observations": {**TEMPERATURE, "value": "celsius"}},
            "value: 'celsius' is in none|valid_from: 'at' is in none",
        ),
    ],
)
def test_reply_of_another_shape_breaks_the_source_and_shows_what_it_has(
    tmp_path: Path, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(SourceBroken, match=f"source here: .*({complaint})"):
        read_json(tmp_path, FIRES, **options)


def test_optional_field_that_is_nowhere_is_remarked_and_nothing_lost(tmp_path: Path) -> None:
    result = read_json(
        tmp_path, FIRES, items="incidents", documents={**FIRE, "published_at": "date"}
    )

    assert len(result.documents) == 2
    assert result.failures == []
    assert result.remarks == ["published_at: 'date' is in none of 2 items"]


def test_names_that_count_as_no_change_are_passed_on(tmp_path: Path) -> None:
    result = read_json(
        tmp_path, FIRES, items="incidents", documents={**FIRE, "volatile": ["acres"]}
    )

    assert [each.volatile for each in result.documents] == [("acres",), ("acres",)]


def test_volatile_names_metadata() -> None:
    with pytest.raises(InvalidOptions, match="volatile: 'views' is no name in metadata"):
        connector("json", path="x", documents={**FIRE, "volatile": ["views"]})


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("", "not JSON"),
        ("<html>", "not JSON"),
        ("[" * 200_000, "nested too deeply"),
        (f'[{{"id": 1, "name": {"[" * 900}{"]" * 900}}}]', "nested too deeply"),
        ("3", "list"),
    ],
)
def test_what_is_no_json_breaks_the_source(tmp_path: Path, body: str, complaint: str) -> None:
    with pytest.raises(SourceBroken, match=complaint):
        read_json(tmp_path, body, documents=FIRE)


def test_values_are_kept_exactly_as_written(tmp_path: Path) -> None:
    reply = '{"r": [{"at": "2026-03-01", "temp": 12.50}, {"at": "2026-03-02", "temp": "0.10"}]}'

    result = read_json(tmp_path, reply, items="r", observations=TEMPERATURE)

    assert [str(each.value) for each in result.observations] == ["12.50", "0.10"]
    assert result.series == [Series("temp", "Temperature", unit="°C")]


def test_one_item_gives_values_of_several_series(tmp_path: Path) -> None:
    wind = {**TEMPERATURE, "series": {"key": "wind", "title": "Wind"}, "value": "wind"}

    result = read_json(tmp_path, READINGS, items="readings", observations=[TEMPERATURE, wind])

    assert result.values == {
        ("temp", "2026-03-01T10:00:00+00:00"): "12.50",
        ("temp", "2026-03-01T11:00:00+00:00"): "12.1",
        ("wind", "2026-03-01T10:00:00+00:00"): "3",
    }
    assert connector("json", path="x", observations=wind).semantics is Semantics.SERIES


def test_series_is_described_by_the_item(tmp_path: Path) -> None:
    items = [{"id": "KX", "name": "Kex", "at": "2026-03-01", "temp": 1}]
    series = {"key": "{id}/temp", "title": "Temperature", "unit": "°C", "venue": "{name}"}

    result = read_json(tmp_path, items, observations={**TEMPERATURE, "series": series})

    assert result.series == [Series("KX/temp", "Temperature", unit="°C", venue="Kex")]
    assert result.observations[0].series == "KX/temp"


def test_columns_are_read_place_by_place(tmp_path: Path) -> None:
    reply = {"hourly": {"time": ["2026-03-01T10:00", "2026-03-01T11:00"], "t": [1.5, None]}}
    mapping = {**TEMPERATURE, "valid_from": "hourly.time", "value": "hourly.t"}

    result = read_json(tmp_path, reply, observations=mapping, zone="Europe/Berlin")

    assert result.values == {("temp", "2026-03-01T09:00:00+00:00"): "1.5"}


def test_columns_of_different_length_break_the_source(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match="columns of different length"):
        read_json(tmp_path, {"at": ["2026-03-01"], "temp": [1, 2]}, observations=TEMPERATURE)


@pytest.mark.parametrize("missing", [None, "", "NaN", ".", "n/a", " - "])
def test_missing_value_is_skipped(tmp_path: Path, missing: str | None) -> None:
    items = [{"at": "2026-03-01", "temp": missing}, {"at": "2026-03-02", "temp": 1}]

    result = read_json(tmp_path, items, observations=TEMPERATURE)

    assert (len(result.observations), result.failures) == (1, [])


@pytest.mark.parametrize("bad", ["warm", True, [1], {"v": 1}, "1e99999", "1 2", "0x10"])
def test_value_that_is_no_number_is_a_failure(tmp_path: Path, bad: object) -> None:
    items = [{"at": "2026-03-01", "temp": bad}, {"at": "2026-03-02", "temp": 1}]

    result = read_json(tmp_path, items, observations=TEMPERATURE)

    assert [each.value for each in result.observations] == [Decimal(1)]
    assert result.failures[0].reason.startswith("item 1: ")


def test_contradicting_values_are_reported_and_the_last_one_kept(tmp_path: Path) -> None:
    items = [{"at": "2026-03-01", "temp": 1}, {"at": "2026-03-01", "temp": 2}]

    result = read_json(tmp_path, items, observations=TEMPERATURE)

    assert [each.value for each in result.observations] == [Decimal(2)]
    assert [each.key for each in result.failures] == ["temp"]


def test_header_and_parameter_secrets_are_sent_and_never_shown(
    web: WebServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FIRE_KEY", "hunter2")
    (tmp_path / "token").write_text("swordfish\n")
    url = web.route("/api", Answer(body=b"[]"), Answer(body=b"oops", status=403))
    source = connector(
        "json",
        fetcher,
        url=url,
        documents=FIRE,
        headers={"Authorization": f"file:{tmp_path}/token"},
        params={"key": "env:FIRE_KEY"},
    )

    cursor = read(source).cursor
    with pytest.raises(SourceBroken) as caught:
        read(source)

    assert web.requests[0].path == "/api?key=hunter2"
    assert web.requests[0].headers["authorization"] == "swordfish"
    assert "hunter2" not in f"{cursor} {caught.value} {source}"
    assert "swordfish" not in f"{cursor} {caught.value} {source}"


def test_missing_secret_is_named() -> None:
    source = connector(
        "json", url="https://a.example", documents=FIRE, headers={"X-Key": "env:NO_SUCH_NAME"}
    )

    with pytest.raises(InvalidOptions, match=r"source here: headers\.X-Key: .* NO_SUCH_NAME"):
        read(source)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "exactly one of documents and observations"),
        ({"documents": FIRE, "observations": TEMPERATURE}, "exactly one of documents and"),
        ({"documents": {"key": "id"}}, "exactly one of text and template"),
        ({"documents": {"key": "id[", "text": "t"}}, "documents.key.*not a JMESPath expression"),
        ({"documents": {"key": "id", "template": "{a[}"}}, "not a JMESPath expression"),
        ({"documents": FIRE, "items": "a..b"}, "items.*not a JMESPath expression"),
        ({"documents": FIRE, "semantics": "series"}, "semantics"),
        ({"observations": TEMPERATURE, "semantics": "snapshot"}, "semantics goes with documents"),
        ({"observations": {**TEMPERATURE, "series": {"key": "k"}}}, "title"),
        ({"documents": {**FIRE, "titel": "x"}}, "titel"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidOptions, match=complaint):
        connector("json", path="x", **options)


def test_language_is_declared_or_detected_or_unknown(web: WebServer, fetcher: Fetcher) -> None:
    long = "The river rose two metres in the night, and the bridge will stay closed until Friday."
    items = [{"id": 1, "t": long, "l": "pt_BR"}, {"id": 2, "t": long}, {"id": 3, "t": "KJFK 31"}]
    url = web.route("/items", Answer(body=json.dumps(items).encode()))
    mapping = {"key": "id", "text": "t", "language": "l"}

    found = read(connector("json", fetcher, url=url, documents=mapping)).documents

    assert [each.language for each in found] == ["pt-BR", "en", None]
    assert [each.metadata for each in found] == [{}, {"language_from": "detected"}, {}]
