"""The hosts as servers, each on a port of its own; they note every request and every rudeness."""

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from benchmarks.polite.hosts import PAGES, Host, Shape, Validator

LATENCY_SECONDS = 0.005
"""How long an answer takes, so that two requests at once would be noticed."""
FORBIDDEN = "/private/page.html"
TOLERANCE_SECONDS = 0.05


@dataclass(slots=True)
class Seen:
    """What one host saw: requests by status, and what it takes amiss."""

    statuses: Counter[int] = field(default_factory=Counter)
    bytes_sent: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    rest_until: float = 0.0
    last_page_at: float = -1e9
    within_rest: int = 0
    forbidden: int = 0
    too_soon: int = 0

    @property
    def requests(self) -> int:
        return self.statuses.total()


class Web:
    """All hosts, served from construction until `close`."""

    def __init__(
        self, hosts: Sequence[Host], start: datetime, monotonic: Callable[[], float]
    ) -> None:
        self._servers = [_Server(host, start, monotonic) for host in hosts]
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.5,), daemon=True)
            for server in self._servers
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in self._servers:
            threading.Thread(target=server.shutdown, daemon=True).start()
        for thread, server in zip(self._threads, self._servers, strict=True):
            thread.join()
            server.server_close()

    def urls(self) -> dict[str, str]:
        return {server.host.name: server.address for server in self._servers}

    def seen(self) -> Mapping[str, Seen]:
        return {server.host.name: server.seen for server in self._servers}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 16

    def __init__(self, host: Host, start: datetime, monotonic: Callable[[], float]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.host = host
        self.start = start
        self.monotonic = monotonic
        self.seen = Seen()
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        at = self.server.monotonic()
        self._arrive(at)
        try:
            time.sleep(LATENCY_SECONDS)
            self._answer(at)
        finally:
            with self.server.lock:
                self.server.seen.in_flight -= 1

    def log_message(self, *_: object) -> None:
        """Requests are counted, not printed."""

    def _arrive(self, at: float) -> None:
        seen, host = self.server.seen, self.server.host
        with self.server.lock:
            seen.in_flight += 1
            seen.most_in_flight = max(seen.most_in_flight, seen.in_flight)
            seen.within_rest += at < seen.rest_until - TOLERANCE_SECONDS
            seen.forbidden += self.path == FORBIDDEN
            if self.path != "/robots.txt":
                wished = host.crawl_delay or 0
                seen.too_soon += at - seen.last_page_at < wished - TOLERANCE_SECONDS
                seen.last_page_at = at

    def _answer(self, at: float) -> None:
        host = self.server.host
        outage = host.outage(at)
        if outage is not None and self.path != "/robots.txt":
            with self.server.lock:
                self.server.seen.rest_until = outage.end
            wait = str(int(outage.end - at) + 1)
            self._send(outage.status, b"", "text/plain", {"Retry-After": wait})
            return
        body, media_type = _content(host, self.path, at, self.server.address)
        if body is None:
            self._send(404, b"not here", "text/plain", {})
            return
        headers = self._validators(body, at)
        if host.max_age is not None:
            headers["Cache-Control"] = f"max-age={host.max_age}"
        is_known = host.validator in (Validator.ETAG, Validator.DATE) and (
            self.headers.get("If-None-Match") == headers.get("ETag")
            if host.validator is Validator.ETAG
            else self.headers.get("If-Modified-Since") == headers.get("Last-Modified")
        )
        if is_known:
            self._send(304, b"", "", headers)
        else:
            self._send(200, body, media_type, headers)

    def _validators(self, body: bytes, at: float) -> dict[str, str]:
        host = self.server.host
        if host.validator is Validator.ETAG:
            return {"ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"'}
        if host.validator is Validator.FICKLE:
            return {"ETag": f'"{time.monotonic_ns():x}"'}
        if host.validator is Validator.DATE:
            changed = host.changes[host.count(at) - 1]
            modified = self.server.start + timedelta(seconds=max(0.0, changed))
            return {"Last-Modified": format_datetime(modified.astimezone(UTC), usegmt=True)}
        return {}

    def _send(self, status: int, body: bytes, media_type: str, headers: Mapping[str, str]) -> None:
        with self.server.lock:
            self.server.seen.statuses[status] += 1
            self.server.seen.bytes_sent += len(body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _content(host: Host, path: str, at: float, address: str) -> tuple[bytes | None, str]:
    if path == "/robots.txt":
        return _robots(host, address), "text/plain"
    if path == "/feed.xml" and host.shape is Shape.FEED:
        return _feed(host, at), "application/rss+xml"
    if path == "/list.json" and host.shape is Shape.LIST:
        items = [{"id": f"i{n}", "text": host.text(n)} for n in host.shown(at)]
        return json.dumps(items).encode(), "application/json"
    if path == "/sitemap.xml" and host.shape is Shape.SITE:
        return _sitemap(address), "application/xml"
    pages = {f"/page{number}.html": number for number in range(PAGES)}
    if path in pages and host.shape in (Shape.SITE, Shape.PAGE):
        return _page(host, pages[path], at), "text/html; charset=utf-8"
    return None, ""


def _robots(host: Host, address: str) -> bytes:
    delay = f"Crawl-delay: {host.crawl_delay}\n" if host.crawl_delay else ""
    return f"User-agent: *\nDisallow: /private/\n{delay}Sitemap: {address}/sitemap.xml\n".encode()


def _feed(host: Host, at: float) -> bytes:
    ttl = f"<ttl>{host.ttl_minutes}</ttl>" if host.ttl_minutes else ""
    hours = "".join(f"<hour>{hour}</hour>" for hour in host.skip_hours)
    skipped = f"<skipHours>{hours}</skipHours>" if hours else ""
    items = "".join(
        f"<item><guid>{host.name}-{n}</guid><title>Item {n}</title>"
        f"<description>{escape(host.text(n))}</description></item>"
        for n in reversed(host.shown(at))
    )
    head = f"<title>{host.name}</title>{ttl}{skipped}"
    return f'<rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


def _sitemap(address: str) -> bytes:
    paths = [*(f"/page{number}.html" for number in range(PAGES)), FORBIDDEN]
    urls = "".join(f"<url><loc>{address}{path}</loc></url>" for path in paths)
    namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<urlset xmlns="{namespace}">{urls}</urlset>'.encode()


def _page(host: Host, number: int, at: float) -> bytes:
    counter = f"<p>You are visitor {int(at * 1000)} today.</p>" if host.has_counter else ""
    paragraphs = "".join(f"<p>{part}</p>" for part in host.page_text(number, at).split("\n\n"))
    title = f"Page {number} of {host.name}"
    return (
        f'<html lang="en"><head><title>{title}</title></head><body><article><h1>{title}</h1>'
        f"{paragraphs}{counter}</article></body></html>"
    ).encode()
