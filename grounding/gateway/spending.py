"""What is spent today, for all processes on the database, and what may still be.

Each process notes what its calls cost and writes it down every few seconds, then reads what all
have spent. So a budget can be exceeded by the calls of these seconds, and of those under way.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import ceil
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from connectors.clock import Clock
from grounding.gateway.records import Upstream, Usage
from indexer.catalogue import spending
from indexer.catalogue.spending import Spent
from indexer.database import Database

logger = logging.getLogger(__name__)

FLUSH_SECONDS: Final = 5.0
_MILLION: Final = Decimal(1_000_000)


def cost_of(upstream: Upstream, usage: Usage) -> Decimal:
    """Return what a call costs, in the currency of prices."""
    paid = upstream.price_in * usage.prompt_tokens + upstream.price_out * usage.output_tokens
    return paid / _MILLION


@dataclass(frozen=True, slots=True)
class Budgets:
    """What may be spent in a day of UTC, on all upstreams together and on each."""

    together: Decimal | None = None
    each: Mapping[str, Decimal] | None = None


class Spending:
    """What is spent today. Every method may be called from any thread."""

    def __init__(self, database: Database, clock: Clock, budgets: Budgets) -> None:
        self._database = database
        self._clock = clock
        self._budgets = budgets
        self._lock = threading.Lock()
        self._day = clock().astimezone(UTC).date()
        self._written: dict[str, Spent] = {}
        self._unwritten: dict[str, Spent] = {}
        self._is_read = False
        self.total: dict[str, Spent] = {}
        """Since this process began."""

    def add(self, upstream: Upstream, usage: Usage) -> Decimal:
        """Note a call that was answered; return what it cost."""
        cost = cost_of(upstream, usage)
        one = Spent(1, usage.prompt_tokens, usage.output_tokens, cost)
        self._begin_day()
        with self._lock:
            for kept in (self._unwritten, self.total):
                kept[upstream.name] = kept.get(upstream.name, Spent()) + one
        return cost

    def today(self) -> dict[str, Spent]:
        """Return what is spent today, by upstream, as far as this process knows."""
        self._begin_day()
        if not self._is_read:
            self.flush()
        with self._lock:
            names = self._written.keys() | self._unwritten.keys()
            return {name: self._spent(name) for name in names}

    def refusal(self, upstream: str) -> str | None:
        """Say why nothing more may be spent on an upstream; None while something may."""
        today = self.today()
        together, each = self._budgets.together, (self._budgets.each or {}).get(upstream)
        if together is not None and sum(spent.cost for spent in today.values()) >= together:
            return f"the budget of {together} a day is spent"
        if each is not None and today.get(upstream, Spent()).cost >= each:
            return f"the budget of {each} a day for upstream {upstream} is spent"
        return None

    def seconds_to_midnight(self) -> int:
        """Return in how long the next day of UTC begins."""
        now = self._clock().astimezone(UTC)
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
        return max(1, ceil((midnight - now).total_seconds()))

    def flush(self) -> None:
        """Write down what was spent since the last time, and read what all have spent."""
        with self._lock:
            day, unwritten, self._unwritten = self._day, self._unwritten, {}
        try:
            self._write(day, unwritten)
        except SQLAlchemyError as error:
            logger.error("spending not written down, tried again later: %s", error)
            with self._lock:
                for name, spent in unwritten.items():
                    self._unwritten[name] = self._unwritten.get(name, Spent()) + spent

    def _write(self, day: date, unwritten: Mapping[str, Spent]) -> None:
        if unwritten:
            with self._database.writing() as session:
                spending.add(session, day, unwritten)
        with self._database.reading() as session:
            written = spending.of_day(session, day)
        with self._lock:
            self._is_read = True
            if day == self._day:
                self._written = written

    def _begin_day(self) -> None:
        """Start a new day at zero, once the old one is written down."""
        today = self._clock().astimezone(UTC).date()
        if today == self._day:
            return
        self.flush()
        with self._lock:
            if today != self._day:
                self._day, self._written, self._is_read = today, {}, False

    def _spent(self, name: str) -> Spent:
        return self._written.get(name, Spent()) + self._unwritten.get(name, Spent())
