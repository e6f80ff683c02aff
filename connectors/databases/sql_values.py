"""What a database's values become: data that expressions read, and JSON that a cursor keeps."""

import base64
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from connectors.errors import SourceBroken
from connectors.records import JsonValue
from connectors.text.fields import digest_of

# A datetime is a date too, so it stands first.
_MARKS: dict[type, tuple[str, Callable[[Any], str], Callable[[str], object]]] = {
    datetime: ("datetime", datetime.isoformat, datetime.fromisoformat),
    date: ("date", date.isoformat, date.fromisoformat),
    float: ("float", repr, float),
    Decimal: ("decimal", str, Decimal),
    UUID: ("uuid", str, UUID),
    bytes: ("bytes", bytes.hex, bytes.fromhex),
    memoryview: ("bytes", memoryview.hex, bytes.fromhex),
}


def plain(value: object) -> object:
    """Return `value` as decoded JSON would hold it; a number keeps all its digits.

    A time without a zone stays without one. Bytes are text where they are UTF-8, else Base64.
    """
    match value:
        case None | bool() | int() | float() | Decimal() | str():
            return value
        case date():
            return value.isoformat()
        case bytes() | bytearray() | memoryview():
            return _text(bytes(value))
        case Mapping():
            return {str(name): plain(each) for name, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(each) for each in value]
        case _:
            return str(value)


def digest_of_row(row: Mapping[str, object]) -> str:
    """Return a digest that is another one as soon as any value of the row is."""
    return digest_of(*(f"{name}={type(each).__name__}:{each}" for name, each in row.items()))[:16]


def kept(mark: object) -> JsonValue:
    """Return a watermark as JSON, from which `restored` makes the same value again.

    Raises:
        SourceBroken: it is of a type without an order that could be kept.
    """
    if isinstance(mark, int | str) and not isinstance(mark, bool):
        return mark
    for kind, (name, write, _) in _MARKS.items():
        if isinstance(mark, kind):
            return [name, write(mark)]
    raise SourceBroken(f"watermark: expected times, numbers or text, not {type(mark).__name__}")


def restored(value: JsonValue) -> object:
    if not isinstance(value, list):
        return value
    given, text = (str(each) for each in value)
    return next(read(text) for name, _, read in _MARKS.values() if name == given)


def earlier(mark: object, seconds: float) -> object:
    """Return the watermark that lies `seconds` before `mark`.

    Raises:
        SourceBroken: it is no time.
    """
    if not seconds or mark is None:
        return mark
    if not isinstance(mark, datetime):
        raise SourceBroken(
            f"lookback_seconds: expected a watermark that is a time, not {type(mark).__name__}"
        )
    return mark - timedelta(seconds=seconds)


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()
