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
from asyncio import Task
from time import monotonic
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grounding.api.problems import CALLER_LEFT
from grounding.line import Line, TooManyWait
from indexer.caller import Caller, asked_by
from indexer.errors import CallerLeft

PATHS: Final = frozenset({"/v1/search", "/v1/augment", "/v1/grounding/check"})


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
            await self._turn(self._watch)
            self._began = monotonic()
        return message

    async def _turn(self, left: "Task[None]") -> None:
        try:
            await self._line.take(left)
        except TooManyWait as error:
            pause = {"Retry-After": str(error.retry_after_seconds)}
            raise HTTPException(503, str(error), pause) from error
        except CallerLeft as error:
            raise HTTPException(CALLER_LEFT, str(error)) from error

    def end(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        if self._began is not None:
            self._line.give_back(monotonic() - self._began)

    async def _until_left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.caller.leave()
