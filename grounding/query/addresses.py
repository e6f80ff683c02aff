"""Where evidence can be looked up: its own address, or ours where it has none."""

from urllib.parse import quote

from grounding.query.records import Evidence


def address_of(evidence: Evidence, base_url: str | None) -> str:
    """Return the URL of a piece of evidence; never empty, and the same whenever it is asked for.

    What has none of its own is at this service: the version that is cited of a document, or the
    card of a series.

    base_url: what this service is reached by from outside; without it the address is a path.
    """
    own = (evidence.url or "").strip()
    path = f"/v1/documents/{quote(evidence.document_id, safe='')}?version={evidence.version}"
    return own or f"{(base_url or '').rstrip('/')}{path}"
