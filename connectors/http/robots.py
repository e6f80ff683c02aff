"""What robots.txt of a host allows us (RFC 9309), read at most once in ten minutes.

answer of /robots.txt       pages of that host
2xx                         as it says
4xx, endless redirects      all allowed
5xx, busy, unreachable      none now: wait
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import httpx
from protego import Protego

from connectors.errors import Disallowed, NotNow, Refused, RetryLater, SourceGone
from connectors.http.hosts import Host, host_of
from connectors.http.link_header import absolute
from connectors.http.reply import Reply
from connectors.http.urls import masked_url

TOKEN = "grounding"  # noqa: S105 - the product token that rules name us by
MAX_BYTES = 500 * 1024
"""RFC 9309 lets a reader ignore what comes after 500 KiB."""
LONGEST_LIFETIME_SECONDS = 86_400.0
SHORTEST_LIFETIME_SECONDS = 600.0
RETRY_SECONDS = 300.0
LONGEST_CRAWL_DELAY_SECONDS = 60.0
MOST_SITEMAPS = 1_000
MOST_BYTES_KEPT = 4 * MAX_BYTES
MOST_HOSTS_KEPT = 1_000

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


class Rules:
    """What one robots.txt says to us."""

    def __init__(self, body: bytes = b"") -> None:
        self._parsed = Protego.parse(_text(body))
        self.size = len(body)

    def allows(self, url: httpx.URL) -> bool:
        return bool(self._parsed.can_fetch(str(url), TOKEN))

    @property
    def crawl_delay_seconds(self) -> float:
        """The pause wished between two requests, 0 if none is; an absurd one is cut short."""
        return min(self._parsed.crawl_delay(TOKEN) or 0.0, LONGEST_CRAWL_DELAY_SECONDS)

    def sitemaps(self, base: httpx.URL) -> tuple[str, ...]:
        given = list(dict.fromkeys(self._parsed.sitemaps))[:MOST_SITEMAPS]
        return tuple(url for each in given if (url := absolute(base, each)))


@dataclass(frozen=True, slots=True)
class _Known:
    """Rules, or None where they could not be read, and until when this is believed."""

    rules: Rules | None
    until: float


class Robots:
    """The rules of all hosts that are asked for pages; shared by all threads."""

    def __init__(
        self, read: Callable[[httpx.URL], Reply], *, monotonic: Callable[[], float]
    ) -> None:
        self._read = read
        self._monotonic = monotonic
        self._known: OrderedDict[Host, _Known] = OrderedDict()
        self._lock = Lock()

    def permitted_delay(self, url: httpx.URL) -> float:
        """Return the pause that the host of `url` wishes between requests.

        Raises:
            Disallowed: its robots.txt asks that `url` is not read.
            RetryLater: its robots.txt cannot be read now, so nothing is known to be allowed.
        """
        rules = self.rules(url)
        if not rules.allows(url):
            raise Disallowed(f"{masked_url(url)}: its robots.txt asks that this is not read")
        return rules.crawl_delay_seconds

    def rules(self, url: httpx.URL) -> Rules:
        """Return the rules of the host of `url`.

        Raises:
            RetryLater: they cannot be read now.
            SourceBroken: the host may not be asked at all, such as for its address.
        """
        host, now = host_of(url), self._monotonic()
        with self._lock:
            known = self._known.get(host)
        if known is None or known.until <= now:
            known = self._asked(url, host)
        if known.rules is None:
            raise NotNow(
                f"{masked_url(_robots_url(url))}: could not be read, so nothing is allowed",
                retry_after_seconds=max(0.0, known.until - now),
            )
        return known.rules

    def _asked(self, url: httpx.URL, host: Host) -> _Known:
        try:
            reply = self._read(_robots_url(url))
            rules, lifetime = Rules(reply.body), _lifetime(reply)
        except (Refused, SourceGone):
            rules, lifetime = Rules(), LONGEST_LIFETIME_SECONDS
        except NotNow:
            raise  # nobody was asked: there is nothing to remember
        except RetryLater as error:
            self._keep(host, _Known(None, self._monotonic() + RETRY_SECONDS))
            raise RetryLater(
                str(error), retry_after_seconds=error.retry_after_seconds or RETRY_SECONDS
            ) from error
        known = _Known(rules, self._monotonic() + lifetime)
        self._keep(host, known)
        return known

    def _keep(self, host: Host, known: _Known) -> None:
        with self._lock:
            self._known.pop(host, None)
            self._known[host] = known
            size = sum(each.rules.size for each in self._known.values() if each.rules)
            while len(self._known) > MOST_HOSTS_KEPT or size > MOST_BYTES_KEPT:
                _, oldest = self._known.popitem(last=False)
                size -= oldest.rules.size if oldest.rules else 0


def _lifetime(reply: Reply) -> float:
    wish = reply.fresh_for_seconds
    if wish is None:
        return LONGEST_LIFETIME_SECONDS
    return min(max(wish, SHORTEST_LIFETIME_SECONDS), LONGEST_LIFETIME_SECONDS)


def _robots_url(url: httpx.URL) -> httpx.URL:
    return url.copy_with(userinfo=b"", raw_path=b"/robots.txt", fragment=None)


def _text(body: bytes) -> str:
    read = body[:MAX_BYTES]
    if len(body) >= MAX_BYTES:
        # A rule cut in the middle would forbid more than the whole one.
        read = read[: max(read.rfind(b"\n"), read.rfind(b"\r")) + 1]
    return read.decode("utf-8", errors="replace").removeprefix(_BOM)
