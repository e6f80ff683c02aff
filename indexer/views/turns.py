"""A lock that many searches share and one change takes alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class SharedLock:
    """Readers share; a writer waits for them, and no reader starts while a writer waits.

    Not re-entrant. Hold it shared for one search, exclusively for moments only.
    """

    def __init__(self) -> None:
        self._turn = Condition()
        self._readers = 0
        self._writers_waiting = 0
        self._is_taken = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        with self._turn:
            self._turn.wait_for(lambda: not self._is_taken and not self._writers_waiting)
            self._readers += 1
        try:
            yield
        finally:
            with self._turn:
                self._readers -= 1
                self._turn.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._turn:
            self._writers_waiting += 1
            try:
                self._turn.wait_for(lambda: not self._is_taken and not self._readers)
            finally:
                self._writers_waiting -= 1
            self._is_taken = True
        try:
            yield
        finally:
            with self._turn:
                self._is_taken = False
                self._turn.notify_all()
