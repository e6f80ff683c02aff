"""Write what was decided: one batch, its change-log entries and its cursor, in one transaction.

Everything here runs inside a writing session and computes nothing that takes long: vectors
come ready-made. All rows of one transaction share one instant, `at`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from connectors.records import Cursor, Document, Observation, Series
from indexer.catalogue import changes, documents, erasures, observations, sources
from indexer.decide import Decision, NewVersion, ValueDecision, decide_values, standing
from indexer.errors import Conflict
from indexer.published import counting, doubts
from indexer.records import ChangeKind, Counts, StoredObservation

ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
"""From when a series' card holds: it says what is measured, whenever it was; values have times."""


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A chunk to store. vector: [d] float16 bytes, little-endian."""

    ordinal: int
    text: str
    section: str
    start: int
    end: int
    token_count: int
    embedded_hash: str
    embedder: str
    vector: bytes
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    signature: bytes | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything of a batch that is ready to be written.

    chunks: those of each new version, by its key. cards: which document keys are the card of
    which series key. cursor: None where more of the same batch follows. ttl: how long documents
    hold that do not say so themselves. was_listing_whole: whether the listing that ends at this
    cursor named all there is; None where it is the last one, unmodified.
    """

    decision: Decision
    chunks: Mapping[str, Sequence[NewChunk]]
    series: Sequence[Series]
    cards: Mapping[str, str]
    observations: Sequence[Observation]
    cursor: Cursor | None
    ttl: timedelta | None = None
    was_listing_whole: bool | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written: counts, the log's head afterwards, and series nobody had declared.

    values_unchanged: observations that were stored already.
    """

    counts: Counts
    values_unchanged: int
    seq: int
    unknown_series: tuple[str, ...]


def store(session: Session, source_id: int, prepared: Prepared, *, now: datetime) -> Stored:
    """Write a prepared batch; the caller commits.

    Raises:
        Conflict: a key's stored version is no longer the one that was decided on.
    """
    decision = prepared.decision
    _require_basis(session, source_id, decision)
    at = changes.next_instant(session, now)
    series_rows = _store_series(session, source_id, prepared, at)
    _store_documents(session, source_id, prepared, series_rows=series_rows, at=at)
    values = _store_observations(session, source_id, prepared, series_rows, at=at)
    if prepared.cursor is not None:
        sources.move_cursor(
            session, source_id, prepared.cursor, was_listing_whole=prepared.was_listing_whole
        )
    return Stored(
        counts=_counts(prepared, values),
        values_unchanged=values.unchanged,
        seq=changes.head(session)[0],
        unknown_series=_unknown(prepared.observations, series_rows),
    )


def remove_rows(session: Session, source_id: int, rows: Sequence[int], *, at: datetime) -> None:
    """Remove these current versions at `at`, the instant of this transaction."""
    documents.supersede(session, rows, at=at, was_removed=True)
    _log_retired(session, source_id, rows, at=at)


def lasting_until(start: datetime, ttl: timedelta | None) -> datetime | None:
    """Return when what holds from `start` expires; None for never, or beyond the calendar."""
    try:
        return None if ttl is None else start + ttl
    except OverflowError:
        return None


def _log_retired(session: Session, source_id: int, rows: Sequence[int], *, at: datetime) -> None:
    if rows:
        changes.append(
            session, ChangeKind.RETIRED, at=at, source_id=source_id, documents=sorted(rows)
        )


def _require_basis(session: Session, source_id: int, decision: Decision) -> None:
    uids = [version.uid for version in decision.versions]
    if erasures.erased(session, uids):
        raise Conflict("a document was erased meanwhile")
    stored = documents.latest_versions(session, source_id, list(decision.basis))
    for key, basis in decision.basis.items():
        if standing(stored.get(key)) != basis:
            raise Conflict(f"document {key} was changed by another writer")


def _store_series(
    session: Session, source_id: int, prepared: Prepared, at: datetime
) -> dict[str, int]:
    """Write declared series; return the rows of all series that this batch speaks of."""
    keys = {one.key for one in prepared.series} | {one.series for one in prepared.observations}
    known = observations.series_of(session, source_id, sorted(keys))
    declared = {one.key: one for one in prepared.series}
    added = [one for key, one in declared.items() if key not in known]
    for key, one in declared.items():
        if key in known and known[key].series != one:
            observations.update_series(session, known[key].row, one)
    rows = {key: stored.row for key, stored in known.items()}
    return rows | observations.insert_series(session, source_id, added, now=at)


def _store_documents(
    session: Session,
    source_id: int,
    prepared: Prepared,
    *,
    series_rows: Mapping[str, int],
    at: datetime,
) -> None:
    decision = prepared.decision
    documents.supersede(session, decision.replaced, at=at)
    documents.supersede(session, decision.removed, at=at, was_removed=True)
    _log_retired(session, source_id, [*decision.replaced, *decision.removed], at=at)
    cards = {card: series_rows[series] for card, series in prepared.cards.items()}
    rows = documents.insert_versions(
        session,
        [
            _version_columns(version, source_id, at)
            | _times(version.document, cards.get(version.document.key), prepared.ttl, at)
            for version in decision.versions
        ],
    )
    by_key = {
        version.document.key: row for version, row in zip(decision.versions, rows, strict=True)
    }
    documents.insert_chunks(
        session,
        [
            _chunk_columns(chunk, by_key[key])
            for key, chunks in prepared.chunks.items()
            for chunk in chunks
        ],
    )
    documents.confirm(session, decision.unchanged, at=at)
    if rows:
        changes.append(session, ChangeKind.ADDED, at=at, source_id=source_id, documents=rows)


def _store_observations(
    session: Session,
    source_id: int,
    prepared: Prepared,
    series_rows: Mapping[str, int],
    *,
    at: datetime,
) -> ValueDecision:
    known_series = [one for one in prepared.observations if one.series in series_rows]
    if not known_series:
        return ValueDecision((), (), 0)
    values = decide_values(known_series, stored=_current(session, known_series, series_rows))
    observations.supersede(session, [row for row, _ in values.revised], at=at)
    written = [*values.new, *(one for _, one in values.revised)]
    observations.insert_observations(
        session, [_value_columns(one, series_rows[one.series], at) for one in written]
    )
    touched = sorted({series_rows[one.series] for one in written})
    if touched:
        changes.append(session, ChangeKind.OBSERVED, at=at, source_id=source_id, series=touched)
    return values


def _current(
    session: Session, given: Sequence[Observation], series_rows: Mapping[str, int]
) -> dict[tuple[str, datetime], StoredObservation]:
    instants = [one.valid_from for one in given]
    names = {series_rows[one.series]: one.series for one in given}
    found = observations.current_between(
        session, sorted(names), first=min(instants), last=max(instants)
    )
    return {(names[row], moment): value for (row, moment), value in found.items()}


def _version_columns(version: NewVersion, source_id: int, at: datetime) -> dict[str, object]:
    document = version.document
    return {
        "source_id": source_id,
        "uid": version.uid,
        "key": document.key,
        "version": version.version,
        "content_hash": version.content_hash,
        "title": document.title,
        "text": document.text,
        "url": document.url,
        "author": document.author,
        "language": document.language,
        "media_type": document.media_type,
        "details": dict(document.metadata),
        "published_at": document.published_at,
        "updated_at": document.updated_at,
        "observed_at": at,
        "checked_at": at,
        "time_flags": _time_flags(document, at),
    }


def _times(
    document: Document, series_id: int | None, ttl: timedelta | None, at: datetime
) -> dict[str, object]:
    """Return from when until when a version holds; the card of a series always does."""
    if series_id is not None:
        return {"series_id": series_id, "valid_from": ALWAYS, "valid_until": None}
    start = _valid_from(document, at)
    until = document.valid_until or lasting_until(start, ttl)
    return {"series_id": None, "valid_from": start, "valid_until": until}


def _time_flags(document: Document, at: datetime) -> list[str]:
    said = [
        *document.time_flags,
        *doubts("published_at", document.published_at, observed_at=at),
        *doubts("updated_at", document.updated_at, observed_at=at),
    ]
    return list(dict.fromkeys(said))


def _valid_from(document: Document, at: datetime) -> datetime:
    """Return when the statement begins to hold: as said, else when it was first to be seen.

    What we hold in our hands was published by now, whatever a fast clock claims.
    """
    return document.valid_from or counting(document.published_at, at) or at


def _chunk_columns(chunk: NewChunk, document_row: int) -> dict[str, object]:
    return {
        "document_id": document_row,
        "ordinal": chunk.ordinal,
        "text": chunk.text,
        "section": chunk.section,
        "start_offset": chunk.start,
        "end_offset": chunk.end,
        "token_count": chunk.token_count,
        "embedded_hash": chunk.embedded_hash,
        "embedder": chunk.embedder,
        "vector": chunk.vector,
        "valid_from": chunk.valid_from,
        "valid_until": chunk.valid_until,
        "signature": chunk.signature,
    }


def _value_columns(one: Observation, series_row: int, at: datetime) -> dict[str, object]:
    return {
        "series_id": series_row,
        "value": one.value,
        "valid_from": one.valid_from,
        "valid_until": one.valid_until,
        "published_at": one.published_at,
        "observed_at": at,
        "superseded_at": None,
    }


def _counts(prepared: Prepared, values: ValueDecision) -> Counts:
    decision, cards = prepared.decision, prepared.cards
    versions = [version for version in decision.versions if version.document.key not in cards]
    changed = sum(version.replaces is not None for version in versions)
    card_count = len(cards) - (len(decision.versions) - len(versions))
    return Counts(
        new=len(versions) - changed,
        changed=changed,
        unchanged=len(decision.unchanged) - card_count,
        removed=len(decision.removed),
        observations_new=len(values.new),
        observations_changed=len(values.revised),
    )


def _unknown(given: Sequence[Observation], series_rows: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted({one.series for one in given if one.series not in series_rows}))
