"""A report as JSON, and back: what the API answers, and what the command line shows."""

from collections.abc import Mapping
from functools import cache

from pydantic import TypeAdapter

from connectors.records import JsonValue
from grounding.report.records import Report


def as_json(report: Report) -> bytes:
    return _adapter().dump_json(report)


def read(value: Mapping[str, JsonValue]) -> Report:
    """Read a report.

    Raises:
        ValueError: it is none.
    """
    return _adapter().validate_python(value)


@cache
def _adapter() -> TypeAdapter[Report]:
    return TypeAdapter(Report)
