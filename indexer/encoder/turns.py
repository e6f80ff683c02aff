"""A lock that is handed on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock of which who releases it cannot take it again before one who waits.

    A plain lock goes back to the thread that released it, which is awake already.
    """

    def __init__(self) -> None:
        self._is_next = threading.Lock()
        self._turn = threading.Lock()

    @contextmanager
    def next(self) -> Iterator[None]:
        with self._is_next:
            self._turn.acquire()
        try:
            yield
        finally:
            self._turn.release()
