"""Turn hits into candidates: passages as they stand now, and the values of series."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from connectors.records import Series
from grounding.query.moments import Moment
from grounding.query.passage_cache import KeptPassage, PassageReader
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
from indexer.catalogue import observations
from indexer.catalogue.evidence import Passage, VersionStanding
from indexer.tables import DocumentRow, ObservationRow

NO_VALUE = "a series that has no value in the time asked for"
NOT_FROM = "on none of include_domains"
TOO_FAR = "too far behind to be among the best"


def candidates(
    reader: PassageReader, scores: Mapping[int, Scores], *, at: Moment, filters: Filters
) -> list[Candidate]:
    """Return a candidate for each scored chunk; a series without an admitted value has none."""
    loaded = reader.passages(list(scores))
    values = _values(reader.session, [kept.passage for kept, _ in loaded], at)
    found = []
    for kept, standing in loaded:
        passage, cited = kept.passage, _cited(kept, standing, at)
        if passage.series_id is None:
            found.append(
                Candidate(
                    passage.chunk, cited, scores[passage.chunk], passage.signature, kept.letters
                )
            )
            continue
        value = values.get(passage.version_id)
        if value is not None and _is_published_in(value.published_or_begun_at, filters):
            found.append(Candidate(passage.chunk, with_value(cited, value), scores[passage.chunk]))
    return found


def refused(
    reader: PassageReader,
    scores: Mapping[int, Scores],
    looked_at: Collection[int],
    *,
    at: Moment,
    filters: Filters,
) -> list[LeftOut]:
    """Return what the legs found and no candidate was made of, and why, in no order.

    looked_at: all that a candidate was to be made of.
    """
    found = [
        Candidate(kept.passage.chunk, _cited(kept, standing, at), scores[kept.passage.chunk])
        for kept, standing in reader.passages(list(scores))
    ]
    domains = filters.include_domains

    def reason(candidate: Candidate) -> str:
        if candidate.chunk not in looked_at:
            return TOO_FAR
        return NO_VALUE if domains is None or is_from(candidate, domains) else NOT_FROM

    return [LeftOut(each, reason(each)) for each in found]


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


def _values(session: Session, passages: Sequence[Passage], at: Moment) -> dict[int, ValueAt]:
    """Return the value of each series among the passages, by the row of its card's version."""
    found_cards = {each.version_id: each for each in passages if each.series_id}
    rows = sorted({card.series_id for card in found_cards.values() if card.series_id})
    stored = observations.values_at(session, rows, as_of=at.as_of, known_at=at.known_at)
    found = {
        row: value_at(cards.series_of(card.details), stored.get(card.series_id or 0, ()), at=at)
        for row, card in found_cards.items()
    }
    return {row: value for row, value in found.items() if value is not None}


def _cited(kept: KeptPassage, version: VersionStanding, at: Moment) -> Evidence:
    """Return the passage as evidence: that of the last time, where nothing changed since."""
    passage = kept.passage
    standing = standing_at(version, at, valid_until=passage.valid_until)
    checked_at = known_check(version.checked_at, passage, at)
    depends_on = (standing, checked_at, version.source, version.source_kind, version.collection)
    if kept.evidence is not None and kept.evidence[0] == depends_on:
        return kept.evidence[1]
    cited = cited_as(passage, version, at)
    kept.evidence = depends_on, cited
    return cited


def cited_as(passage: Passage, version: VersionStanding, at: Moment) -> Evidence:
    """Return a passage as evidence, as it stands at a moment."""
    standing = standing_at(version, at, valid_until=passage.valid_until)
    is_series = passage.series_id is not None
    return Evidence(
        document_id=passage.uid,
        version=passage.version,
        ordinal=passage.ordinal,
        kind=EvidenceKind.SERIES if is_series else EvidenceKind.DOCUMENT,
        title=passage.title,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        source=version.source,
        source_kind=version.source_kind,
        collection=version.collection,
        url=passage.url,
        section=passage.section,
        published_at=passage.published_at,
        updated_at=passage.updated_at,
        valid_from=passage.valid_from,
        valid_until=passage.valid_until,
        observed_at=passage.observed_at,
        checked_at=known_check(version.checked_at, passage, at),
        superseded_at=standing.superseded_at,
        state=standing.state,
        time_flags=passage.time_flags,
        metadata={} if is_series else passage.details,
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How a version stood at a moment; what came to be known later is not in it."""

    state: EvidenceState
    superseded_at: datetime | None


def standing_at(
    version: DocumentRow | VersionStanding, at: Moment, *, valid_until: datetime | None
) -> Standing:
    ended = version.superseded_at
    if ended is not None and ended <= at.known_at:
        state = EvidenceState.REMOVED if version.was_removed else EvidenceState.SUPERSEDED
        return Standing(state, ended)
    if valid_until is not None and valid_until <= at.as_of:
        return Standing(EvidenceState.EXPIRED, None)
    return Standing(EvidenceState.CURRENT, None)


def known_check(checked_at: datetime, version: DocumentRow | Passage, at: Moment) -> datetime:
    """Return the last confirmation that was known then: of past ones only the first is kept."""
    return checked_at if checked_at <= at.known_at else version.observed_at
