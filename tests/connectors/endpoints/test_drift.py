import json
from pathlib import Path
from typing import Any

from connectors.endpoints.drift import drifted, drifted_columns
from tests.connectors.reading import Read, connector, read

MAPPED = ["id", "size"]


def remarks(*reads: list[object]) -> list[list[str]]:
    """Return what is told of each read after the first."""
    found, cursor = [], {}
    for items in reads:
        told, cursor = drifted(items, json.loads(json.dumps(cursor)), mapped=MAPPED)
        found.append(told)
    return found[1:]


def test_first_read_and_one_of_the_same_shape_tell_nothing() -> None:
    assert remarks([{"id": 1}], [{"id": 2}]) == [[]]


def test_field_that_every_item_had_is_gone_once() -> None:
    assert remarks([{"id": 1, "a": 1}], [{"id": 2}], [{"id": 3}]) == [["fields are gone: a"], []]


def test_field_that_only_some_items_have_is_never_told_of() -> None:
    sometimes = [{"id": 1}, {"id": 2, "a": 1}]

    assert remarks([{"id": 1}], sometimes, [{"id": 1}], sometimes) == [[], [], []]


def test_field_that_every_item_has_is_new_once() -> None:
    after = [{"id": 1, "a": 1}, {"id": 2, "a": 1}]

    assert remarks([{"id": 1}], after, after) == [["new fields: a"], []]


def test_members_of_an_object_are_fields_and_the_object_is_told_for_them() -> None:
    before, after = {"id": 1, "p": {"x": {"y": 1}, "z": 2}}, {"id": 1, "q": {"w": 1}}

    assert remarks([before], [after]) == [["fields are gone: p", "new fields: q"]]


def test_object_that_is_null_for_once_loses_no_members() -> None:
    full, empty = {"id": 1, "p": {"x": 1}}, {"id": 1, "p": None}

    assert remarks([full], [empty], [full]) == [[], []]
    assert remarks([empty], [full]) == [[]]


def test_type_of_a_mapped_field_that_changes_is_told() -> None:
    assert remarks(
        [{"id": 1, "size": 1, "b": 1}], [{"id": 1, "size": "1", "b": "1"}], [{"id": 1, "size": "1"}]
    ) == [["field 'size' is text, it was a number"], ["fields are gone: b"]]


def test_null_has_no_type() -> None:
    assert remarks([{"id": 1, "size": 1}], [{"id": 1, "size": None}], [{"id": 1, "size": 2}]) == [
        [],
        [],
    ]


def test_field_of_various_types_is_left_alone() -> None:
    both = [{"id": 1, "size": 1}, {"id": 2, "size": "1"}]

    assert remarks(both, [{"id": 1, "size": 1}], [{"id": 1, "size": "1"}]) == [[], []]


def test_reply_without_items_forgets_nothing() -> None:
    assert remarks([{"id": 1, "a": 1}], [], [{"id": 1}]) == [[], ["fields are gone: a"]]


def test_table_of_values_by_name_has_no_fields() -> None:
    by_day = [{"days": {f"d{number}": 1 for number in range(100)}}]
    later = [{"days": {f"e{number}": 1 for number in range(100)}}]

    assert remarks(by_day, later) == [[]]
    assert remarks([{"2026-03-01": 1, "id": 1}], [{"2026-03-02": 1, "id": 1}]) == [[]]


def test_items_that_are_no_objects_have_no_shape() -> None:
    assert remarks([1, "x", None, []], [{"id": 1}]) == [[]]


def test_what_is_kept_is_bounded() -> None:
    items = [{f"n{place}": {f"m{number}": 1 for number in range(50)} for place in range(50)}]

    _, cursor = drifted(items, {}, mapped=())

    assert len(json.dumps(cursor)) < 20_000


def test_cursor_of_another_kind_is_ignored() -> None:
    assert drifted([{"id": 1}], {"fields": "x", "steady": 7}, mapped=())[0] == []


def test_columns_that_come_or_go_are_told() -> None:
    assert drifted_columns(("Date", "B", ""), {"columns": ["Date", "A", ""]}) == [
        "columns are gone: A",
        "new columns: B",
    ]
    assert drifted_columns(("Date",), {}) == []


def read_json(tmp_path: Path, value: object, cursor: Any = None) -> Read:
    path = tmp_path / "reply.json"
    path.write_text(json.dumps(value))
    return read(connector("json", path=path, documents={"key": "id", "text": "t"}), cursor)


def test_json_tells_in_remarks_and_loses_nothing(tmp_path: Path) -> None:
    first = read_json(tmp_path, [{"id": 1, "t": "a", "extra": 1}])

    second = read_json(tmp_path, [{"id": 1, "t": "a", "other": 1}], first.cursor)

    assert second.batches[0].remarks == ("fields are gone: extra", "new fields: other")
    assert (second.failures, second.keys) == ([], ["1"])
    assert read_json(tmp_path, [{"id": 1, "t": "b", "other": 1}], second.cursor).remarks == []


def test_csv_tells_which_columns_changed(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("at,a,b\n2026-03-01,1,2\n")
    source = connector("csv", path=path, time="at", wide={"title": "{column}"})
    first = read(source)
    path.write_text("at,a,cc\n2026-03-01,1,2\n")

    second = read(source, first.cursor)

    assert second.remarks == ["columns are gone: b", "new columns: cc"]
    assert ("cc", "2026-03-01T00:00:00+00:00") in second.values
