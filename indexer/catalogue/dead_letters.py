"""Dead letters: items that could not be read, until they are, or somebody dismisses them.

An item whose key nobody knows is kept under its reason.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Delete, Select, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from indexer.catalogue import slices
from indexer.records import DeadLetter
from indexer.tables import DeadLetterRow, SourceRow

MOST_KEPT = 1_000
"""A source; the longest unseen go first."""
_NAMELESS = "? "
_LONGEST_NAME = 200
_AT_ONCE = 200


def note(
    session: Session, source_id: int, failures: Iterable[tuple[str | None, str]], *, at: datetime
) -> None:
    """Keep what failed in a read, each item once, with the newest reason."""
    named = {_name(key, reason): reason for key, reason in failures}
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    for some in slices(list(named.items()), _AT_ONCE):
        rows = [
            {
                "source_id": source_id,
                "key": name,
                "reason": reason,
                "first_failed_at": at,
                "last_failed_at": at,
                "times": 1,
            }
            for name, reason in some
        ]
        given = dialect.insert(DeadLetterRow).values(rows)
        session.execute(
            given.on_conflict_do_update(
                index_elements=["source_id", "key"],
                set_={
                    "reason": given.excluded.reason,
                    "last_failed_at": at,
                    "times": DeadLetterRow.times + 1,
                },
            )
        )
    if named:
        _forget_oldest(session, source_id)


def settle(session: Session, source_id: int, good: Collection[str]) -> None:
    """Drop the letters of items that were read after all."""
    known = set(
        session.scalars(select(DeadLetterRow.key).where(DeadLetterRow.source_id == source_id))
    )
    dismiss(session, source_id, known.intersection(good))


def settle_nameless(session: Session, source_id: int, *, before: datetime) -> None:
    """Drop nameless letters of earlier reads, after one that listed everything without them."""
    session.execute(
        delete(DeadLetterRow).where(
            DeadLetterRow.source_id == source_id,
            DeadLetterRow.key.startswith(_NAMELESS, autoescape=True),
            DeadLetterRow.last_failed_at < before,
        )
    )


def dismiss(session: Session, source_id: int, keys: Iterable[str] | None = None) -> int:
    """Drop the letters of these keys, or all of a source; return how many there were."""
    mine = delete(DeadLetterRow).where(DeadLetterRow.source_id == source_id)
    if keys is None:
        return _deleted(session, mine)
    parts = slices(list(keys), _AT_ONCE)
    return sum(_deleted(session, mine.where(DeadLetterRow.key.in_(some))) for some in parts)


def listed(session: Session, *, source: str | None = None, limit: int = 100) -> list[DeadLetter]:
    """Return letters, the newest failure first."""
    query = _with_source().order_by(
        DeadLetterRow.last_failed_at.desc(), SourceRow.name, DeadLetterRow.key
    )
    if source is not None:
        query = query.where(SourceRow.name == source)
    return [_record(row, name) for row, name in session.execute(query.limit(limit))]


def counts(session: Session) -> Mapping[int, int]:
    """Return the number of letters by source."""
    rows = session.execute(
        select(DeadLetterRow.source_id, func.count()).group_by(DeadLetterRow.source_id)
    )
    return {source: count for source, count in rows}  # noqa: C416 - a Row is not a 2-tuple


def _deleted(session: Session, statement: Delete) -> int:
    return len(session.scalars(statement.returning(DeadLetterRow.key)).all())


def _name(key: str | None, reason: str) -> str:
    return _NAMELESS + reason[:_LONGEST_NAME] if key is None else key


def _forget_oldest(session: Session, source_id: int) -> None:
    """Keep the newest letters; those of one instant stay or go in the order of their keys."""
    mine = (
        select(DeadLetterRow.key)
        .where(DeadLetterRow.source_id == source_id)
        .order_by(DeadLetterRow.last_failed_at.desc(), DeadLetterRow.key)
    )
    dismiss(session, source_id, list(session.scalars(mine.offset(MOST_KEPT))))


def _with_source() -> Select[DeadLetterRow, str]:
    return select(DeadLetterRow, SourceRow.name).join(
        SourceRow, SourceRow.id == DeadLetterRow.source_id
    )


def _record(row: DeadLetterRow, source: str) -> DeadLetter:
    return DeadLetter(
        source=source,
        key=row.key,
        reason=row.reason,
        first_failed_at=row.first_failed_at,
        last_failed_at=row.last_failed_at,
        times=row.times,
    )
