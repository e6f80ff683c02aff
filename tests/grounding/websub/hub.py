"""A WebSub hub on the loopback interface, which does what each test tells it to."""

import hashlib
import hmac
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl

import httpx

DAY_SECONDS = 86_400


class Hub:
    """Keeps what it is asked; asks back and pushes over real HTTP, when told to or by itself.

    statuses: what it answers to who asks it, in turn, the last one again and again.
    """

    def __init__(self, *, statuses: tuple[int, ...] = (202,), verifies: bool = False) -> None:
        self.asked: list[dict[str, str]] = []
        self.verified: list[httpx.Response] = []
        self.headers: dict[str, str] = {}
        self._statuses = list(statuses)
        self._verifies = verifies
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hub"

    @property
    def modes(self) -> list[str]:
        return [form["hub.mode"] for form in self.asked]

    def answer(self, *statuses: int) -> None:
        self._statuses = list(statuses)

    def verify(self, form: Mapping[str, str], **changes: str) -> httpx.Response:
        """Ask whether what came was meant; `changes` are other values of `hub.…` parameters."""
        asking = {
            "mode": form["hub.mode"],
            "topic": form["hub.topic"],
            "challenge": "a <b>challenge</b>",
            "lease_seconds": str(DAY_SECONDS),
        }
        params = {f"hub.{name}": value for name, value in {**asking, **changes}.items()}
        reply = httpx.get(form["hub.callback"], params=params, trust_env=False)
        self.verified.append(reply)
        return reply

    def push(
        self,
        form: Mapping[str, str],
        body: bytes = b"<feed/>",
        *,
        method: str = "sha256",
        secret: str | None = None,
        signature: str | None = None,
    ) -> httpx.Response:
        """Deliver `body`, signed with the secret that came with the subscription, or another."""
        signed = signature_of(body, secret or form["hub.secret"], method=method)
        headers = {
            "Content-Type": "application/atom+xml",
            "Link": f'<{self.url}>; rel="hub", <{form["hub.topic"]}>; rel="self"',
            "X-Hub-Signature": signed if signature is None else signature,
        }
        return httpx.post(form["hub.callback"], content=body, headers=headers, trust_env=False)

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
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _take(self, form: dict[str, str]) -> int:
        self.asked.append(form)
        if self._verifies:
            self.verify(form)
        return self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                status = hub._take(dict(parse_qsl(self.rfile.read(length).decode())))
                self.send_response(status)
                for name, value in hub.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler


def signature_of(body: bytes, secret: str, *, method: str = "sha256") -> str:
    """Return the value of `X-Hub-Signature` that a hub would send with `body`."""
    return f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"
