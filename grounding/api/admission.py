"""How many questions are answered at once, who waits, who is refused, and who has left.

    question ─▶ its body is here ─▶ too many wait? ─▶ 503, Retry-After
                                        │ no
                                        ▼
                            its turn ─▶ a thread answers ─▶ the next one's turn
                               │              │
    connection ends ───────────┴──────────────┴──▶ 499, which nobody reads

All of it happens in the event loop: a flood of questions takes no threads from other requests.
"""

import asyncio
import math
from asyncio import Future, Task
from collections import deque
from time import monotonic
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grounding.api.problems import CALLER_LEFT
from indexer.caller import Caller, asked_by
from indexer.tally import Tally

PATHS: Final = frozenset({"/v1/search", "/v1/augment"})
_LONGEST_PAUSE_SECONDS: Final = 60
_WEIGHT_OF_LAST: Final = 0.1


class Line:
    """Lets so many questions run at once; as many others wait, in the order in which they came.

    Used by one event loop only.
    """

    def __init__(self, *, most_running: int, most_waiting: int) -> None:
        self._most_running = most_running
        self._most_waiting = most_waiting
        self._waiting: deque[Future[None]] = deque()
        self._seconds_each = 0.0
        self.running = 0
        self.refused = 0
        self.wait_seconds = Tally((0.001, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30))

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
            HTTPException: 503 because too many wait, 499 because the caller left meanwhile.
        """
        began = monotonic()
        if self.running < self._most_running:
            self.running += 1
        elif self.waiting >= self._most_waiting:
            self.refused += 1
            detail = f"{self.waiting} questions wait already: repeat after the time in Retry-After"
            raise HTTPException(503, detail, {"Retry-After": str(self.pause_seconds)})
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
            raise HTTPException(CALLER_LEFT, "the caller left")

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


class Admission:
    """ASGI middleware that has questions stand in line, and everything else pass."""

    def __init__(self, app: ASGIApp, *, line: Line) -> None:
        self._app = app
        self._line = line

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await self._app(scope, receive, send)
            return
        visit = _Visit(receive, self._line)
        try:
            with asked_by(visit.caller):
                await self._app(scope, visit.receive, send)
        finally:
            visit.end()


class _Visit:
    """One question from its first byte to its answer."""

    def __init__(self, receive: Receive, line: Line) -> None:
        self.caller = Caller()
        self._receive = receive
        self._line = line
        self._watch: Task[None] | None = None
        self._began: float | None = None

    async def receive(self) -> Message:
        """Return the end of the body only when it is this question's turn.

        Raises:
            HTTPException: it is never: see `Line.take`. FastAPI passes this one kind on.
        """
        if self._watch is not None:
            await asyncio.wait((self._watch,))
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            self._watch = asyncio.create_task(self._until_left())
            await self._line.take(self._watch)
            self._began = monotonic()
        return message

    def end(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        if self._began is not None:
            self._line.give_back(monotonic() - self._began)

    async def _until_left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.caller.leave()
