"""Types of the wire: strict instants, durations, exact decimals, and the base of all bodies."""

import math
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Response
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    WithJsonSchema,
)

from indexer.durations import TIMELESS, parse_duration, parse_half_life
from indexer.intake import clean

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LEAP_SECOND = re.compile(r"(?<=[Tt ])(\d{2}:\d{2}):60(?:\.\d+)?(?=[Zz+-])")
_MOST_DIGITS = 60
_DEEPEST_JSON = 64


class Wire(BaseModel):
    """A request body: a field that does not exist is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reply(BaseModel):
    """A reply; built from records by attribute."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def written(reply: Reply) -> Response:
    """Write a reply in the thread that made it: FastAPI would check it in one more.

    Then it would be written in the one thread that talks to all callers, while they wait.
    """
    return Response(reply.__pydantic_serializer__.to_json(reply), media_type="application/json")


def _only_text(value: object) -> object:
    """Refuse numbers, also as text: whether they count seconds would have to be guessed."""
    if isinstance(value, str) and _DATE.match(value):
        return _without_leap_second(value)
    if isinstance(value, datetime):
        return value
    raise ValueError("expected RFC 3339 with offset, such as 2026-11-23T08:00:00Z")


def _without_leap_second(value: str) -> str:
    """Write second 60 as the last microsecond before it: no clock here can show it."""
    text, leap_seconds = _LEAP_SECOND.subn(r"\1:59.999999", value)
    if leap_seconds and _utc(datetime.fromisoformat(text.upper())).minute != 59:
        raise ValueError("second 60 is only at the end of an hour of UTC")
    return text


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside the calendar") from error


Instant = Annotated[AwareDatetime, BeforeValidator(_only_text), AfterValidator(_utc)]
"""RFC 3339 with offset in, UTC inside and out."""


def _day_or_instant(value: object) -> object:
    if isinstance(value, str) and _DATE.fullmatch(value):
        return f"{value}T00:00:00+00:00"
    return _only_text(value)


DayOrInstant = Annotated[AwareDatetime, BeforeValidator(_day_or_instant), AfterValidator(_utc)]
"""An instant, or a date that means its midnight in UTC."""


def _duration(value: object) -> object:
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError('expected a duration such as "15m", "2h" or "P1D"')


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "examples": ["15m", "2h", "P1D"]}),
]

HalfLifeSeconds = Annotated[
    float,
    BeforeValidator(parse_half_life),
    WithJsonSchema({"type": "string", "examples": ["12h", "2d", TIMELESS]}),
]
"""A duration or "timeless" in, seconds inside: infinite for what never ages."""

Text = Annotated[str, AfterValidator(clean)]
"""Text that every database can hold: without U+0000 and lone surrogates."""


def _writable(value: Decimal) -> Decimal:
    """Refuse what cannot be written out: 1e999999999 is short, its digits are a gigabyte."""
    if not value.is_finite():
        raise ValueError("expected a finite number")
    if max(value.adjusted(), 0) - min(int(value.as_tuple().exponent), 0) >= _MOST_DIGITS:
        raise ValueError(f"expected a number of at most {_MOST_DIGITS} digits")
    return value


ExactNumber = Annotated[
    Decimal,
    AfterValidator(_writable),
    PlainSerializer(lambda value: format(value, "f"), return_type=str),
    WithJsonSchema({"type": "string", "examples": ["84.12"]}),
]
"""A decimal, digit for digit; a JSON string keeps digits that a JSON number may lose."""


def _storable(value: "Json") -> "Json":
    """Refuse what JSON itself does not know, and depths that no reader survives."""
    _check_json(value, _DEEPEST_JSON)
    return value


def _check_json(value: object, depth: int) -> None:
    if depth == 0:
        raise ValueError(f"nested more than {_DEEPEST_JSON} levels deep")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("NaN and Infinity are not JSON")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        _check_json(each, depth - 1)


Json = dict[str, Any]  # Any: whatever JSON the caller attached

JsonIn = Annotated[Json, AfterValidator(_storable)]
"""JSON as a caller sends it."""
