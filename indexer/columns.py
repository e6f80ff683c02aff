"""Column types that keep a value as it was given, in either database."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    String,
    Text,
    TypeDecorator,
    cast,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import NullType

_JSON = json.JSONDecoder()


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, to the microsecond; a naive one is a bug and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value.isoformat()} cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal kept digit for digit, as text: 1.10 stays 1.10 in every database."""

    impl = String(80)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        del dialect
        return None if value is None else Decimal(value)


def as_stored(column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Select a column as the driver returns it, for `instant` or `json_value` to read.

    Statements that return hundreds of rows are read twice as fast so.
    """
    return type_coerce(column, NullType())


def as_text(column: Column[Any]) -> ColumnElement[Any]:
    """Select a column as the driver returns it, JSON as text, for `value_of` to read.

    What is selected so can be hashed, in either database.
    """
    return as_stored(cast(column, Text) if isinstance(column.type, JSON) else column)


def value_of(column: Column[Any], stored: Any) -> Any:  # Any: of any type
    """Return the value of a column that was selected by `as_text`."""
    if stored is None:
        return None
    if isinstance(column.type, Instant):
        return instant(stored)
    if isinstance(column.type, JSON):
        return json_value(stored)
    return bool(stored) if isinstance(column.type, Boolean) else stored


def instant(stored: str | datetime) -> datetime:
    """Return an instant that was selected as it is stored: SQLite has text, in UTC."""
    if isinstance(stored, str):
        return datetime.fromisoformat(stored).replace(tzinfo=UTC)
    return stored.astimezone(UTC)


def instant_or_none(stored: str | datetime | None) -> datetime | None:
    return None if stored is None else instant(stored)


def json_value(stored: Any) -> Any:  # Any: JSON
    """Return JSON that was selected as it is stored: SQLite has text, as `json.dumps` writes it."""
    if stored == "[]":  # of nearly every row
        return []
    return _JSON.raw_decode(stored)[0] if isinstance(stored, str) else stored
