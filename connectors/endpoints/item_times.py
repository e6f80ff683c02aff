"""The times an item gives: those that may stay unknown, and those that must not be lost."""

from dataclasses import replace

from connectors.dates import read_instant
from connectors.doubts import LONGEST_GIVEN, Reading
from connectors.endpoints.expressions import as_text, evaluate
from connectors.endpoints.quantity import no_time, read_start


def stated(expression: str | None, item: object, *, zone: str | None) -> Reading:
    """Read a date that may stay unknown."""
    found = None if expression is None else evaluate(expression, item)
    given = as_text(found)
    if not given:
        return Reading(None)
    return replace(read_instant(found, assumed_zone=zone), given=given[:LONGEST_GIVEN])


def binding(expression: str | None, item: object, *, zone: str | None) -> Reading:
    """Read a date that must not be lost: without it an expired statement would still hold.

    Raises:
        ItemFailed: the item gives one that cannot be read.
    """
    found = None if expression is None else evaluate(expression, item)
    if found in (None, ""):
        return Reading(None)
    reading = read_start(found, zone=zone)
    if reading.instant is None:
        raise no_time(found)
    return reading
