"""How evidence stands at an instant: current, or by what, since when and why no longer.

What was shown is compared with what a query would be shown at that instant: another version of the
document, another value of the series, or nothing. What still holds is doubted where its source has
not been read for longer than it promised.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from grounding.checking.records import Shown, Standing, StandingStatus
from grounding.query.candidates import value_at
from grounding.query.freshness import broken_promise, freshness
from grounding.query.moments import Moment
from grounding.query.records import EvidenceKind, Freshness, FreshnessStatus, ValueAt
from grounding.query.statement import statement
from grounding.query.times import minute
from indexer import cards
from indexer.catalogue import documents, observations, sources
from indexer.catalogue.documents import DocumentVersion
from indexer.tables import DocumentRow


@dataclass(frozen=True, slots=True)
class _Stored:
    """What is stored of the documents that were shown, by their ids.

    seen: what a query at the instant sees; newest: the last version received by then.
    values: of the series whose cards they are. standing: of all sources, by name.
    """

    seen: Mapping[str, DocumentVersion]
    newest: Mapping[str, DocumentVersion]
    values: Mapping[str, ValueAt | None]
    standing: Mapping[str, Freshness]


def standings(session: Session, shown: Sequence[Shown], at: Moment) -> dict[int, Standing]:
    """Return how each item stands at an instant, by its number.

    at: a `known_at` before the present sees what was known then; how fresh sources are is known
        for the present alone.
    """
    uids = sorted({_uid(item) for item in shown if item.source is not None})
    seen = documents.versions_at(session, uids, as_of=at.as_of, known_at=at.known_at)
    known = sources.all_sources(session, with_removed=True) if uids else []
    stored = _Stored(
        seen=seen,
        newest=documents.newest_at(session, uids, known_at=at.known_at),
        values=_values(session, seen, at),
        standing={each.name: freshness(each, now=at.now) for each in known},
    )
    return {item.number: _standing(item, stored, at) for item in shown}


def _standing(item: Shown, stored: _Stored, at: Moment) -> Standing:
    if item.source is None:
        return _of_given(item, at)
    if item.kind is EvidenceKind.SERIES:
        return _of_value(item, stored, at)
    return _of_document(item, stored, at)


def _of_given(item: Shown, at: Moment) -> Standing:
    """Judge what a caller gave by what it says of itself."""
    if item.valid_until is not None and item.valid_until <= at.as_of:
        return _expired(item, at)
    if item.valid_from is not None and item.valid_from > at.as_of:
        reason = f"[{item.number}] holds from {minute(item.valid_from)} on"
        return Standing(item.number, StandingStatus.NOT_YET, at.as_of, reason, item.valid_from)
    reason = f"[{item.number}] is not of this service: whether it still holds is not known here"
    return Standing(item.number, StandingStatus.UNKNOWN, at.as_of, reason)


def _of_document(item: Shown, stored: _Stored, at: Moment) -> Standing:
    uid, version = _uid(item), _version(item)
    current, newest = stored.seen.get(uid), stored.newest.get(uid)
    if newest is None:
        return _erased(item, at)
    if current is not None and current.row.version != version:
        since = current.row.observed_at
        reason = (
            f"[{item.number}] was superseded at {minute(since)} by version {current.row.version}"
        )
        status, doubt = StandingStatus.SUPERSEDED, _doubt(item, stored, at)
        return Standing(item.number, status, at.as_of, reason, since, _newer(item, current), doubt)
    row = newest.row
    if row.was_removed and row.superseded_at is not None and row.superseded_at <= at.known_at:
        reason = f"[{item.number}] was taken away by its source at {minute(row.superseded_at)}"
        status = StandingStatus.REMOVED
        return Standing(item.number, status, at.as_of, reason, row.superseded_at)
    if current is None or (item.valid_until is not None and item.valid_until <= at.as_of):
        return _expired(item, at)
    return _current(item, stored, at)


def _of_value(item: Shown, stored: _Stored, at: Moment) -> Standing:
    uid = _uid(item)
    if stored.newest.get(uid) is None:
        return _erased(item, at)
    if stored.seen.get(uid) is None:
        row = stored.newest[uid].row
        since = row.superseded_at
        reason = f"[{item.number}] was taken away with its source"
        return Standing(item.number, StandingStatus.REMOVED, at.as_of, reason, since)
    value, was = stored.values.get(uid), item.value
    if value is None or was is None:
        return _expired(item, at)
    if (value.value, value.valid_from) != (was.value, was.valid_from):
        since = max(value.valid_from, value.observed_at)
        reason = (
            f"[{item.number}] was superseded at {minute(since)}: "
            f"the value from {minute(value.valid_from)} on is another"
        )
        status, newer = StandingStatus.SUPERSEDED, _newer_value(item, value)
        doubt = _doubt(item, stored, at)
        return Standing(item.number, status, at.as_of, reason, since, newer, doubt)
    return _current(item, stored, at)


def _current(item: Shown, stored: _Stored, at: Moment) -> Standing:
    """Say that an item holds, as far as anybody has looked."""
    if doubt := _doubt(item, stored, at):
        reason = f"[{item.number}] may hold no longer: {doubt}"
        since = stored.standing[item.source or ""].last_success_at
        return Standing(item.number, StandingStatus.OVERDUE, at.as_of, reason, since, doubt=doubt)
    reason = f"[{item.number}] holds"
    return Standing(item.number, StandingStatus.CURRENT, at.as_of, reason, item.valid_from)


def _doubt(item: Shown, stored: _Stored, at: Moment) -> str:
    """Return by what promise its source is overdue at present; "" where it is not."""
    source = stored.standing.get(item.source or "")
    is_overdue = source is not None and source.status is FreshnessStatus.ERROR
    return broken_promise(source) if source and is_overdue and at.known_at == at.now else ""


def _expired(item: Shown, at: Moment) -> Standing:
    until = "" if item.valid_until is None else f" at {minute(item.valid_until)}"
    reason = f"[{item.number}] ceased to hold{until}"
    return Standing(item.number, StandingStatus.EXPIRED, at.as_of, reason, item.valid_until)


def _erased(item: Shown, at: Moment) -> Standing:
    reason = f"[{item.number}] was erased: what became of it is not known"
    return Standing(item.number, StandingStatus.ERASED, at.as_of, reason)


def _newer(item: Shown, version: DocumentVersion) -> Shown:
    row = version.row
    return Shown(
        number=item.number,
        id=f"{row.uid}@{row.version}",
        text=row.text,
        title=row.title,
        source=version.source,
        published_at=row.published_at,
        updated_at=row.updated_at,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        observed_at=row.observed_at,
    )


def _newer_value(item: Shown, value: ValueAt) -> Shown:
    return Shown(
        number=item.number,
        id=item.id,
        text=statement(value),
        title=value.title,
        source=item.source,
        kind=EvidenceKind.SERIES,
        published_at=value.published_at,
        valid_from=value.valid_from,
        valid_until=value.valid_until,
        observed_at=value.observed_at,
        value=value,
    )


def _values(
    session: Session, seen: Mapping[str, DocumentVersion], at: Moment
) -> dict[str, ValueAt | None]:
    """Return the value of each series whose card is among these, by the card's id."""
    found = {uid: each.row for uid, each in seen.items() if each.row.series_id is not None}
    rows = sorted({_series(row) for row in found.values()})
    stored = observations.values_at(session, rows, as_of=at.as_of, known_at=at.known_at)
    return {
        uid: value_at(cards.series_of(row.details), stored.get(_series(row), ()), at=at)
        for uid, row in found.items()
    }


def _series(card: DocumentRow) -> int:
    return card.series_id or 0


def _uid(item: Shown) -> str:
    return item.id.partition("@")[0]


def _version(item: Shown) -> int:
    return int(item.id.partition("@")[2].partition("#")[0])
