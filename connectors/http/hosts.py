"""One request at a time to a host, with a pause in between, and none while it asks for rest.

    turn: wait for those before ─▶ wait out the pause ─▶ (the request) ─▶ the next one's turn

This holds for all sources and threads of one process together. After a Retry-After nobody asks
that host before its instant, whichever source it was told to. Hosts are told apart by scheme,
name and port; those that nothing is known of any more are forgotten.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition
from time import monotonic as real_monotonic
from time import sleep as really_sleep
from typing import TypeAlias

import httpx

from connectors.errors import NotNow

LONGEST_REST_SECONDS = 86_400.0
"""A host may be left alone for a day at its wish; a longer wish is more likely a mistake."""
MOST_HOSTS = 1_000

Host: TypeAlias = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Politeness:
    """What every host may expect.

    per_host: requests to one host at the same time.
    delay_seconds: from the end of one request to the start of the next.
    longest_wait_seconds: whose turn comes later than that is told to come again.
    """

    per_host: int = 1
    delay_seconds: float = 0
    longest_wait_seconds: float = 60


_DEFAULT_POLITENESS = Politeness()


@dataclass(slots=True)
class _Standing:
    """How one host stands; instants are on the clock of `Hosts`."""

    in_use: int = 0
    waiting: int = 0
    next_at: float = 0
    resting_until: float = 0

    def is_needed(self, now: float) -> bool:
        return bool(self.in_use or self.waiting) or max(self.next_at, self.resting_until) > now


class Hosts:
    """Whose turn it is at every host; shared by all threads."""

    def __init__(
        self,
        politeness: Politeness = _DEFAULT_POLITENESS,
        *,
        sleep: Callable[[float], None] = really_sleep,
        monotonic: Callable[[], float] = real_monotonic,
    ) -> None:
        self._politeness = politeness
        self._sleep = sleep
        self._monotonic = monotonic
        self._standings: dict[Host, _Standing] = {}
        self._changed = Condition()

    def __len__(self) -> int:
        return len(self._standings)

    @contextmanager
    def turn(self, url: httpx.URL, *, delay_seconds: float = 0) -> Iterator[None]:
        """Wait until the host of `url` may be asked, and keep others from it meanwhile.

        `delay_seconds` is the pause that this request wants around it, if it is longer than
        the one all requests have.

        Raises:
            NotNow: the host asked for rest, or the turn comes too late.
        """
        host = host_of(url)
        delay = max(self._politeness.delay_seconds, delay_seconds)
        standing, pause = self._entered(host, delay)
        try:
            if pause > 0:
                self._sleep(pause)
                self._require_rested(host, standing)
            yield
        finally:
            self._leave(standing, delay)

    def rest(self, url: httpx.URL, seconds: float) -> None:
        """Let nobody ask the host of `url` for so long."""
        with self._changed:
            standing = self._standing(host_of(url))
            until = self._monotonic() + min(seconds, LONGEST_REST_SECONDS)
            standing.resting_until = max(standing.resting_until, until)

    def _entered(self, host: Host, delay: float) -> tuple[_Standing, float]:
        late_at = self._monotonic() + self._politeness.longest_wait_seconds
        with self._changed:
            standing = self._standing(host)
            self._wait_for_place(host, standing, late_at)
            self._require_rested(host, standing)
            now = self._monotonic()
            starts_at = max(now, standing.next_at)
            if starts_at > late_at:
                raise NotNow(
                    f"{_shown(host)} is asked no more than every {delay:.0f} s",
                    retry_after_seconds=starts_at - now,
                )
            standing.in_use += 1
            standing.next_at = starts_at + delay
            return standing, starts_at - now

    def _wait_for_place(self, host: Host, standing: _Standing, late_at: float) -> None:
        standing.waiting += 1
        try:
            while standing.in_use >= self._politeness.per_host:
                left = late_at - self._monotonic()
                if left <= 0 or not self._changed.wait(left):
                    raise NotNow(
                        f"{_shown(host)} is being read for other sources",
                        retry_after_seconds=self._politeness.longest_wait_seconds,
                    )
        finally:
            standing.waiting -= 1

    def _require_rested(self, host: Host, standing: _Standing) -> None:
        left = standing.resting_until - self._monotonic()
        if left > 0:
            raise NotNow(
                f"{_shown(host)} asked for rest, for another {left:.0f} s",
                retry_after_seconds=left,
            )

    def _leave(self, standing: _Standing, delay: float) -> None:
        with self._changed:
            standing.in_use -= 1
            standing.next_at = max(standing.next_at, self._monotonic() + delay)
            self._changed.notify_all()

    def _standing(self, host: Host) -> _Standing:
        if host not in self._standings and len(self._standings) >= MOST_HOSTS:
            self._forget()
        return self._standings.setdefault(host, _Standing())

    def _forget(self) -> None:
        now = self._monotonic()
        kept = {host: each for host, each in self._standings.items() if each.is_needed(now)}
        if len(kept) >= MOST_HOSTS:  # all at rest: those that may be asked soonest go first
            idle = [host for host, each in kept.items() if not (each.in_use or each.waiting)]
            idle.sort(key=lambda host: kept[host].resting_until)
            for host in idle[: MOST_HOSTS // 2]:
                del kept[host]
        self._standings = kept


def host_of(url: httpx.URL) -> Host:
    default_port = 443 if url.scheme == "https" else 80
    return (url.scheme, url.raw_host.decode().rstrip("."), url.port or default_port)


def _shown(host: Host) -> str:
    scheme, name, port = host
    return str(httpx.URL(scheme=scheme, host=name, port=port))
