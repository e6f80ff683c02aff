"""Where a piece of evidence can be looked up: on the web, or else at this service."""

from urllib.parse import quote

from grounding.query.records import Evidence


def address_of(evidence: Evidence, base_url: str | None) -> str:
    """Return its own URL, or where this service shows it; never empty.

    base_url: under which the service is reached; without it the address is a path.
    """
    if evidence.url:
        return evidence.url
    return f"{(base_url or '').rstrip('/')}/v1/documents/{quote(evidence.document_id, safe='')}"
