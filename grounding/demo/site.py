"""A small web site on loopback whose pages can be replaced while it is being read."""

import hashlib
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Page:
    """What one path answers."""

    body: bytes
    media_type: str

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


class Site:
    """Pages by path, served on 127.0.0.1 with entity tags from construction until `close`."""

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _PageHandler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{path}"

    def put(self, path: str, body: bytes, *, media_type: str) -> str:
        """Publish `body` under `path`, replacing what was there, and return its URL."""
        self._server.pages[f"/{path}"] = Page(body, media_type)
        return self.url(path)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.pages: dict[str, Page] = {}


class _PageHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the body would wait for the headers to be acknowledged

    def do_GET(self) -> None:
        page = self._page()
        if page is None:
            self._reply(HTTPStatus.NOT_FOUND, Page(b"not found\n", "text/plain"))
        elif self.headers.get("If-None-Match") == page.etag:
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.send_header("ETag", page.etag)
            self.end_headers()
        else:
            self._reply(HTTPStatus.OK, page)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Stay silent: what was read is recorded by the reader."""

    def _page(self) -> Page | None:
        assert isinstance(self.server, _Server)  # noqa: S101 - narrows http.server's own type
        pages = self.server.pages
        return pages.get(self.path) or pages.get(self.path.partition("?")[0])

    def _reply(self, status: HTTPStatus, page: Page) -> None:
        self.send_response(status)
        self.send_header("Content-Type", page.media_type)
        self.send_header("Content-Length", str(len(page.body)))
        self.send_header("ETag", page.etag)
        self.end_headers()
        self.wfile.write(page.body)
