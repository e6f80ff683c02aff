"""An llm for benchmarks that says what it was shown: equal answers are equal evidence.

It speaks OpenAI's protocol on loopback. What it answers is a digest of all evidence in its prompt,
in any order, without the ages, which grow from second to second, and without the clock.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from grounding.server import in_background

_EVIDENCE = re.compile(r"<evidence (\w+)>\n(.*?)\n</evidence \1>", re.DOTALL)
_AGE = re.compile(r" · age: [^·\n]*|age: [^·\n]* · ")
_NUMBER = re.compile(r"^\[\d+\] ")


@dataclass
class ReadingLlm:
    """url: what to give as `base_url`; calls: how often it was asked."""

    url: str = ""
    calls: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).json()
        self.calls += 1
        await JSONResponse(_completion(body, shown(body["messages"][-1]["content"])))(
            scope, receive, send
        )


@contextmanager
def reading_llm() -> Iterator[ReadingLlm]:
    llm = ReadingLlm()
    with in_background(llm) as url:
        llm.url = f"{url}/v1"
        yield llm


def shown(turn: str) -> str:
    """Return the digest of the evidence in a turn."""
    found = _EVIDENCE.search(turn)
    if found is None:
        return "nothing"
    items = sorted(_NUMBER.sub("", _AGE.sub("", item)) for item in found[2].split("\n\n"))
    return hashlib.sha256("\n\n".join(items).encode()).hexdigest()


def _completion(body: dict[str, Any], text: str) -> dict[str, Any]:
    prompt = len(json.dumps(body["messages"])) // 4
    message = {"role": "assistant", "content": f"{text} [1]"}
    return {
        "id": "chatcmpl-reading",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": 40, "total_tokens": prompt + 40},
    }
