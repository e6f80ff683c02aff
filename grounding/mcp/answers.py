"""The JSON that tools answer with, in the form that ChatGPT connectors expect."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote, urlencode

from connectors.records import JsonValue
from grounding.client.records import (
    DocumentVersion,
    Evidence,
    Freshness,
    ObservedValue,
    SearchReply,
    Series,
    Source,
)
from grounding.mcp import ids
from grounding.query.records import PreviousValue, ValueAt
from grounding.query.statement import change, change_percent, plain, statement

JsonObject = dict[str, JsonValue]

_TITLE_CHARACTERS = 80


def results(found: SearchReply, base_url: str, *, asked: Mapping[str, object]) -> JsonObject:
    """List what was found, best first, each document once.

    asked: the filters of the question, whose instants the values of series keep.
    """
    read_as_of = found.interpretation is not None and any(
        each.used == "as_of" for each in found.interpretation.times
    )
    as_of = found.as_of if read_as_of or "as_of" in asked else None
    known_at = found.known_at if "known_at" in asked else None
    listed: dict[tuple[str, int], JsonValue] = {}
    for each in (some for some in found.results if not some.is_quarantined):
        place = each.document_id, each.version
        if place not in listed:
            name = ids.id_of(each, as_of=as_of, known_at=known_at)
            listed[place] = {
                "id": name,
                "title": each.title or _beginning(each.text) or name,
                "url": _address(each, base_url),
            }
    return {"results": [*listed.values()]}


_KEPT_OUT = "The words of this document are kept out of prompts, for"


def document(
    name: str, found: DocumentVersion, stands: Freshness | None, base_url: str
) -> JsonObject:
    """Show a document whole, with its times and how its source stands.

    What the service keeps out of prompts is kept out of this as well.
    """
    kept_out = [each for each in found.flags if each.action != "flag"]
    facts = {
        "kind": "document",
        "document_id": found.document_id,
        "version": found.version,
        "source": found.source,
        "collection": found.collection,
        "author": found.author,
        "language": found.language,
        "state": found.state,
        "published_at": found.published_at,
        "updated_at": found.updated_at,
        "observed_at": found.observed_at,
        "checked_at": found.checked_at,
        "valid_from": found.valid_from,
        "valid_until": found.valid_until,
        "superseded_at": found.superseded_at,
        "time_flags": ", ".join(found.time_flags) or None,
        "flags": "; ".join(f"{each.label}: {each.reason}" for each in found.flags) or None,
    }
    title, text = found.title or _beginning(found.text) or name, found.text
    if kept_out:
        title, text = name, f"{_KEPT_OUT} {', '.join(each.label for each in kept_out)}."
    return {
        "id": name,
        "title": title,
        "text": text,
        "url": found.url or document_address(found.document_id, base_url),
        "metadata": _said({**facts, **_standing(stands)}),
    }


def series(
    name: str, found: Series, value: ObservedValue, stands: Freshness | None, base_url: str
) -> JsonObject:
    """Show the value of a series as a sentence, with its parts beside it."""
    known = value_at(value)
    facts = {
        "kind": "series",
        "series": found.key,
        "source": found.source,
        "value": value.value,
        "unit": value.unit,
        "currency": value.currency,
        "valid_from": value.valid_from,
        "valid_until": value.valid_until,
        "published_at": value.published_at,
        "observed_at": value.observed_at,
        "previous_value": value.previous and value.previous.value,
        "previous_valid_from": value.previous and value.previous.valid_from,
        "change": change(known),
        "change_percent": change_percent(known),
        "cadence": value.cadence,
        "zone": value.zone,
        "venue": value.venue,
        "description": found.description or None,
    }
    return {
        "id": name,
        "title": found.title or found.key,
        "text": statement(known),
        "url": found.url or series_address(found.source, found.key, base_url),
        "metadata": _said({**facts, **_standing(stands)}),
    }


def standings(sources: Iterable[Source]) -> JsonObject:
    """List sources and how each stands against its promise."""
    return {"sources": [_source(each) for each in sources]}


def document_address(document_id: str, base_url: str) -> str:
    """Return where the service shows a document that has no address of its own."""
    return f"{base_url}/v1/documents/{quote(document_id, safe='')}"


def series_address(source: str, key: str, base_url: str) -> str:
    """Return where the service shows the values of a series that has no address of its own."""
    said = urlencode({"source": source})
    return f"{base_url}/v1/series/{quote(key, safe='')}/observations?{said}"


def value_at(value: ObservedValue) -> ValueAt:
    """Return a value that the client read as the record that sentences are made of."""
    given = {each.name: getattr(value, each.name) for each in fields(ValueAt)}
    if value.previous is not None:
        given["previous"] = PreviousValue(value.previous.value, value.previous.valid_from)
    return ValueAt(**given)


def _address(found: Evidence, base_url: str) -> str:
    if found.url:
        return found.url
    if found.observation is not None:
        return series_address(found.source, found.observation.series, base_url)
    return document_address(found.document_id, base_url)


def _source(each: Source) -> JsonValue:
    facts: dict[str, object] = {
        "source": each.name,
        "kind": each.kind,
        "collection": each.collection,
        **_standing(each.freshness),
        "is_read": each.enabled,
        "last_error": each.last_error,
        "remedy": each.remedy,
    }
    return _said(facts)


def _standing(stands: Freshness | None) -> dict[str, object]:
    if stands is None:
        return {"freshness": "unknown"}
    return {
        "freshness": stands.status,
        "freshness_age_seconds": stands.age_seconds,
        "last_read_at": stands.last_success_at,
        "next_read_at": stands.next_read_at,
        "warn_after_seconds": stands.warn_after_seconds,
        "error_after_seconds": stands.error_after_seconds,
    }


def _said(facts: Mapping[str, object]) -> JsonObject:
    """Return what is known of the facts, in JSON; decimals with all their digits."""
    return {name: _json(value) for name, value in facts.items() if value is not None}


def _json(value: object) -> JsonValue:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Decimal():
            return plain(value)
        case bool() | int() | float():
            return value
    return str(value)


def _beginning(text: str) -> str:
    """Return the first words of a text, as the title of what has none."""
    words = " ".join(text.split())
    return words if len(words) <= _TITLE_CHARACTERS else f"{words[:_TITLE_CHARACTERS]}…"
