"""The further serving processes, as the first one keeps them.

    first process ─▶ address, board ─▶ spawn 2..N ─▶ each with views of its own
                         a process ends ─▶ log, pause ─▶ spawned again
                         SIGTERM ─▶ passed on at once ─▶ all finish what is under way

They are spawned, not forked: threads of the first one hold locks that a copy would never get.
"""

import logging
import multiprocessing
import time
from collections.abc import Callable, Sequence
from multiprocessing.context import SpawnProcess
from threading import Event, RLock, Thread
from typing import Final

from grounding.processes.beside import Place, serve_beside
from grounding.processes.board import Board, Seat
from grounding.settings import Settings

logger = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 60.0
_WELL_AFTER_SECONDS: Final = 60.0
"""A process that lasted so long did not fail at its start: the pauses begin anew."""
_LONGEST_STOP_SECONDS: Final = 25.0
_SPAWN: Final = multiprocessing.get_context("spawn")


def places(
    settings: Settings, address: tuple[str, int], *, api_key: str | None, is_read: bool
) -> tuple[Seat | None, list[Place]]:
    """Return the seat of the first process, None where it is the only one, and the other places."""
    several = settings.server.processes
    if several == 1:
        return None, []
    board = Board.of(several)
    others = [
        Place(Seat(number, board), address, settings, api_key, is_read)
        for number in range(2, several + 1)
    ]
    return Seat(1, board), others


class Crew:
    """Keeps a process at every place, from `start` to `stop`; no place at all is fine."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = places
        self._running: dict[int, SpawnProcess] = {}
        self._stopping = Event()
        self._lock = RLock()  # a signal may come while the same thread holds it
        self._keepers: list[Thread] = []

    def start(self, *, before: Callable[[], None]) -> None:
        """Spawn the processes, in the background, once `before` was called there."""
        if self._places:
            self._keepers.append(Thread(target=self._begin, args=(before,), daemon=True))
            self._keepers[0].start()

    def begin_stop(self) -> None:
        """Have every process finish what is under way and end. May be called by a signal."""
        self._stopping.set()
        with self._lock:
            for process in self._running.values():
                process.terminate()

    def stop(self) -> None:
        """Return once every process has ended; one that does not in time is killed."""
        self.begin_stop()
        deadline = time.monotonic() + _LONGEST_STOP_SECONDS
        for keeper in self._keepers:  # the first adds the others, and not after it has ended
            keeper.join(max(0.0, deadline - time.monotonic()))
        with self._lock:
            for number, process in self._running.items():
                logger.error("serving process %d did not end and is killed", number)
                process.kill()

    def _begin(self, before: Callable[[], None]) -> None:
        before()
        for place in self._places:
            self._keepers.append(Thread(target=self._keep, args=(place,), daemon=True))
            self._keepers[-1].start()

    def _keep(self, place: Place) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            outcome = self._run(place)
            if self._stopping.is_set():
                return
            if time.monotonic() - began >= _WELL_AFTER_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            number = place.seat.number
            logger.error("serving process %d %s, tried again in %g s", number, outcome, pause)
            self._stopping.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _run(self, place: Place) -> str:
        """Run a process at a place until it ends, and return how it did."""
        try:
            process = self._spawned(place)
        except OSError as error:
            return f"could not be started: {error}"
        if process is None:
            return "was not started"
        process.join()
        self._forget(place)
        return f"ended with {process.exitcode}"

    def _spawned(self, place: Place) -> SpawnProcess | None:
        """Start a process at a place; None if all are to stop."""
        with self._lock:
            if self._stopping.is_set():
                return None
            process = _SPAWN.Process(target=serve_beside, args=(place,), daemon=True)
            process.start()
            self._running[place.seat.number] = process
        return process

    def _forget(self, place: Place) -> None:
        with self._lock:
            del self._running[place.seat.number]
        place.seat.say(b"")  # it counts nothing any more
