"""Evidence as an answer is held against it: what a prompt showed, or what a caller gives."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from grounding.checking.records import Shown
from grounding.query.recall import Gone
from grounding.query.records import Evidence, FreshnessStatus


def shown(
    evidence: Sequence[Evidence | Gone], freshness: Mapping[str, FreshnessStatus]
) -> list[Shown]:
    """Return evidence in the order of its numbers; what is gone keeps its own, and says nothing.

    freshness: of the sources, as it was then.
    """
    return [
        Shown(number, each.id, "", source="")
        if isinstance(each, Gone)
        else _shown(each, number, freshness.get(each.source, FreshnessStatus.UNKNOWN))
        for number, each in enumerate(evidence, start=1)
    ]


def given(
    number: int,
    text: str,
    *,
    title: str = "",
    id: str | None = None,  # noqa: A002 - as the record has it
    published_at: datetime | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> Shown:
    """Return what a caller gives as evidence; the service knows no more of it."""
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
    return Shown(
        number=number,
        id=id or f"sha256:{digest}",
        text=text,
        title=title,
        published_at=published_at,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _shown(evidence: Evidence, number: int, freshness: FreshnessStatus) -> Shown:
    return Shown(
        number=number,
        id=evidence.id,
        text=evidence.text,
        title=evidence.title,
        source=evidence.source,
        kind=evidence.kind,
        published_at=evidence.published_at,
        updated_at=evidence.updated_at,
        valid_from=evidence.valid_from,
        valid_until=evidence.valid_until,
        observed_at=evidence.observed_at,
        value=evidence.observation,
        freshness=freshness,
        state=evidence.state,
        urls=_urls(evidence),
    )


def _urls(evidence: Evidence) -> tuple[str, ...]:
    """Return its address and those of what it stands for."""
    named = (evidence.url, *(each.url for each in evidence.also_in))
    return tuple(url for url in named if url)
