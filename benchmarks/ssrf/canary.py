"""A listener on loopback that nobody has any business with: it counts who connects."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary"
_READ_SECONDS = 0.2


class Canary:
    """Listens on two ports each of 127.0.0.1 and ::1 (where there is IPv6) until closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections = 0
        self._listeners = [_listener(socket.AF_INET), _listener(socket.AF_INET)]
        with suppress(OSError):
            self._listeners += [_listener(socket.AF_INET6), _listener(socket.AF_INET6)]
        for listener in self._listeners:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    @property
    def connections(self) -> int:
        with self._lock:
            return self._connections

    @property
    def port(self) -> int:
        """A port of 127.0.0.1."""
        return int(self._listeners[0].getsockname()[1])

    def address(self, *, is_ipv6: bool) -> tuple[str, int]:
        """Return where to connect to: IPv6 where asked for and there is any."""
        own = self._listeners[-1 if is_ipv6 else 0].getsockname()
        return str(own[0]), int(own[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for listener in self._listeners:
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # closed
                return
            with self._lock:
                self._connections += 1
            threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _listener(family: socket.AddressFamily) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
    listener.listen(64)
    return listener


def _answer(connection: socket.socket) -> None:
    with connection, suppress(OSError):
        connection.settimeout(_READ_SECONDS)
        with suppress(TimeoutError):
            connection.recv(65536)
        connection.sendall(_ANSWER)
