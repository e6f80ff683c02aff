"""The card of a series: the one document by which a search finds it.

A card says what is measured, never a value: values are read when a query hits the card, so a
tick costs one row and no vector. Its metadata hold the description of the series as the card's
version has it, so that a look into the past shows what the series was called then.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from connectors.records import Document, JsonValue, Series
from indexer.intake import RESERVED_KEYS


def card(series: Series, *, source: str) -> Document:
    return Document(
        key=f"{RESERVED_KEYS}{series.key}",
        title=series.title,
        text=_text(series, source),
        url=series.url,
        metadata={name: _json(getattr(series, name)) for name in _FIELDS if name not in _UNSAID},
    )


def series_of(metadata: Mapping[str, Any]) -> Series:  # Any: as `card` wrote it
    """Return the series that a card's metadata describe."""
    return Series(**{**metadata, "aliases": tuple(metadata["aliases"])})


def names_of(series: Series) -> tuple[str, ...]:
    """Return what a question may call the series."""
    named = (series.title, series.key, *series.aliases, series.venue)
    return tuple(dict.fromkeys(name for name in named if name))


def _json(value: str | tuple[str, ...] | None) -> JsonValue:
    return list(value) if isinstance(value, tuple) else value


def _text(series: Series, source: str) -> str:
    facts = [
        series.title,
        series.description,
        _named("unit", series.unit),
        _named("currency", series.currency),
        _named("measured at", series.venue),
        _named("cadence", series.cadence),
        _named("also known as", ", ".join(series.aliases)),
        _named("key", series.key),
        _named("source", source),
    ]
    return ". ".join(fact.rstrip(".") for fact in facts if fact) + "."


def _named(name: str, value: str | None) -> str:
    return f"{name}: {value}" if value else ""


_FIELDS = tuple(field.name for field in fields(Series))
_UNSAID = frozenset({"metadata"})
"""What nobody is told: that it changes makes no new version of the card."""
