"""An llm for benchmarks that says what it was shown: equal answers are equal evidence.

It speaks OpenAI's protocol on loopback. What it answers is a digest of all evidence in its prompt,
in any order, without the ages, which grow from second to second, and without the clock. Streamed,
it says so in pieces, as slowly as it is told to.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from grounding.server import in_background

PIECE = 4
"""Characters of a streamed piece."""
_EVIDENCE = re.compile(r"<evidence (\w+)>\n(.*?)\n</evidence \1>", re.DOTALL)
_NUMBER = re.compile(r"^\[\d+\] ")


@dataclass
class ReadingLlm:
    """url: what to give as `base_url`; calls: how often it was asked.

    pause_seconds: between the pieces of a stream. running, most_running: streams at once.
    """

    pause_seconds: float = 0.0
    url: str = ""
    calls: int = 0
    running: int = 0
    most_running: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).json()
        self.calls += 1
        text = f"{shown(body['messages'][-1]['content'])} [1]"
        if body.get("stream"):
            pieces = self._pieces(text)
            answer: Response = StreamingResponse(pieces, media_type="text/event-stream")
        else:
            answer = JSONResponse(_completion(body, text))
        await answer(scope, receive, send)

    async def _pieces(self, text: str) -> AsyncIterator[str]:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            for start in range(0, len(text), PIECE):
                yield _chunk({"content": text[start : start + PIECE]}, None)
                await asyncio.sleep(self.pause_seconds)
            yield _chunk({}, "stop")
            yield "data: [DONE]\n\n"
        finally:
            self.running -= 1


@contextmanager
def reading_llm(*, pause_seconds: float = 0.0) -> Iterator[ReadingLlm]:
    llm = ReadingLlm(pause_seconds)
    with in_background(llm) as url:
        llm.url = f"{url}/v1"
        yield llm


def shown(turn: str) -> str:
    """Return the digest of the evidence in a turn."""
    found = _EVIDENCE.search(turn)
    if found is None:
        return "nothing"
    items = sorted(_NUMBER.sub("", _without_age(item)) for item in found[2].split("\n\n"))
    return hashlib.sha256("\n\n".join(items).encode()).hexdigest()


def _without_age(item: str) -> str:
    """Return an item without its age, which may also be said once of all items."""
    lines = []
    for line in item.removeprefix("All items: ").split("\n"):
        facts = line.split(" · ")
        lines.append(" · ".join(fact for fact in facts if not fact.startswith("age: ")))
    return "\n".join(lines)


def _completion(body: dict[str, Any], text: str) -> dict[str, Any]:
    prompt = len(json.dumps(body["messages"])) // 4
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-reading",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": 40, "total_tokens": prompt + 40},
    }


def _chunk(delta: dict[str, str], finish: str | None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    frame = {"id": "chatcmpl-reading", "object": "chat.completion.chunk", "created": 0}
    return f"data: {json.dumps({**frame, 'model': 'reading', 'choices': [choice]})}\n\n"
