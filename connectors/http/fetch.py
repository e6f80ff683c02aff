"""Polite HTTP for every connector: conditional, bounded, retried, and safe to point anywhere.

    fetch ─ attempt (again while the source is busy) ─ hop (again while redirected) ─ Reply
                                                        │
            robots.txt allows it? ─ the host's turn ─ one request on a kept connection

One fetch has one deadline for everything: connecting, redirects, headers and body, and further
attempts with the pauses before them. Waiting for a host's turn is not part of it, and has a bound
of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib import metadata
from time import monotonic as real_monotonic
from time import sleep as really_sleep
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    wait_exponential,
    wait_random,
)

from connectors.clock import Clock, utc_now
from connectors.errors import NotNow, Refused, RetryLater, SourceBroken, SourceGone
from connectors.http.caching import seconds_until
from connectors.http.connections import Connections
from connectors.http.hosts import Hosts, Politeness
from connectors.http.link_header import Link
from connectors.http.network import Deadline
from connectors.http.reply import NO_VALIDATORS, Head, Reply, Validators
from connectors.http.request import Request
from connectors.http.robots import MAX_BYTES as MAX_ROBOTS_BYTES
from connectors.http.robots import Robots
from connectors.http.urls import masked_url, redirect_target, web_url

__all__ = [
    "FetchLimits",
    "Fetcher",
    "Link",
    "Politeness",
    "Reply",
    "Validators",
    "default_user_agent",
]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bounds of one `fetch`.

    timeout_seconds: all in total, redirects and further attempts included.
    first_byte_timeout_seconds: from the request to the first byte of the answer, and the
        longest silence after it.
    max_bytes: size of the body after decompression.
    attempts: how often a busy or unreachable source is asked, the first time included.
    longest_wait_seconds: a source that wishes a longer pause is left to its next planned read.
    """

    timeout_seconds: float = 30
    connect_timeout_seconds: float = 10
    first_byte_timeout_seconds: float = 20
    max_bytes: int = 20_000_000
    max_redirects: int = 5
    attempts: int = 3
    longest_wait_seconds: float = 20

    @property
    def timeouts(self) -> dict[str, float]:
        return {
            "connect": self.connect_timeout_seconds,
            "read": self.first_byte_timeout_seconds,
            "write": self.first_byte_timeout_seconds,
            "pool": self.timeout_seconds,
        }


@dataclass(slots=True)
class _Time:
    """What is left of the time for one fetch; waiting for a host's turn takes none of it."""

    left_seconds: float


_DEFAULT_LIMITS = FetchLimits()
_DEFAULT_POLITENESS = Politeness()


class Fetcher:
    """Fetches URLs for any number of sources and threads.

    It keeps open connections, whose turn it is at which host, and what robots.txt files say;
    no cookies, and nothing of what was read.
    """

    def __init__(
        self,
        limits: FetchLimits = _DEFAULT_LIMITS,
        *,
        politeness: Politeness = _DEFAULT_POLITENESS,
        user_agent: str | None = None,
        allow_private_addresses: bool = False,
        proxy: str | None = None,
        sleep: Callable[[float], None] = really_sleep,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = real_monotonic,
    ) -> None:
        """`sleep` and `monotonic` belong together; `clock` is for dates that servers name.

        `proxy`, where there is one, judges the addresses that sources are at.
        """
        self._limits = limits
        self._user_agent = user_agent or default_user_agent()
        self._sleep = sleep
        self._clock = clock
        self._deadline = Deadline()
        self._backoff = wait_exponential(
            multiplier=0.5, max=limits.longest_wait_seconds
        ) + wait_random(0, 0.5)
        self._hosts = Hosts(politeness, sleep=sleep, monotonic=monotonic)
        self._robots = Robots(self._robots_txt, monotonic=monotonic)
        self._connections = Connections(
            deadline=self._deadline,
            http2=politeness.per_host == 1,
            allow_private_addresses=allow_private_addresses,
            proxy=proxy,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connections.close()

    def fetch(
        self,
        url: str,
        *,
        validators: Validators = NO_VALIDATORS,
        headers: Mapping[str, str] | None = None,
        obeys_robots: bool = False,
    ) -> Reply:
        """Read `url`, asking again while the source is busy.

        `headers` go to the origin of `url` only, never to where it redirects.

        Raises:
            RetryLater: unreachable, too slow, busy (408, 425, 429) or failing (5xx); as
                `NotNow`, its host may not be asked yet.
            Refused: another status, such as 404, or too many redirects.
            SourceGone: 410; or, as `Disallowed`, its robots.txt asks that it is not read.
            SourceBroken: too large, not decodable, or at a refused address.
        """
        return self._persistently(
            Request(
                web_url(url),
                validators=validators,
                headers=dict(headers or {}),
                obeys_robots=obeys_robots,
            )
        )

    def post(
        self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send `form` to `url` once: nothing is repeated, and no redirect is followed.

        Raises:
            As `fetch`; a redirect is `Refused`.
        """
        body = urlencode(form).encode()
        request = Request(web_url(url), headers=dict(headers or {}), form=body)
        answer = self._turn(request.url, request, _Time(self._limits.timeout_seconds))
        if isinstance(answer, Reply):
            return answer
        raise Refused(
            f"{masked_url(request.url)}: redirects what is sent to it; use {masked_url(answer)}",
            status=307,
        )

    def sitemaps(self, url: str) -> tuple[str, ...]:
        """Return the sitemaps that robots.txt of the host of `url` names.

        Raises:
            As `fetch`, of that robots.txt.
        """
        return self._robots.rules(web_url(url)).sitemaps(web_url(url))

    def crawl_delay(self, url: str) -> float:
        """Return the seconds between two pages that the host of `url` wishes, 0 if none.

        `fetch` keeps to it by itself where it obeys robots.txt.

        Raises:
            As `fetch`, of that robots.txt.
        """
        return self._robots.rules(web_url(url)).crawl_delay_seconds

    def _robots_txt(self, url: httpx.URL) -> Reply:
        return self._persistently(Request(url, first_bytes=MAX_ROBOTS_BYTES))

    def _persistently(self, request: Request) -> Reply:
        time = _Time(self._limits.timeout_seconds)

        def is_over(state: RetryCallState) -> bool:
            is_last = state.attempt_number >= self._limits.attempts
            return is_last or state.upcoming_sleep >= time.left_seconds

        def pause(seconds: float) -> None:
            time.left_seconds -= seconds
            self._sleep(seconds)

        attempts = Retrying(
            stop=is_over,
            wait=self._pause_seconds,
            retry=retry_if_exception(self._may_ask_again),
            sleep=pause,
            reraise=True,
        )
        return attempts(self._attempt, request, time)

    def _may_ask_again(self, error: BaseException) -> bool:
        if not isinstance(error, RetryLater) or isinstance(error, NotNow):
            return False
        return (error.retry_after_seconds or 0) <= self._limits.longest_wait_seconds

    def _pause_seconds(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        wish = error.retry_after_seconds if isinstance(error, RetryLater) else None
        return max(wish or 0, self._backoff(state))

    def _attempt(self, request: Request, time: "_Time") -> Reply:
        url = request.url
        for _ in range(self._limits.max_redirects + 1):
            answer = self._turn(url, request, time)
            if isinstance(answer, Reply):
                return answer
            url = answer
        raise Refused(
            f"{masked_url(request.url)}: redirects more than {self._limits.max_redirects} times",
            status=302,
        )

    def _turn(self, url: httpx.URL, request: Request, time: "_Time") -> Reply | httpx.URL:
        """Ask `url` once it may be asked."""
        delay = self._robots.permitted_delay(url) if request.obeys_robots else 0.0
        with self._hosts.turn(url, delay_seconds=delay):
            if time.left_seconds <= 0:
                raise RetryLater(f"{masked_url(url)}: took too long: no time left")
            self._deadline.start(time.left_seconds)
            try:
                return self._hop(url, request)
            finally:
                time.left_seconds = self._deadline.seconds_left() or 0.0

    def _hop(self, url: httpx.URL, request: Request) -> Reply | httpx.URL:
        answer = self._connections.ask(
            url,
            request,
            user_agent=self._user_agent,
            timeouts=self._limits.timeouts,
            max_bytes=self._limits.max_bytes,
        )
        head = answer.head
        if head.status in REDIRECTS:
            return redirect_target(url, head.headers.get("location", ""))
        if not head.is_unmodified:
            self._check_status(head)
        elif not request.is_conditional:
            raise SourceBroken(f"{masked_url(url)}: answered 304 to an unconditional request")
        return head.with_body(
            answer.body,
            bytes_received=answer.bytes_received,
            known=request.validators,
            clock=self._clock,
        )

    def _check_status(self, head: Head) -> None:
        status = head.status
        if 200 <= status < 300:
            return
        message = f"{masked_url(head.url)}: answered {status} {_reason(status)}".rstrip()
        if status in BUSY or status >= 500:
            wish = seconds_until(head.headers.get("retry-after", ""), self._clock)
            if wish:
                self._hosts.rest(head.url, wish)
            raise RetryLater(message, retry_after_seconds=wish)
        if status == HTTPStatus.GONE:
            raise SourceGone(f"{message}; it will not come back")
        raise Refused(message + _advice(status), status=status)


def default_user_agent(contact: str | None = None) -> str:
    """Say who is reading and, for the operators of sources, whom to write to."""
    try:
        version = metadata.version("grounding")
    except metadata.PackageNotFoundError:
        version = "0"
    return f"grounding/{version} (+{contact})" if contact else f"grounding/{version}"


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _advice(status: int) -> str:
    if status in {401, 403}:
        return "; check the credentials in its options"
    return "; check its url" if status == 404 else ""
