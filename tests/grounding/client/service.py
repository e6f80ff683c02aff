"""A service on the loopback interface: answers as it was told, remembers what it was asked."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Answer:
    """`is_dropped`: the connection is closed without a word. `is_silent`: nothing is ever said."""

    status: int = 200
    reply: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    is_dropped: bool = False
    is_silent: bool = False

    @property
    def content(self) -> bytes:
        return json.dumps(self.reply).encode() if self.raw is None else self.raw


class Service:
    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._answers: list[Answer] = []
        self._is_closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def answers(self, *answers: Answer | object) -> None:
        """Give these in turn, whatever is asked, and the last one again and again."""
        self._answers = [a if isinstance(a, Answer) else Answer(reply=a) for a in answers]

    def close(self) -> None:
        self._is_closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(service) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler below
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                url = urlsplit(self.path)
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = json.loads(content) if content else None
                headers = {name.lower(): value for name, value in self.headers.items()}
                service.asked.append(
                    Asked(self.command, url.path, dict(parse_qsl(url.query)), headers, body)
                )
                answers = service._answers
                self.send(answers.pop(0) if len(answers) > 1 else answers[0])

            def send(self, answer: Answer) -> None:
                if answer.is_silent:
                    service._is_closing.wait()
                if answer.is_silent or answer.is_dropped:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 - named by the library

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        return Handler
