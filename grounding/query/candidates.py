"""Turn hits into candidates: one query for the chunks, one for the values of series."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from connectors.records import Series
from grounding.query.question import Moment
from grounding.query.records import (
    Candidate,
    Evidence,
    EvidenceKind,
    PreviousValue,
    Scores,
    ValueAt,
)
from grounding.query.statement import with_value
from indexer.catalogue import evidence, observations
from indexer.catalogue.evidence import ChunkInContext
from indexer.tables import ObservationRow


def candidates(session: Session, scores: Mapping[int, Scores], *, at: Moment) -> list[Candidate]:
    """Return a candidate for each scored chunk; a series with no value then has none."""
    chunks = evidence.chunks(session, list(scores))
    values = _values(session, chunks, at)
    found = []
    for each in chunks:
        cited = _cited(each)
        if each.document.series_id is not None:
            value = values.get(each.document.series_id)
            if value is None:
                continue
            cited = with_value(cited, value)
        found.append(Candidate(chunk=each.chunk.id, evidence=cited, scores=scores[each.chunk.id]))
    return found


def is_from(candidate: Candidate, domains: frozenset[str]) -> bool:
    """Whether the evidence's address is on one of these hosts or below it."""
    try:
        host = urlsplit(candidate.evidence.url or "").hostname or ""
    except ValueError:  # an address is whatever a source or a caller wrote
        return False
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def value_at(series: Series, rows: Sequence[ObservationRow], *, at: Moment) -> ValueAt | None:
    """Return the value that holds at `as_of`; None if the last one has expired by then."""
    if not rows:
        return None
    newest, previous = rows[0], rows[1] if len(rows) > 1 else None
    if newest.valid_until is not None and newest.valid_until <= at.as_of:
        return None
    return ValueAt(
        series=series.key,
        title=series.title,
        value=newest.value,
        unit=series.unit,
        currency=series.currency,
        valid_from=newest.valid_from,
        valid_until=newest.valid_until,
        published_at=newest.published_at,
        observed_at=newest.observed_at,
        previous=None if previous is None else PreviousValue(previous.value, previous.valid_from),
    )


def _values(session: Session, chunks: Sequence[ChunkInContext], at: Moment) -> dict[int, ValueAt]:
    rows = sorted({each.document.series_id for each in chunks if each.document.series_id})
    series = observations.by_rows(session, rows)
    stored = observations.values_at(session, rows, as_of=at.as_of, known_at=at.known_at)
    found = {row: value_at(series[row], stored.get(row, ()), at=at) for row in rows}
    return {row: value for row, value in found.items() if value is not None}


def _cited(each: ChunkInContext) -> Evidence:
    chunk, document = each.chunk, each.document
    is_series = document.series_id is not None
    return Evidence(
        document_id=document.uid,
        version=document.version,
        ordinal=chunk.ordinal,
        kind=EvidenceKind.SERIES if is_series else EvidenceKind.DOCUMENT,
        title=document.title,
        text=chunk.text,
        start=chunk.start_offset,
        end=chunk.end_offset,
        source=each.source,
        source_kind=each.source_kind,
        collection=each.collection,
        url=document.url,
        section=chunk.section,
        published_at=document.published_at,
        updated_at=document.updated_at,
        valid_from=document.valid_from,
        valid_until=document.valid_until,
        observed_at=document.observed_at,
        checked_at=document.checked_at,
        metadata=document.details,
    )
