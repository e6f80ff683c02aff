"""Feeds that mean well: each has something new whenever it is read."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from types import TracebackType
from typing import Self

from benchmarks.config import Source

ENTRIES = 10
_WORDS = """
    harbour storm ferry market copper harvest river election satellite vaccine library tunnel
    budget glacier railway museum drought circuit orchard senate
"""


class GoodFeeds:
    """So many feeds, each at a port of its own, until closed."""

    def __init__(self, number: int) -> None:
        self._servers = [_server() for _ in range(number)]

    def sources(self, *, schedule: str) -> list[Source]:
        return [
            {
                "name": f"good-{number}",
                "kind": "feed",
                "url": f"http://127.0.0.1:{server.server_address[1]}/feed",
                "schedule": schedule,
            }
            for number, server in enumerate(self._servers, 1)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


def _server() -> ThreadingHTTPServer:
    numbers = count(ENTRIES)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = _feed(next(numbers)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    return server


def _feed(newest: int) -> str:
    entries = "".join(map(_entry, range(newest - ENTRIES, newest)))
    return f"<rss version='2.0'><channel><title>Good</title>{entries}</channel></rss>"


def _entry(number: int) -> str:
    words = " ".join(
        _WORDS.split()[(number * step + step) % len(_WORDS.split())] for step in range(1, 40)
    )
    return (
        f"<item><guid>{number}</guid><title>Report {number}</title>"
        f"<description>{words}</description></item>"
    )
