"""A real HTTP/2 server on the loopback interface: TLS, ALPN, and whatever a test makes it say."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived
from h2.exceptions import H2Error

Headers = dict[str, str]


class Exchange:
    """One request, and the means to answer it well or badly."""

    def __init__(self, path: str, headers: Headers, stream: int, wire: "_Wire") -> None:
        self.path = path
        self.headers = headers
        self._stream = stream
        self._wire = wire

    def answer(self, body: bytes = b"", status: int = 200, /, **headers: str) -> None:
        self.head(status, **headers)
        self.data(body, is_last=True)

    def head(self, status: int | str = 200, /, **headers: str) -> None:
        fields = [(name.replace("_", "-").lower(), value) for name, value in headers.items()]
        self._wire.h2.send_headers(self._stream, [(":status", str(status)), *fields])
        self._wire.flush()

    def data(self, body: bytes, *, is_last: bool = False) -> None:
        self._wire.h2.send_data(self._stream, body, end_stream=is_last)
        self._wire.flush()

    def reset(self) -> None:
        self._wire.h2.reset_stream(self._stream)
        self._wire.flush()

    def go_away(self) -> None:
        self._wire.h2.close_connection()
        self._wire.flush()
        self._wire.close()

    def raw(self, frames: bytes) -> None:
        self._wire.flush(frames)


Respond = Callable[[Exchange], None]


class Http2Server:
    """Answers by `respond`, called for one request after another; counts its connections."""

    def __init__(self, certificate: str, respond: Respond) -> None:
        self.connections = 0
        self.requests: list[Exchange] = []
        self._respond = respond
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)
        self._tls.set_alpn_protocols(["h2"])
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str = "/") -> str:
        return f"https://127.0.0.1:{self._socket.getsockname()[1]}{path}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for each in (self._socket, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with suppress(OSError, H2Error, KeyError):
            secured = self._tls.wrap_socket(plain, server_side=True)
            self._open.append(secured)
            self.connections += 1
            wire = _Wire(secured)
            while received := secured.recv(65536):
                for event in wire.h2.receive_data(received):
                    if isinstance(event, RequestReceived):
                        exchange = _exchange(event, wire)
                        self.requests.append(exchange)
                        self._respond(exchange)
                wire.flush()
        plain.close()


class _Wire:
    def __init__(self, secured: ssl.SSLSocket) -> None:
        config = H2Configuration(
            client_side=False, header_encoding="utf-8", validate_outbound_headers=False
        )
        self.h2 = H2Connection(config)
        self._socket = secured
        self.h2.initiate_connection()
        self.flush()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)

    def flush(self, extra: bytes = b"") -> None:
        self._socket.sendall(self.h2.data_to_send() + extra)


def _exchange(event: RequestReceived, wire: _Wire) -> Exchange:
    headers = {str(name): str(value) for name, value in event.headers or []}
    return Exchange(headers[":path"], headers, event.stream_id or 0, wire)
