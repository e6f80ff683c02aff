"""A real web server on the loopback interface, told by each test what to answer."""

import gzip
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

DRIP_SECONDS = 0.05


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    method: str = "GET"
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """One response.

    drip: send head and body a byte at a time, with a pause after each.
    cut_after: close the connection after so many bytes of the body.
    drop: close the connection without a word.
    declared_length: what Content-Length claims, where it is not the truth.
    chunks: sent in place of `body`, in chunked encoding, for as long as somebody reads.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: bool = False
    cut_after: int | None = None
    drop: bool = False
    declared_length: int | None = None
    chunks: Callable[[], Iterator[bytes]] | None = None


def html(body: str, **headers: str) -> Answer:
    return Answer(body=body.encode(), headers={"Content-Type": "text/html", **headers})


def json_of(value: object) -> Answer:
    body = json.dumps(value).encode()
    return Answer(body=body, headers={"Content-Type": "application/json"})


def gzipped(body: bytes, content_type: str = "text/plain") -> Answer:
    headers = {"Content-Type": content_type, "Content-Encoding": "gzip"}
    return Answer(body=gzip.compress(body), headers=headers)


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": location})


class WebServer:
    """Answers on 127.0.0.1 at a free port until closed; unknown paths are 404.

    A route is one `Answer`, several to give in turn (the last one again and again), or a
    function of the request. An `Answer` with an ETag header turns into 304 when it is known.
    With `tls` it speaks HTTPS only.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self._routes: dict[str, list[Answer] | Callable[[Request], Answer]] = {}
        self._lock = threading.Lock()
        self._is_closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self._scheme}://{host}:{self.port}{path}"

    def route(self, path: str, *answers: Answer | Callable[[Request], Answer]) -> str:
        """Set what `path` (without query) answers; return its URL."""
        first = answers[0]
        routed = [each for each in answers if isinstance(each, Answer)]
        self._routes[path] = routed if isinstance(first, Answer) else first
        return self.url(path)

    def count(self, path: str) -> int:
        return len(self.asked(path))

    def asked(self, path: str) -> list[Request]:
        return [each for each in self.requests if each.path.partition("?")[0] == path]

    def dripped(self, data: bytes) -> Iterator[bytes]:
        """Yield `data` a byte at a time, with a pause after each, until the server closes."""
        for position in range(len(data)):
            yield data[position : position + 1]
            if self._is_closing.wait(DRIP_SECONDS):
                return

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
        self._is_closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            route = self._routes.get(request.path.partition("?")[0], [Answer(status=404)])
            if callable(route):
                return route(request)
            answer = route.pop(0) if len(route) > 1 else route[0]
        etag = answer.headers.get("ETag")
        if etag and request.headers.get("if-none-match") == etag:
            return Answer(status=304, headers=answer.headers)
        return answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                with web._lock:
                    web.connections += 1
                super().setup()

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", "0")))
                answer = web._answer(Request(self.path, headers, self.command, body))
                self.close_connection = answer.drop or answer.cut_after is not None or answer.drip
                try:
                    self._send(answer)
                except OSError:
                    self.close_connection = True  # the client has had enough

            do_POST = do_GET  # noqa: N815 - the name is the server's

            def _send(self, answer: Answer) -> None:
                if answer.drop:
                    return
                head = self._head(answer)
                if answer.drip:
                    for byte in web.dripped(head + answer.body):
                        self.wfile.write(byte)
                    return
                self.wfile.write(head)
                if answer.chunks is not None:
                    self._send_chunks(answer.chunks())
                elif answer.status != 304:
                    self.wfile.write(answer.body[: answer.cut_after])

            def _head(self, answer: Answer) -> bytes:
                headers = {**answer.headers}
                if answer.chunks is not None:
                    headers["Transfer-Encoding"] = "chunked"
                elif answer.status != 304:
                    length = answer.declared_length
                    headers["Content-Length"] = str(len(answer.body) if length is None else length)
                lines = [f"HTTP/1.1 {answer.status} Status"]
                lines += [f"{name}: {value}" for name, value in headers.items()]
                return "\r\n".join([*lines, "", ""]).encode("latin-1")

            def _send_chunks(self, chunks: Iterator[bytes]) -> None:
                for chunk in chunks:
                    if web._is_closing.is_set():
                        return
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                self.wfile.write(b"0\r\n\r\n")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler
