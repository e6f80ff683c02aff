"""Bombs served on loopback, each at a port of its own, so that none waits for another's turn."""

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from benchmarks.bombs.bomb import Bomb
from benchmarks.config import Source

_REQUEST_SECONDS = 10


class BombSite:
    """Serves until closed; `source(bomb)` is the table of a configuration that reads it."""

    def __init__(self, bombs: Sequence[Bomb]) -> None:
        self._listeners = {bomb.name: socket.create_server(("127.0.0.1", 0)) for bomb in bombs}
        for bomb in bombs:
            thread = threading.Thread(target=self._serve, args=(bomb,), daemon=True)
            thread.start()

    def source(self, bomb: Bomb) -> Source:
        port = self._listeners[bomb.name].getsockname()[1]
        url = f"{'https' if bomb.is_tls else 'http'}://127.0.0.1:{port}/"
        return {"name": bomb.source_name, **bomb.options, "url": url}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for listener in self._listeners.values():
            listener.close()

    def _serve(self, bomb: Bomb) -> None:
        number = 0
        while True:
            try:
                connection, _ = self._listeners[bomb.name].accept()
            except OSError:  # closed
                return
            threading.Thread(target=_answer, args=(bomb, connection, number), daemon=True).start()
            number += 1


def _answer(bomb: Bomb, connection: socket.socket, number: int) -> None:
    # Whoever has had enough resets the connection, or leaves in the middle of a request.
    with connection, suppress(OSError):
        connection.settimeout(_REQUEST_SECONDS)
        if not bomb.before_request:
            request = b""
            while b"\r\n\r\n" not in request:
                received = connection.recv(65536)
                if not received:
                    return
                request += received
        bomb.answer(connection, number)
