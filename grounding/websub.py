"""WebSub: hubs tell of news within seconds, so that nobody has to ask for them.

    read ─▶ hub offered ─▶ tick: subscribe ─▶ hub ─▶ "did you ask?" ─▶ confirm ─▶ active
                             ▲                                                      │
                             └────────────── before the lease ends ─────────────────┤
                                                            push ─▶ the source is read now

A push is a signal to read the source, whatever it holds. So there is one way in for documents,
with one cursor and one set of checks, and a hub cannot put words into a source's mouth. Reading
on the schedule goes on: hubs lose pushes, and end subscriptions without a word.
"""

import hmac
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from connectors.clock import Clock
from connectors.errors import ConnectorError, RetryLater
from connectors.text.fields import one_line
from indexer.catalogue import sources, subscriptions
from indexer.database import Database
from indexer.pace import doubled
from indexer.queue import Queue
from indexer.records import Subscription

logger = logging.getLogger(__name__)

PATH = "/v1/websub/"
LEASE_WISHED = timedelta(days=10)
LONGEST_LEASE = timedelta(days=30)
RENEWED_AFTER = 3 / 4
"""So much of a lease may pass before it is asked for again."""
SHORTEST_RENEWAL = timedelta(minutes=5)
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=12)
PAUSE_IF_REFUSED = timedelta(days=1)
MOST_FAREWELLS = 3
"""So often a hub is asked to end a subscription; after that its lease runs out by itself."""
BETWEEN_READS = timedelta(seconds=10)
"""However fast a hub pushes, a source is not read more often than this because of it."""
LOOK_AGAIN_SECONDS = 60.0
"""Hubs can be faster than the cache in front of a feed: a read that found nothing is repeated."""
_MOST_PER_TICK = 50

METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})
"""Of signatures. SHA-1 is what most hubs use, and an HMAC of it still holds."""


class Poster(Protocol):
    """What asks hubs: posts a form, safely and politely.

    Callers must catch `RetryLater` and `SourceBroken`.
    """

    def post(self, url: str, form: Mapping[str, str]) -> object: ...


Later = Callable[[str, float, Callable[[], None]], None]
"""Run a job once, after so many seconds; one of the same name that still waits is replaced."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a hub asks to be sure that it was us who asked, or says when it refuses."""

    mode: str
    topic: str
    lease_seconds: str = ""
    reason: str = ""


class Subscriber:
    """Keeps the subscriptions of all sources, asks hubs, and answers them."""

    def __init__(
        self,
        database: Database,
        queue: Queue,
        poster: Poster,
        *,
        public_url: str,
        clock: Clock,
        later: Later,
    ) -> None:
        self._database = database
        self._queue = queue
        self._poster = poster
        self._public_url = public_url
        self._clock = clock
        self._later = later
        self._read_at: dict[int, datetime] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        with self._database.writing() as session:
            subscriptions.resume(session, under=self._public_url, now=self._clock())

    def tick(self) -> None:
        """Ask every hub that is due, and end what nobody wants any more."""
        try:
            self._end_unwanted()
            self._ask_due()
        except SQLAlchemyError as error:
            logger.error("hubs not asked, the database cannot be used: %s", error)

    def known(self, callback: str) -> Subscription | None:
        with self._database.reading() as session:
            return subscriptions.by_callback(session, callback)

    def confirms(self, callback: str, asked: Verification) -> bool:
        """Whether a hub's question is about what we asked it; if so, write down what it says."""
        with self._database.writing() as session:
            found = subscriptions.by_callback(session, callback)
            if found is None or found.asked_at is None or found.topic != asked.topic:
                return False
            if not self._agreed(session, found, asked):
                return False
        logger.info("hub answered", extra={"source": found.source, "mode": asked.mode})
        return True

    def _agreed(self, session: Session, found: Subscription, asked: Verification) -> bool:
        now = self._clock()
        match asked.mode:
            case "subscribe" if found.is_wanted and not found.is_ending:
                lease = lease_of(asked.lease_seconds)
                renew_at = now + max(lease * RENEWED_AFTER, SHORTEST_RENEWAL)
                subscriptions.confirmed(session, found, lease_until=now + lease, renew_at=renew_at)
            case "unsubscribe" | "denied" if found.is_ending:
                subscriptions.drop(session, found)
            case "denied":
                told = f"the hub denied the subscription: {one_line(asked.reason) or 'no reason'}"
                subscriptions.denied(session, found, error=told, again_at=now + PAUSE_IF_REFUSED)
            case _:
                return False
        return True

    def take(self, found: Subscription) -> None:
        """Have a source read because its hub pushed: now, or soon where it was read just now."""
        if found.is_ending or not found.is_wanted:
            return
        now = self._clock()
        with self._lock:
            last = self._read_at.get(found.source_id)
            wait = BETWEEN_READS - (now - last) if last is not None else timedelta(0)
            if wait <= timedelta(0):
                self._read_at[found.source_id] = now
        if wait <= timedelta(0):
            self._read(found)
        else:
            seconds = min(wait, BETWEEN_READS).total_seconds()
            self._later(f"pushed {found.source}", seconds, lambda: self._read_late(found))

    def _read_late(self, found: Subscription) -> None:
        with self._lock:
            self._read_at[found.source_id] = self._clock()
        self._read(found)

    def _read(self, found: Subscription) -> None:
        pushed_at = self._clock()
        with self._database.writing() as session:
            subscriptions.delivered(session, found, at=pushed_at)
        self._queue.add_pushed(found.source)
        self._later(
            f"look again {found.source}",
            LOOK_AGAIN_SECONDS,
            lambda: self._look_again(found, pushed_at),
        )

    def _look_again(self, found: Subscription, pushed_at: datetime) -> None:
        with self._database.reading() as session:
            source = sources.by_id(session, found.source_id)
        if source is None:
            return
        changed_at = source.last_changed_at
        if changed_at is None or changed_at < pushed_at:
            self._queue.add_pushed(source.name)

    def _end_unwanted(self) -> None:
        now = self._clock()
        with self._database.reading() as session:
            if not subscriptions.has_unwanted(session, now, most_attempts=MOST_FAREWELLS):
                return
        with self._database.writing() as session:
            subscriptions.end_unwanted(session, now)
            subscriptions.drop_ended(session, now, most_attempts=MOST_FAREWELLS)

    def _ask_due(self) -> None:
        """Ask hubs one after the other; one that fails is left alone until the next time."""
        failing: set[str] = set()
        for _ in range(_MOST_PER_TICK):
            now = self._clock()
            with self._database.reading() as session:
                found = subscriptions.due(session, now, besides=failing)
            if found is None:
                return
            if not self._claimed(found, now):
                continue
            if not self._ask(found):
                failing.add(found.hub)

    def _claimed(self, found: Subscription, now: datetime) -> bool:
        """Write down beforehand that it is asked: it may answer before it has ended replying."""
        again_at = now + pause(found.attempts + 1)
        with self._database.writing() as session:
            return subscriptions.claim(
                session, found, under=self._public_url, now=now, again_at=again_at
            )

    def _ask(self, found: Subscription) -> bool:
        try:
            self._poster.post(found.hub, self._form(found))
        except ConnectorError as error:
            again_at = self._clock() + pause_after(error, found.attempts + 1)
            with self._database.writing() as session:
                subscriptions.failed(session, found.callback, error=str(error), again_at=again_at)
            logger.warning("hub not asked: %s", error, extra={"source": found.source})
            return False
        return True

    def _form(self, found: Subscription) -> dict[str, str]:
        form = {
            "hub.callback": f"{self._public_url}{PATH}{found.callback}",
            "hub.mode": "unsubscribe" if found.is_ending else "subscribe",
            "hub.topic": found.topic,
        }
        if found.is_ending:
            return form
        lease = str(int(LEASE_WISHED.total_seconds()))
        return form | {"hub.secret": found.secret, "hub.lease_seconds": lease}


class Signature:
    """A push's `X-Hub-Signature`, compared with the body as it arrives."""

    def __init__(self, header: str, secret: str) -> None:
        method, _, given = header.partition("=")
        name = method.strip().lower()
        self._given = given.strip().lower()
        self._hash = hmac.new(secret.encode(), digestmod=name) if name in METHODS else None

    def update(self, part: bytes) -> None:
        if self._hash is not None:
            self._hash.update(part)

    def is_right(self) -> bool:
        if self._hash is None:
            return False
        return hmac.compare_digest(self._hash.hexdigest().encode(), self._given.encode())


def pause(attempts: int) -> timedelta:
    """Return how long a hub is left alone that was asked so often and did not confirm."""
    return doubled(FIRST_PAUSE, attempts, at_most=LONGEST_PAUSE)


def pause_after(error: ConnectorError, attempts: int) -> timedelta:
    """Return how long a hub is left alone that failed: as long as it says, or refused: a day."""
    if not isinstance(error, RetryLater):
        return PAUSE_IF_REFUSED
    wish = timedelta(seconds=min(error.retry_after_seconds or 0, PAUSE_IF_REFUSED.total_seconds()))
    return max(wish, pause(attempts))


def lease_of(seconds: str) -> timedelta:
    """Read a hub's lease, which it has to name; a day where it says nothing that can be read."""
    if not (seconds.isascii() and seconds.isdigit() and int(seconds[:12])):
        return timedelta(days=1)
    return min(timedelta(seconds=int(seconds[:12])), LONGEST_LEASE)
