"""What a framework's document says of a piece of evidence besides its text."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote, urlencode

from connectors.records import JsonValue
from grounding.client.records import Evidence, SearchReply

Metadata = dict[str, JsonValue]

TO_SHOW = ("title", "url", "source", "published_at", "valid_from", "valid_until", "state")
"""What of it helps an llm; the rest is for programs."""


def found(reply: SearchReply, base_url: str) -> Iterator[tuple[Evidence, Metadata]]:
    """Yield what was found, best first, each with its metadata.

    Times are RFC 3339; what is not known is left out. `freshness` is how its source stands.
    What is quarantined is left out: what a retriever finds goes into a prompt.
    """
    standings = {each.name: each.status for each in reply.sources}
    for each in (some for some in reply.results if not some.is_quarantined):
        facts: dict[str, JsonValue] = {
            "id": each.id,
            "document_id": each.document_id,
            "version": each.version,
            "kind": each.kind,
            "title": each.title,
            "url": each.url or _address(each, base_url),
            "source": each.source,
            "collection": each.collection,
            "section": each.section or None,
            "published_at": _time(each.published_at),
            "updated_at": _time(each.updated_at),
            "observed_at": _time(each.observed_at),
            "valid_from": _time(each.valid_from),
            "valid_until": _time(each.valid_until),
            "age_seconds": each.age_seconds,
            "state": each.state,
            "freshness": standings.get(each.source),
            "score": each.score,
        }
        yield each, {name: value for name, value in facts.items() if value is not None}


def _address(each: Evidence, base_url: str) -> str:
    """Return where the service shows what has no address of its own."""
    root = f"{base_url.rstrip('/')}/v1"
    if each.observation is None:
        return f"{root}/documents/{quote(each.document_id, safe='')}"
    key = quote(each.observation.series, safe="")
    return f"{root}/series/{key}/observations?{urlencode({'source': each.source})}"


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
