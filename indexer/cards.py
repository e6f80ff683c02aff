"""The card of a series: the one document by which a search finds it.

A card says what is measured, never a value: values are read when a query hits the card, so a
tick costs one row and no vector.
"""

from connectors.records import Document, Series
from indexer.intake import RESERVED_KEYS


def card(series: Series, *, source: str) -> Document:
    return Document(
        key=f"{RESERVED_KEYS}{series.key}",
        title=series.title,
        text=_text(series, source),
        url=series.url,
    )


def _text(series: Series, source: str) -> str:
    facts = [
        series.title,
        series.description,
        _named("unit", series.unit),
        _named("currency", series.currency),
        _named("cadence", series.cadence),
        _named("also known as", ", ".join(series.aliases)),
        _named("key", series.key),
        _named("source", source),
    ]
    return ". ".join(fact.rstrip(".") for fact in facts if fact) + "."


def _named(name: str, value: str | None) -> str:
    return f"{name}: {value}" if value else ""
