"""Turn hits into candidates: one query for the chunks, one for the values of series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from connectors.records import Series
from grounding.query.moments import Moment
from grounding.query.question import Filters
from grounding.query.records import (
    Candidate,
    Evidence,
    EvidenceKind,
    EvidenceState,
    LeftOut,
    PreviousValue,
    Scores,
    ValueAt,
)
from grounding.query.statement import with_value
from indexer import cards
from indexer.catalogue import evidence, observations
from indexer.catalogue.evidence import ChunkInContext
from indexer.tables import DocumentRow, ObservationRow

NO_VALUE = "a series that has no value in the time asked for"
NOT_FROM = "on none of include_domains"


def candidates(
    session: Session, scores: Mapping[int, Scores], *, at: Moment, filters: Filters
) -> list[Candidate]:
    """Return a candidate for each scored chunk; a series without an admitted value has none."""
    chunks = evidence.chunks(session, list(scores))
    values = _values(session, chunks, at)
    found = []
    for each in chunks:
        cited, signature = _cited(each, at), each.chunk.signature
        if each.document.series_id is not None:
            value = values.get(each.document.id)
            if value is None or not _is_published_in(value.published_or_begun_at, filters):
                continue
            cited, signature = with_value(cited, value), None
        found.append(Candidate(each.chunk.id, cited, scores[each.chunk.id], signature))
    return found


def refused(
    session: Session, scores: Mapping[int, Scores], *, at: Moment, filters: Filters
) -> list[LeftOut]:
    """Return what the legs found and no candidate was made of, and why, in no order."""
    chunks = evidence.chunks(session, list(scores))
    found = [Candidate(each.chunk.id, _cited(each, at), scores[each.chunk.id]) for each in chunks]
    domains = filters.include_domains
    return [
        LeftOut(each, NO_VALUE if domains is None or is_from(each, domains) else NOT_FROM)
        for each in found
    ]


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
        cadence=series.cadence,
        zone=series.zone,
        venue=series.venue,
        valid_from=newest.valid_from,
        valid_until=newest.valid_until,
        published_at=newest.published_at,
        observed_at=newest.observed_at,
        previous=None if previous is None else PreviousValue(previous.value, previous.valid_from),
    )


def _is_published_in(at: datetime, filters: Filters) -> bool:
    after, before = filters.published_after, filters.published_before
    return (after is None or at >= after) and (before is None or at < before)


def _values(session: Session, chunks: Sequence[ChunkInContext], at: Moment) -> dict[int, ValueAt]:
    """Return the value of each series among the chunks, by the row of its card's version."""
    found_cards = {each.document.id: each.document for each in chunks if each.document.series_id}
    rows = sorted({card.series_id for card in found_cards.values() if card.series_id})
    stored = observations.values_at(session, rows, as_of=at.as_of, known_at=at.known_at)
    found = {
        row: value_at(cards.series_of(card.details), stored.get(card.series_id or 0, ()), at=at)
        for row, card in found_cards.items()
    }
    return {row: value for row, value in found.items() if value is not None}


def _cited(each: ChunkInContext, at: Moment) -> Evidence:
    chunk, document = each.chunk, each.document
    is_series = document.series_id is not None
    valid_until = chunk.valid_until or document.valid_until
    standing = standing_at(document, at, valid_until=valid_until)
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
        valid_from=chunk.valid_from or document.valid_from,
        valid_until=valid_until,
        observed_at=document.observed_at,
        checked_at=known_check(each.checked_at, document, at),
        superseded_at=standing.superseded_at,
        state=standing.state,
        time_flags=tuple(document.time_flags),
        metadata={} if is_series else document.details,
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How a version stood at a moment; what came to be known later is not in it."""

    state: EvidenceState
    superseded_at: datetime | None


def standing_at(document: DocumentRow, at: Moment, *, valid_until: datetime | None) -> Standing:
    ended = document.superseded_at
    if ended is not None and ended <= at.known_at:
        state = EvidenceState.REMOVED if document.was_removed else EvidenceState.SUPERSEDED
        return Standing(state, ended)
    if valid_until is not None and valid_until <= at.as_of:
        return Standing(EvidenceState.EXPIRED, None)
    return Standing(EvidenceState.CURRENT, None)


def known_check(checked_at: datetime, document: DocumentRow, at: Moment) -> datetime:
    """Return the last confirmation that was known then: of past ones only the first is kept."""
    return checked_at if checked_at <= at.known_at else document.observed_at
