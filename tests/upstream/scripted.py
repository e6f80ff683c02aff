"""A scripted upstream on loopback: real HTTP that answers, stalls, cuts, lies or refuses.

    with scripted() as upstream:
        upstream.then(says("Brent is at 84.12 USD [1]."))
        ... a request ...
        upstream.asked[-1].body

Each request takes the next step of the script; when it is over, the last one again.
"""

import asyncio
import json
import re
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from grounding.server import in_background

FRAME = {"id": "chatcmpl-1", "created": 1_700_000_000, "model": "scripted"}


@dataclass(frozen=True)
class Asked:
    """One request as the upstream got it."""

    path: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found

    @property
    def prompt(self) -> str:
        """All text of the messages."""
        return "\n".join(str(each.get("content")) for each in self.body["messages"])


@dataclass
class Exchange:
    """What a step has in hand: the request, and ways to answer it."""

    asked: Asked
    receive: Receive
    send: Send

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        named = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": named})

    async def write(self, content: bytes, *, more: bool = True) -> None:
        await self.send({"type": "http.response.body", "body": content, "more_body": more})

    async def answer(self, status: int, content: bytes, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await self.start(status, {"content-type": "application/json", **named})
        await self.write(content, more=False)

    async def event(self, data: object) -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        await self.write(f"data: {text}\n\n".encode())

    async def stall(self) -> None:
        """Say nothing for good: whoever asked has to leave."""
        await asyncio.Event().wait()


Step = Callable[[Exchange], Awaitable[None]]


@dataclass
class Scripted:
    """A running scripted upstream."""

    steps: list[Step] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    left: int = 0
    """How many requests ended because whoever asked had left."""
    running: int = 0
    most_running: int = 0
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def then(self, *steps: Step) -> None:
        """Answer from now on by these steps."""
        with self._lock:
            self.steps = list(steps)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Asked(
            scope["path"],
            {name.decode(): value.decode() for name, value in scope["headers"]},
            await _whole(receive),
        )
        with self._lock:
            self.asked.append(asked)
            step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
            self.running += 1
            self.most_running = max(self.most_running, self.running)
        left = asyncio.create_task(_until_left(receive))
        work = asyncio.ensure_future(step(Exchange(asked, receive, send)))
        try:
            await asyncio.wait((work, left), return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
            else:
                self.left += 1
        finally:
            work.cancel()
            left.cancel()
            self.running -= 1

    def wait_left(self, count: int, seconds: float = 10) -> None:
        """Return once so many requests have been given up by whoever asked."""
        deadline = time.monotonic() + seconds
        while self.left < count:
            assert time.monotonic() < deadline, f"{self.left} of {count} have left"
            time.sleep(0.01)


@contextmanager
def scripted() -> Iterator[Scripted]:
    upstream = Scripted([says("ok")])
    app: ASGIApp = upstream
    with in_background(app) as url:
        upstream.url = f"{url}/v1"
        yield upstream


def says(text: str, **more: Any) -> Step:
    """Answer with this text, in one piece or streamed word by word, as was asked for."""

    async def step(exchange: Exchange) -> None:
        if exchange.asked.body.get("stream"):
            await _streamed(exchange, text)
            return
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        body = {**FRAME, "object": "chat.completion", "choices": [choice], "usage": usage, **more}
        await exchange.answer(200, json.dumps(body).encode())

    return step


def calls(*tool_calls: Mapping[str, object]) -> Step:
    """Answer with calls of tools."""
    message = {"role": "assistant", "content": None, "tool_calls": list(tool_calls)}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    body = {**FRAME, "object": "chat.completion", "choices": [choice]}
    return answers(200, json.dumps(body).encode(), content_type="application/json")


def echoes(find: Callable[[str], str]) -> Step:
    """Answer with what `find` makes of the prompt: an llm that reads."""

    async def step(exchange: Exchange) -> None:
        await says(find(exchange.asked.prompt))(exchange)

    return step


def answers(status: int, content: bytes, **headers: str) -> Step:
    """Answer with exactly this; names of headers have _ for -."""

    async def step(exchange: Exchange) -> None:
        await exchange.answer(status, content, **headers)

    return step


def streams(*pieces: bytes | float, end: bool = True) -> Step:
    """Stream these bytes, waiting so many seconds where there is a number.

    end: False to break the connection off instead of ending the answer.
    """

    async def step(exchange: Exchange) -> None:
        await exchange.start(200, {"content-type": "text/event-stream"})
        for piece in pieces:
            if isinstance(piece, bytes):
                await exchange.write(piece)
            else:
                await asyncio.sleep(piece)
        if not end:
            raise ConnectionAbortedError("as scripted")
        await exchange.write(b"", more=False)

    return step


async def stalls(exchange: Exchange) -> None:
    """Never answer."""
    await exchange.stall()


def chunk(content: str | None = None, *, finish: str | None = None, **delta: Any) -> bytes:
    """Write one chunk of a stream."""
    said = delta if content is None else {"content": content, **delta}
    choice = {"index": 0, "delta": said, "finish_reason": finish}
    body = {**FRAME, "object": "chat.completion.chunk", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n".encode()


DONE = b"data: [DONE]\n\n"


async def _streamed(exchange: Exchange, text: str) -> None:
    await exchange.start(200, {"content-type": "text/event-stream"})
    await exchange.write(chunk("", role="assistant"))
    for piece in re.findall(r"\s*\S+\s*$|\s*\S+", text):
        await exchange.write(chunk(piece))
    await exchange.write(chunk(finish="stop"))
    await exchange.write(DONE, more=False)


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
