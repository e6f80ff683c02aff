"""A line of those who want the same thing: who goes first, who waits, who is refused."""

import asyncio
import math
from asyncio import Future, Task
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

from grounding.errors import ServiceError
from indexer.errors import CallerLeft
from indexer.tally import Tally

_LONGEST_PAUSE_SECONDS: Final = 60
_WEIGHT_OF_LAST: Final = 0.1


class TooManyWait(ServiceError):
    """The line is full."""

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Line:
    """Lets so many run at once; as many others wait, in the order in which they came.

    Used by one event loop only.
    """

    def __init__(self, *, most_running: int, most_waiting: int, of_what: str = "questions") -> None:
        self._most_running = most_running
        self._most_waiting = most_waiting
        self._of_what = of_what
        self._waiting: deque[Future[None]] = deque()
        self._seconds_each = 0.0
        self.running = 0
        self.refused = 0
        self.wait_seconds = Tally((0.001, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30))

    @asynccontextmanager
    async def turn(self, left: "Task[None]") -> AsyncIterator[None]:
        """Do what is in the block when it is this one's turn; raises as `take`."""
        await self.take(left)
        began = monotonic()
        try:
            yield
        finally:
            self.give_back(monotonic() - began)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def pause_seconds(self) -> int:
        """In how long those who are here now will have been answered, at the present pace."""
        turns = (self.waiting + self.running) / self._most_running
        return min(max(1, math.ceil(turns * self._seconds_each)), _LONGEST_PAUSE_SECONDS)

    async def take(self, left: "Task[None]") -> None:
        """Return when it is this question's turn; `left` is done when its caller has left.

        Raises:
            TooManyWait: others do already.
            CallerLeft: meanwhile.
        """
        began = monotonic()
        if self.running < self._most_running:
            self.running += 1
        elif self.waiting >= self._most_waiting:
            self.refused += 1
            raise TooManyWait(
                f"{self.waiting} {self._of_what} wait already: see Retry-After",
                self.pause_seconds,
            )
        else:
            await self._wait(left)
        self.wait_seconds.add(monotonic() - began)

    def give_back(self, seconds: float) -> None:
        """Let the next one run, after a turn that took so long."""
        weight = _WEIGHT_OF_LAST if self._seconds_each else 1.0
        self._seconds_each += (seconds - self._seconds_each) * weight
        self._pass_on()

    async def _wait(self, left: "Task[None]") -> None:
        turn: Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        is_here = False
        try:
            await asyncio.wait((turn, left), return_when=asyncio.FIRST_COMPLETED)
            is_here = not left.done()
        finally:
            if not is_here:
                self._forgo(turn)
        if not is_here:
            raise CallerLeft("the caller left")

    def _forgo(self, turn: "Future[None]") -> None:
        if turn.done():
            self._pass_on()
        else:
            self._waiting.remove(turn)

    def _pass_on(self) -> None:
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self.running -= 1
