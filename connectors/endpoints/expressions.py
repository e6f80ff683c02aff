"""JMESPath expressions and `{…}` templates over decoded JSON, with numbers kept exactly."""

import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions, signature
from pydantic import AfterValidator

from connectors.errors import ItemFailed
from connectors.records import JsonValue
from connectors.text.fields import storable

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
PLAIN_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
SPACES = re.compile(r" {2,}")
LONGEST_INT = 18
LONGEST_NUMBER = 10_000
MOST_DIGITS = 500_000
"""In a row, also within a string: refused before a decoder makes copies of them."""
LARGEST_FLOAT = Decimal("1e300")
_MANY_DIGITS = re.compile(rf"[0-9]{{{MOST_DIGITS}}}")


class _ExactFunctions(Functions):  # type: ignore[misc]  # jmespath has no types
    """JMESPath's functions, with `Decimal` as one more kind of number."""

    def _get_allowed_pytypes(self, types: Sequence[str]) -> tuple[list[str], list[list[str]]]:
        allowed, elements = super()._get_allowed_pytypes(types)
        return _with_decimal(allowed), [_with_decimal(kinds) for kinds in elements]

    def _convert_to_jmespath_type(self, python_type: str) -> str:
        if python_type == "Decimal":
            return "number"
        return str(super()._convert_to_jmespath_type(python_type))

    @signature({"types": ["object", "null"]})  # type: ignore[untyped-decorator]
    def _func_rows(self, columns: dict[str, object] | None) -> list[dict[str, object]] | None:
        """Turn an object of equally long lists into a list of objects."""
        return None if columns is None else _rows(columns)

    @signature({"types": ["object", "null"]})  # type: ignore[untyped-decorator]
    def _func_entries(self, table: dict[str, object] | None) -> list[dict[str, object]] | None:
        """Turn an object into a list of objects with `name` and `value`."""
        if table is None:
            return None
        return [{"name": name, "value": value} for name, value in table.items()]

    @signature({"types": ["array", "null"]}, {"types": ["object"]})  # type: ignore[untyped-decorator]
    def _func_each_with(
        self, items: list[object] | None, members: dict[str, object]
    ) -> list[object] | None:
        """Give every object the `members` too, such as the name that stands once above a list."""
        if items is None:
            return None
        return [{**members, **item} if isinstance(item, dict) else item for item in items]

    @signature({"types": ["string", "null"]}, {"types": ["string"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_replace(self, text: str | None, old: str, new: str) -> str | None:
        return None if text is None else text.replace(old, new)

    @signature({"types": ["string", "null"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_split(self, text: str | None, separator: str) -> list[str] | None:
        return None if text is None else [each.strip() for each in text.split(separator or " ")]

    @signature({"types": ["string", "null"]})  # type: ignore[untyped-decorator]
    def _func_upper(self, text: str | None) -> str | None:
        return None if text is None else text.upper()

    @signature({"types": []})  # type: ignore[untyped-decorator]
    def _func_to_string(self, value: object) -> str:
        if isinstance(value, str | Decimal):
            return str(value)
        return json.dumps(as_json(value), ensure_ascii=False, separators=(",", ":"))


_OPTIONS = jmespath.Options(custom_functions=_ExactFunctions())


def _compiles(expression: str) -> str:
    try:
        jmespath.compile(expression)
    except JMESPathError as error:
        raise ValueError(f"not a JMESPath expression: {_first_line(error)}") from error
    return expression


def template_compiles(template: str) -> str:
    """Return `template` unless one of its placeholders is no expression, which is a ValueError."""
    for expression in PLACEHOLDER.findall(template):
        _compiles(expression)
    return template


Expression = Annotated[str, AfterValidator(_compiles)]
Template = Annotated[str, AfterValidator(template_compiles)]


def decoded(text: str) -> object:
    """Decode JSON so that no digit of any number is lost; NaN and infinities become null.

    Raises:
        ValueError: not JSON.
        RecursionError: nested too deeply.
    """
    if any(_MANY_DIGITS.match(text, at) for at in range(0, len(text), MOST_DIGITS)):
        raise ValueError(f"a number is longer than {LONGEST_NUMBER} characters")
    return json.loads(
        text,
        parse_float=_exact,
        parse_int=lambda digits: int(digits) if len(digits) <= LONGEST_INT else _exact(digits),
        parse_constant=lambda _: None,
    )


def _exact(number: str) -> Decimal:
    if len(number) > LONGEST_NUMBER:
        raise ValueError(f"a number is longer than {LONGEST_NUMBER} characters")
    try:
        return Decimal(number)
    except InvalidOperation as error:
        raise ValueError(f"a number is beyond reading: {number[:40]}") from error


def evaluate(expression: str, value: object) -> Any:
    """Return what `expression` finds in `value`, None when it finds nothing.

    Raises:
        ItemFailed: a function of the expression was given something it does not take.
    """
    try:
        return jmespath.compile(expression).search(value, options=_OPTIONS)
    except (JMESPathError, ArithmeticError, TypeError, RecursionError) as error:
        raise ItemFailed(f"expression {expression!r}: {_first_line(error)}") from error


def as_text(value: object) -> str:
    """Return text as it is, a list as lines, anything else as JSON writes it, null as ""."""
    match value:
        case None:
            return ""
        case str():
            return storable(value).strip()
        case bool():
            return str(value).lower()
        case int() | float() | Decimal():
            return str(value)
        case list():
            return "\n".join(filter(None, map(as_text, value)))
        case _:
            return storable(json.dumps(as_json(value), ensure_ascii=False))


def as_json(value: object) -> JsonValue:
    """Return `value` with plain numbers and storable text only."""
    match value:
        case str():
            return storable(value)
        case Decimal():
            return float(value) if abs(value) < LARGEST_FLOAT else str(value)
        case list():
            return [as_json(item) for item in value]
        case dict():
            return {storable(str(name)): as_json(item) for name, item in value.items()}
        case bool() | int() | float():
            return value
        case _:
            return None


def fill(template: str, lookup: Callable[[str], str]) -> str:
    """Fill the placeholders; a line all of whose placeholders are empty is left out."""
    lines = (_filled_line(line, lookup) for line in template.split("\n"))
    return "\n".join(line for line in lines if line is not None).strip()


def is_absent(expression: str, value: object) -> bool:
    """Say whether a plain path such as `a.b` leads to no member at all, which null would be."""
    if not PLAIN_PATH.fullmatch(expression):
        return False
    for name in expression.split("."):
        if not isinstance(value, dict) or name not in value:
            return True
        value = value[name]
    return False


def _filled_line(line: str, lookup: Callable[[str], str]) -> str | None:
    values = [lookup(name) for name in PLACEHOLDER.findall(line)]
    if values and not any(values):
        return None
    remaining = iter(values)
    filled = PLACEHOLDER.sub(lambda _: next(remaining), line)
    return filled if all(values) else SPACES.sub(" ", filled)


def _rows(columns: dict[str, object]) -> list[dict[str, object]]:
    lists = {name: column for name, column in columns.items() if isinstance(column, list)}
    if len({len(column) for column in lists.values()}) > 1 or len(lists) < len(columns):
        raise TypeError("rows() takes an object of equally long lists")
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def _with_decimal(kinds: Sequence[str]) -> list[str]:
    return [*kinds, "Decimal"] if "float" in kinds else list(kinds)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
