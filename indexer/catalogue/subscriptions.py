"""Subscriptions at WebSub hubs: what sources offer, who was asked, and what came of it.

offered ──▶ asked ──▶ confirmed ──▶ asked (again, before the lease ends) ──▶ …
   └──────────┴───────────┴──▶ ending ──▶ gone
"""

import secrets
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from connectors.records import Hub
from indexer.records import SourceRecord, Subscription
from indexer.tables import SourceRow, SubscriptionRow

LONGEST_ERROR = 500


def offered(
    session: Session, source: SourceRecord, hub: Hub | None, *, is_unmodified: bool, now: datetime
) -> None:
    """Note what a read said of its source's hub; the same as last time changes nothing.

    Another hub or topic is another subscription, with a callback and a secret of its own: the
    old hub is told by the answer to its next push.
    """
    known = subscription_of(session, source.id)
    if hub is None:
        if known is not None and not known.is_ending and not is_unmodified:
            _end(session, [source.id], now)
        return
    if not source.is_enabled or source.schedule is None:
        return
    if known is not None and (known.hub, known.topic) == (hub.url, hub.topic):
        if known.is_ending:
            _change(session, source.id, is_ending=False, ask_at=now, attempts=0)
        return
    session.execute(delete(SubscriptionRow).where(SubscriptionRow.source_id == source.id))
    session.execute(
        insert(SubscriptionRow).values(
            source_id=source.id,
            hub=hub.url,
            topic=hub.topic,
            callback=secrets.token_urlsafe(32),
            secret=secrets.token_urlsafe(32),
            ask_at=now,
            attempts=0,
            is_ending=False,
        )
    )


def subscription_of(session: Session, source_id: int) -> Subscription | None:
    row = session.execute(_with_source().where(SubscriptionRow.source_id == source_id)).first()
    return None if row is None else _record(*row)


def by_callback(session: Session, callback: str) -> Subscription | None:
    row = session.execute(_with_source().where(SubscriptionRow.callback == callback)).first()
    return None if row is None else _record(*row)


def by_source(session: Session) -> dict[int, Subscription]:
    rows = session.execute(_with_source())
    return {row.source_id: _record(row, source) for row, source in rows}


def due(session: Session, now: datetime, *, besides: Collection[str] = ()) -> Subscription | None:
    """Return the subscription whose hub has waited longest to be asked, of hubs but `besides`."""
    query = (
        _with_source()
        .where(SubscriptionRow.ask_at <= now, SubscriptionRow.hub.not_in(besides))
        .order_by(SubscriptionRow.ask_at, SubscriptionRow.source_id)
        .limit(1)
    )
    row = session.execute(query).first()
    return None if row is None else _record(*row)


def claim(
    session: Session, found: Subscription, *, under: str, now: datetime, again_at: datetime
) -> bool:
    """Write down that its hub is being asked; false if somebody else does so already."""
    claimed = session.scalar(
        update(SubscriptionRow)
        .where(
            SubscriptionRow.callback == found.callback,
            SubscriptionRow.ask_at == found.ask_at,
            SubscriptionRow.is_ending == found.is_ending,
        )
        .values(
            asked_at=now,
            asked_under=under,
            attempts=SubscriptionRow.attempts + 1,
            ask_at=again_at,
        )
        .returning(SubscriptionRow.source_id)
    )
    return claimed is not None


def failed(session: Session, callback: str, *, error: str, again_at: datetime) -> None:
    """Write down why the hub could not be asked, and when it is again."""
    session.execute(
        update(SubscriptionRow)
        .where(SubscriptionRow.callback == callback)
        .values(last_error=error[:LONGEST_ERROR], ask_at=again_at)
    )


def denied(session: Session, found: Subscription, *, error: str, again_at: datetime) -> None:
    """Write down that the hub does not, or no longer, push to us."""
    _change(
        session,
        found.source_id,
        last_error=error[:LONGEST_ERROR],
        lease_until=None,
        ask_at=again_at,
    )


def confirmed(
    session: Session, found: Subscription, *, lease_until: datetime, renew_at: datetime
) -> None:
    _change(
        session,
        found.source_id,
        lease_until=lease_until,
        ask_at=renew_at,
        attempts=0,
        last_error=None,
    )


def delivered(session: Session, found: Subscription, *, at: datetime) -> None:
    _change(session, found.source_id, delivered_at=at)


def drop(session: Session, found: Subscription) -> None:
    session.execute(delete(SubscriptionRow).where(SubscriptionRow.callback == found.callback))


def has_unwanted(session: Session, now: datetime, *, most_attempts: int) -> bool:
    """Whether there is something for `end_unwanted` or `drop_ended` to do."""
    unwanted = select(SubscriptionRow.source_id).where(
        or_(_is_unwanted(), _is_over(now, most_attempts))
    )
    return session.scalar(unwanted.limit(1)) is not None


def end_unwanted(session: Session, now: datetime) -> None:
    """Begin to end the subscriptions of sources that are no longer read on a schedule."""
    rows = session.scalars(select(SubscriptionRow.source_id).where(_is_unwanted())).all()
    _end(session, rows, now)


def drop_ended(session: Session, now: datetime, *, most_attempts: int) -> None:
    """Forget those that end and are not kept by their hub, or that it was asked for in vain."""
    session.execute(delete(SubscriptionRow).where(_is_over(now, most_attempts)))


def resume(session: Session, *, under: str, now: datetime) -> None:
    """At a start: ask again at once where that failed, or where we moved to another address."""
    moved = and_(SubscriptionRow.asked_under.is_not(None), SubscriptionRow.asked_under != under)
    session.execute(update(SubscriptionRow).where(moved).values(lease_until=None))
    session.execute(
        update(SubscriptionRow)
        .where(SubscriptionRow.lease_until.is_(None), SubscriptionRow.is_ending.is_(False))
        .values(ask_at=now, attempts=0)
    )


def suspend(session: Session, now: datetime) -> None:
    """At a start without an address of our own: what was asked for does not reach us."""
    session.execute(
        update(SubscriptionRow)
        .where(SubscriptionRow.asked_at.is_not(None))
        .values(asked_at=None, asked_under=None, lease_until=None, attempts=0, ask_at=now)
    )


def _is_unwanted() -> ColumnElement[bool]:
    return and_(
        SubscriptionRow.is_ending.is_(False), SubscriptionRow.source_id.in_(_sources_not_read())
    )


def _sources_not_read() -> Select[int]:
    return select(SourceRow.id).where(
        or_(
            SourceRow.removed_at.is_not(None),
            SourceRow.is_enabled.is_(False),
            SourceRow.schedule.is_(None),
        )
    )


def _is_over(now: datetime, most_attempts: int) -> ColumnElement[bool]:
    return and_(
        SubscriptionRow.is_ending.is_(True),
        or_(
            SubscriptionRow.lease_until.is_(None),
            SubscriptionRow.lease_until <= now,
            and_(SubscriptionRow.attempts >= most_attempts, SubscriptionRow.ask_at <= now),
        ),
    )


def _end(session: Session, source_ids: Collection[int], now: datetime) -> None:
    session.execute(
        update(SubscriptionRow)
        .where(SubscriptionRow.source_id.in_(source_ids))
        .values(is_ending=True, ask_at=now, attempts=0)
    )


def _change(session: Session, source_id: int, **values: object) -> None:
    session.execute(
        update(SubscriptionRow).where(SubscriptionRow.source_id == source_id).values(**values)
    )


def _with_source() -> Select[SubscriptionRow, SourceRow]:
    return select(SubscriptionRow, SourceRow).join(
        SourceRow, SourceRow.id == SubscriptionRow.source_id
    )


def _record(row: SubscriptionRow, source: SourceRow) -> Subscription:
    return Subscription(
        source_id=row.source_id,
        source=source.name,
        is_wanted=source.is_enabled and source.removed_at is None and source.schedule is not None,
        hub=row.hub,
        topic=row.topic,
        callback=row.callback,
        secret=row.secret,
        ask_at=row.ask_at,
        asked_at=row.asked_at,
        asked_under=row.asked_under,
        attempts=row.attempts,
        lease_until=row.lease_until,
        is_ending=row.is_ending,
        delivered_at=row.delivered_at,
        last_error=row.last_error,
    )
