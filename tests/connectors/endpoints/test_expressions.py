from decimal import Decimal

import pytest

from connectors.endpoints.expressions import as_json, as_text, decoded, evaluate, fill, is_absent
from connectors.errors import ItemFailed


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("[*].t", [Decimal("1.10"), Decimal("2.5")]),
        ("sum([*].t)", Decimal("3.60")),
        ("max_by(@, &t).n", "b"),
        ("sort_by(@, &t)[0].n", "a"),
        ("[?t > `2`].n", ["b"]),
        ("to_string([0].t)", "1.10"),
        ("to_string([0])", '{"t":1.1,"n":"a"}'),
        ("[0].none", None),
    ],
)
def test_expressions_compute_with_exact_numbers(expression: str, expected: object) -> None:
    items = decoded('[{"t": 1.10, "n": "a"}, {"t": 2.5, "n": "b"}]')

    assert evaluate(expression, items) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rows(table)", [{"a": 1, "b": None}, {"a": 2, "b": "x"}]),
        ("rows(table)[?a > `1`].b", ["x"]),
        ("rows(none)", None),
        ("rows(`{}`)", []),
        ("entries(name)", [{"name": "first", "value": "Ada"}]),
        ("entries(none)", None),
        ("each_with(rows(table), {n: name.first})[].n", ["Ada", "Ada"]),
        ("each_with(rows(table), {a: `0`})[].a", [1, 2]),
        ("each_with(none, {n: name})", None),
        ("replace('0001-26-1', '-', '')", "0001261"),
        ("split('a; b', ';')", ["a", "b"]),
        ("upper(name.first)", "ADA"),
        ("[replace(none, 'a', 'b'), split(none, 'a'), upper(none)]", [None, None, None]),
    ],
)
def test_functions_of_our_own_shape_what_is_found(expression: str, expected: object) -> None:
    value = {"table": {"a": [1, 2], "b": [None, "x"]}, "name": {"first": "Ada"}}

    assert evaluate(expression, value) == expected


@pytest.mark.parametrize("columns", [{"a": [1], "b": [1, 2]}, {"a": [1], "b": 2}])
def test_columns_of_different_length_are_no_rows(columns: object) -> None:
    with pytest.raises(ItemFailed, match="equally long lists"):
        evaluate("rows(@)", columns)


@pytest.mark.parametrize("expression", ["length(@)", "sort(@)", "abs(@)"])
def test_function_given_what_it_does_not_take_fails_the_item(expression: str) -> None:
    with pytest.raises(ItemFailed, match=r"expression '.*'"):
        evaluate(expression, [1, "a"] if expression == "sort(@)" else None)


def test_numbers_of_any_length_keep_their_digits() -> None:
    assert str(decoded("12345678901234567890.5")) == "12345678901234567890.5"
    assert str(decoded("9" * 5_000)) == "9" * 5_000
    assert decoded("[NaN, Infinity]") == [None, None]


@pytest.mark.parametrize("before", ["", "-0.", "[1, "])
def test_a_number_of_megabytes_is_refused(before: str) -> None:
    with pytest.raises(ValueError, match="longer than 10000"):
        decoded(before + "9" * 1_000_000)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (True, "true"),
        (Decimal("1.50"), "1.50"),
        (["a", None, ["b", 2]], "a\nb\n2"),
        ({"a": Decimal("1.5")}, '{"a": 1.5}'),
    ],
)
def test_any_value_has_a_text(value: object, expected: str) -> None:
    assert as_text(value) == expected


def test_number_too_large_for_a_float_stays_text() -> None:
    assert as_json([Decimal("1e400"), Decimal("-1e400"), 10**400]) == ["1E+400", "-1E+400", 10**400]


def test_template_drops_lines_whose_values_are_all_missing() -> None:
    values = {"a": "1", "b": "", "c": "{a}"}

    filled = fill("A {a}{b}.\nB: {b}\nplain\nC: {c}", values.__getitem__)

    assert filled == "A 1.\nplain\nC: {a}"


@pytest.mark.parametrize(
    ("expression", "absent"),
    [("a", False), ("a.b", False), ("a.c", True), ("x", True), ("a.b.c", True), ("x || a", False)],
)
def test_null_is_not_absent(expression: str, absent: bool) -> None:
    assert is_absent(expression, {"a": {"b": None}}) is absent
