"""An answer that comes in pieces, with what it cites added where it is known.

    upstream ─▶ chunk ─▶ ... ─▶ chunk with `finish_reason` ─▶ [DONE]
                  │                      │
     what was asked, the evidence,       annotations of all that was said,
     how it was decided                  and the verdict of its check

Nothing is held back but the last chunk, while the answer is checked: a chunk is passed on when it
is whole. All others are passed on byte for byte.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from grounding.gateway.checks import Check, Checked
from grounding.gateway.cited import annotations, with_annotations
from grounding.gateway.errors import UpstreamBroken
from grounding.gateway.events import DONE, Event, object_of, written
from grounding.gateway.records import Citation
from grounding.gateway.told import with_check

_FRAME = ("id", "object", "created", "model", "system_fingerprint", "service_tier")


class Chunks:
    """The chunks of one answer on their way to the caller, and what has been said so far.

    context: put into the first chunk of every choice, as `delta.context`.
    extra: put beside the choices of the first chunk.
    check: of what was said, whose verdict is put into the chunk that ends it.
    """

    def __init__(
        self,
        citations: Sequence[Citation],
        *,
        context: Mapping[str, Any] | None,
        extra: Mapping[str, Any],
        check: Check | None = None,
    ) -> None:
        self._check = check
        self.checked: Checked | None = None
        self._citations = citations
        self._context = context
        self._extra = dict(extra)
        self._frame: dict[str, Any] = {}
        self._said: dict[int, list[str]] = {}
        self._finished: dict[int, str] = {}
        self._held: dict[str, Any] | None = None
        self._calls: dict[int, dict[str, str]] = {}
        self.usage: Mapping[str, Any] | None = None
        self.is_whole = False
        self.is_plain = True
        """Whether it is text and nothing else: no tools, no refusal, nothing unknown."""

    async def passed_on(self, events: AsyncIterator[Event]) -> AsyncIterator[bytes]:
        """Yield what the caller is sent.

        Raises:
            UpstreamBroken: an event is no chunk, or the stream ended before the answer did.
        """
        async for event in events:
            for piece in self._with_ours(event):
                yield piece
            if self._held is not None:
                yield await self._released()
            if self.is_whole:
                return
        if not self._frame or self._finished.keys() != self._said.keys():
            raise UpstreamBroken("the stream ended before the answer did")
        self.is_whole = True  # some endpoints never say [DONE]

    async def _released(self) -> bytes:
        """Return the chunk with which the answer ends, with the verdict of what it said."""
        held, self._held = self._held or {}, None
        self.checked = (
            None if self._check is None else await self._check(self.said.get(0, ""), self._called())
        )
        if self.checked is None:
            return written(_json(held))
        return written(_json({**held, **with_check(self._extra, self.checked)}))

    @property
    def said(self) -> dict[int, str]:
        """The text of each choice so far, by its index."""
        return {index: "".join(pieces) for index, pieces in self._said.items()}

    def as_body(self) -> dict[str, Any]:
        """Return the answer as it would have come in one piece, without what is ours."""
        choices = [
            {
                "index": index,
                "message": {"role": "assistant", "content": text},
                "finish_reason": self._finished.get(index),
            }
            for index, text in sorted(self.said.items())
        ]
        body = {**self._frame, "object": "chat.completion", "choices": choices}
        return body if self.usage is None else {**body, "usage": self.usage}

    def _with_ours(self, event: Event) -> list[bytes]:
        if event.data is None:
            return [event.raw]
        if event.data.strip() == DONE:
            self.is_whole = True
            return [*self._last_words(), event.raw]
        chunk = object_of(event.data)
        if "error" in chunk:
            self.is_plain = False
            self.is_whole = True
            return [event.raw]
        if isinstance(chunk.get("usage"), dict):
            self.usage = chunk["usage"]
        choices = chunk.get("choices")
        if not isinstance(choices, list) or not choices:
            return [event.raw]
        changed = [self._choice(each) for each in choices]
        is_first, self._frame = not self._frame, self._frame or _frame(chunk)
        extra = self._extra if is_first else {}
        if self._is_checked_now():
            self._held = {**chunk, "choices": changed, **extra}
            return []
        is_same = not extra and all(new is old for new, old in zip(changed, choices, strict=True))
        return [event.raw if is_same else written(_json({**chunk, "choices": changed, **extra}))]

    def _is_checked_now(self) -> bool:
        """Whether all is said of an answer that is one text, and its verdict is to be told."""
        is_over = self._said.keys() == self._finished.keys() == {0}
        is_known = self.is_plain or bool(self._calls)
        return self._check is not None and self.checked is None and is_known and is_over

    def _called(self) -> list[dict[str, Any]]:
        """Return the tool calls as they would have come in one piece."""
        return [{"function": call} for _, call in sorted(self._calls.items())]

    def _choice(self, choice: Any) -> Any:  # Any: JSON of an upstream
        """Note what a choice says, and return it with what is ours; itself if there is nothing."""
        if not isinstance(choice, dict):
            raise UpstreamBroken("a choice of a chunk is no object")
        index = choice.get("index", 0)
        given = choice.get("delta")
        delta = given if isinstance(given, dict) else {}
        changed = self._begun(index, delta)
        self._note(index, delta)
        if isinstance(choice.get("finish_reason"), str) and index not in self._finished:
            self._finished[index] = choice["finish_reason"]
            changed = with_annotations(changed, self._annotations(index))
        return choice if changed == delta else {**choice, "delta": changed}

    def _begun(self, index: int, delta: Mapping[str, Any]) -> dict[str, Any]:
        """Return a delta with the context if it is the first of its choice."""
        is_first = index not in self._said
        self._said.setdefault(index, [])
        if not is_first or self._context is None:
            return dict(delta)
        return {**delta, "context": dict(self._context)}

    def _note(self, index: int, delta: Mapping[str, Any]) -> None:
        content = delta.get("content")
        if isinstance(content, str):
            self._said[index].append(content)
        if any(value for name, value in delta.items() if name not in {"role", "content"}):
            self.is_plain = False
        calls = delta.get("tool_calls")
        for call in calls if index == 0 and isinstance(calls, list) else ():
            self._note_call(call)

    def _note_call(self, call: Any) -> None:  # Any: JSON of an upstream
        place = call.get("index", 0) if isinstance(call, dict) else None
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(place, int) or not isinstance(function, dict):
            return
        noted = self._calls.setdefault(place, {"name": "", "arguments": ""})
        for name in noted:
            noted[name] += str(function.get(name) or "")

    def _annotations(self, index: int) -> list[dict[str, Any]]:
        return annotations("".join(self._said[index]), self._citations)

    def _last_words(self) -> list[bytes]:
        """Write the annotations of choices that never said that they are finished."""
        left = [
            {"index": index, "delta": {"annotations": found}, "finish_reason": None}
            for index in self._said
            if index not in self._finished and (found := self._annotations(index))
        ]
        return [written(_json({**self._frame, "choices": left}))] if left else []


def error_event(message: str, code: str) -> bytes:
    """Write the event that tells an OpenAI client that the answer broke off."""
    return written(_json({"error": {"message": message, "type": "upstream_error", "code": code}}))


def _frame(chunk: Mapping[str, Any]) -> dict[str, Any]:
    return {"object": "chat.completion.chunk"} | {
        name: chunk[name] for name in _FRAME if name in chunk
    }


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
