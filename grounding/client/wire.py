"""Between Python values and JSON: records are read by their own field types.

Fields of a reply that a record does not have are ignored, so a newer service can be read; fields
that it needs and does not find are an error.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from connectors.records import JsonValue

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
R = TypeVar("R", bound="DataclassInstance")


def body(values: Mapping[str, object]) -> bytes:
    """Write a request; entries that are None are left to the service.

    Raises:
        ValueError: a datetime has no time zone, or a number is not finite.
        TypeError: a value has no form in JSON.
    """
    given = {name: value for name, value in values.items() if value is not None}
    return full_body(given)


def full_body(values: Mapping[str, object]) -> bytes:
    """Write a request in which None is said: null.

    Raises:
        ValueError, TypeError: as `body` does.
    """
    return json.dumps(_written(values, ""), allow_nan=False).encode()


def query(values: Mapping[str, object]) -> dict[str, str]:
    """Write the parameters of a URL; entries that are None are left to the service.

    Raises:
        ValueError, TypeError: as `body` does.
    """
    given = {name: _written(value, name) for name, value in values.items() if value is not None}
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in given.items()
    }


def _written(value: object, path: str) -> JsonValue:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Mapping):
        return {
            str(name): _written(item, f"{path}.{name}" if path else str(name))
            for name, item in value.items()
        }
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray)):
        return [_written(item, f"{path}[{i}]") for i, item in enumerate(value)]
    return _scalar(value, path)


def _scalar(value: object, path: str) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None or value.utcoffset() is None:
            raise ValueError(
                f"{path}: {value.isoformat()} has no time zone; "
                "expected an aware datetime such as datetime.now(UTC)"
            )
        return value.isoformat()
    if isinstance(value, timedelta):
        if value <= timedelta(0):
            raise ValueError(f"{path}: {value} is not positive")
        seconds = Decimal(value // timedelta(microseconds=1)).scaleb(-6)
        return f"PT{seconds.normalize():f}S"
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{path}: {value} is not finite")
        return format(value, "f")
    raise TypeError(f"{path}: {type(value).__name__} has no form in JSON")


def record(kind: type[R], reply: object) -> R:
    """Read a JSON object as a record.

    Raises:
        ValueError: it is no object, lacks a field, or a field has another type.
    """
    if not isinstance(reply, Mapping):
        raise ValueError(f"{kind.__name__}: expected an object")  # noqa: TRY004 - bad data, no bug
    required, types = _shape(kind)
    if missing := required - reply.keys():
        raise ValueError(f"{kind.__name__}: no {', '.join(sorted(missing))}")
    present = types.keys() & reply.keys()
    return kind(**{name: _value(types[name], reply[name], name) for name in present})


@cache
def _shape(kind: type["DataclassInstance"]) -> tuple[frozenset[str], dict[str, Any]]:
    """The fields a record must have, and the types of all. (Any: a type may be any expression.)"""
    required = frozenset(
        f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING
    )
    return required, get_type_hints(kind)


def _value(expected: Any, value: object, name: str) -> object:  # Any: see _shape
    if isinstance(expected, UnionType):
        if value is None:
            return None
        (expected,) = (kind for kind in get_args(expected) if kind is not NoneType)
    origin = get_origin(expected)
    if origin is tuple:
        return _items(get_args(expected)[0], value, name)
    if expected is object:  # any JSON value
        return value
    if origin is not None:  # a JSON object that is passed on as it is
        return _checked(value, (dict,), name)
    if is_dataclass(expected) and isinstance(expected, type):
        return record(expected, value)
    return _plain(expected, value, name)


def _items(expected: Any, value: object, name: str) -> tuple[object, ...]:  # Any: see _shape
    items = _checked(value, (list,), name)
    return tuple(_value(expected, item, name) for item in items)


def _plain(expected: type, value: object, name: str) -> object:
    if expected is datetime:
        return _time(_checked(value, (str,), name), name)
    if expected is Decimal:
        return _decimal(_checked(value, (str, int), name), name)
    if expected is float:
        return float(_checked(value, (int, float), name))
    return _checked(value, (expected,), name)


def _checked(value: object, kinds: tuple[type, ...], name: str) -> Any:  # Any: one of `kinds`
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise ValueError(f"{name}: expected {kinds[0].__name__}")
    return value


def _time(text: str, name: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{name}: {text!r} is not a time") from error
    if time.utcoffset() is None:
        raise ValueError(f"{name}: {text!r} has no offset")
    return time


def _decimal(text: str | int, name: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{name}: {text!r} is not a decimal number") from error
