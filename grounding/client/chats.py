"""Answers of an llm through the service: what is asked, what came back, and the stream of it."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from grounding.client.call import Call
from grounding.client.errors import Problem, ServerFailed
from grounding.client.options import ChatOptions
from grounding.client.wire import full_body

LONGEST_SECONDS: Final = 600.0
_PATH: Final = "/v1/chat/completions"
_KEPT: Final = ("context", "annotations", "refusal")


@dataclass(frozen=True, slots=True)
class ChatCitation:
    """A mark in an answer that leads to evidence: `text[start:end]`, in code points."""

    start: int
    end: int
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What an llm answered, and on what.

    citations: what it cites. shown: all evidence that it was shown, as the service tells it.
    reason: why there is no evidence, if there is none.
    receipt_id: of the prompt; None without evidence.
    freshness: how the stalest source stands: "pass", "warn", "error" or "unknown".
    cache: "hit" if it was given before and everything it rests on still holds.
    check: what the check of the answer says, as the service tells it; None if it was not checked.
    refusal: why the answer is withheld; None if it is not.
    """

    text: str
    citations: tuple[ChatCitation, ...]
    shown: tuple[Mapping[str, Any], ...]
    is_grounded: bool
    reason: str
    question: str | None
    receipt_id: str | None
    freshness: str | None
    upstream: str | None
    cache: str
    check: Mapping[str, Any] | None
    refusal: str | None
    raw: Mapping[str, Any] = field(repr=False)


def chat(
    query_or_messages: str | Iterable[Mapping[str, object]],
    model: str,
    params: Mapping[str, object],
    options: ChatOptions,
) -> Call[ChatAnswer]:
    """Return the call that asks an llm; it is paid for, so nothing is asked twice."""
    messages: object = query_or_messages
    if isinstance(query_or_messages, str):
        messages = [{"role": "user", "content": query_or_messages}]
    said = {name: value for name, value in options.items() if value is not None}
    return Call(
        "POST",
        _PATH,
        read=_read,
        content=full_body({**params, "model": model, "messages": messages, "grounding": said}),
        is_repeatable=False,
        extra_seconds=LONGEST_SECONDS,
    )


class _Pieces:
    """What a stream has said so far."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._message: dict[str, Any] = {}
        self._told: dict[str, Any] = {}
        self.is_over = False

    @property
    def answer(self) -> ChatAnswer:
        """The answer as far as it has come; whole once there are no more pieces."""
        message = {**self._message, "content": "".join(self._text)}
        return _answer({"choices": [{"message": message}], "grounding": self._told})

    def read(self, line: str) -> str:
        """Return the text in a line of the stream; it may have none.

        Raises:
            ServerFailed: the answer broke off.
        """
        if not line.startswith("data:"):
            return ""
        data = line[5:].strip()
        if data == "[DONE]":
            self.is_over = True
            return ""
        chunk = json.loads(data)
        if "error" in chunk:
            detail = str(chunk["error"].get("message", "the answer broke off"))
            raise ServerFailed(200, Problem(detail=detail))
        self._told |= chunk.get("grounding") or {}
        return "".join(self._taken(each) for each in chunk["choices"] if each["index"] == 0)

    def _taken(self, choice: Mapping[str, Any]) -> str:
        delta = choice["delta"]
        self._message |= {name: delta[name] for name in _KEPT if name in delta}
        text = delta.get("content") or ""
        self._text.append(text)
        return str(text)


class ChatStream:
    """Iterate over it for the pieces of an answer; then `answer` is whole."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._pieces = _Pieces()

    @property
    def answer(self) -> ChatAnswer:
        return self._pieces.answer

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            if text := self._pieces.read(line):
                yield text
        _require_over(self._pieces)


class AsyncChatStream:
    """As `ChatStream`, for `async for`."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self._pieces = _Pieces()

    @property
    def answer(self) -> ChatAnswer:
        return self._pieces.answer

    async def __aiter__(self) -> AsyncIterator[str]:
        async for line in self._lines:
            if text := self._pieces.read(line):
                yield text
        _require_over(self._pieces)


def _require_over(pieces: _Pieces) -> None:
    if not pieces.is_over:
        raise ServerFailed(200, Problem(detail="the answer ended before it was whole"))


def _read(status: int, body: object) -> ChatAnswer:
    del status
    if not isinstance(body, dict):
        raise ValueError("expected an object")  # noqa: TRY004 - what a `Call` expects
    return _answer(body)


def _answer(body: Mapping[str, Any]) -> ChatAnswer:
    told = body.get("grounding") or {}
    choices = body.get("choices") or [{}]
    message = choices[0].get("message") or {}
    return ChatAnswer(
        text=message.get("content") or "",
        citations=tuple(_citation(each) for each in message.get("annotations") or ()),
        shown=tuple((message.get("context") or {}).get("citations") or ()),
        is_grounded=bool(told.get("is_grounded")),
        reason=str(told.get("reason") or ""),
        question=told.get("question"),
        receipt_id=told.get("receipt_id"),
        freshness=told.get("freshness"),
        upstream=told.get("upstream"),
        cache=str((told.get("cache") or {}).get("status") or ""),
        check=told.get("check"),
        refusal=message.get("refusal"),
        raw=body,
    )


def _citation(annotation: Mapping[str, Any]) -> ChatCitation:
    place = annotation["url_citation"]
    return ChatCitation(place["start_index"], place["end_index"], place["title"], place["url"])
