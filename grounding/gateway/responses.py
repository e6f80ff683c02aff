"""OpenAI's Responses API, as far as evidence needs it: what is asked, and citations in the answer.

    input: "..."                       ─▶ evidence before these words
    input: [{role, content}, ...]      ─▶ evidence before those of the last user turn
    instructions                       ─▶ ours first, the caller's after them
    output[].content[] (output_text)   ◀─ annotations, also in the events of a stream that end it

Items that are no messages, and everything else, are passed on as they came.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from grounding.gateway.cited import annotations
from grounding.gateway.errors import UpstreamBroken
from grounding.gateway.events import Event, object_of
from grounding.gateway.records import Ask, Body, Citation
from grounding.query.pipeline import Composed
from grounding.query.records import Message
from grounding.query.render import INSTRUCTIONS, context_text

_TEXTS: Final = frozenset({"input_text", "output_text", "text"})
_ENDS: Final = frozenset({"response.completed", "response.incomplete", "response.failed"})

JsonMap = Mapping[str, Any]  # Any: JSON of callers and upstreams, here and below


def messages_of(body: JsonMap) -> list[Message]:
    """Return the conversation as chat messages, of their parts the text alone."""
    given = body.get("input")
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    items = given if isinstance(given, list) else []
    return [
        {"role": str(each["role"]), "content": _text(each.get("content"))}
        for each in items
        if isinstance(each, dict) and isinstance(each.get("role"), str)
    ]


def body_with(ask: Ask, made: Composed | None, llm: str) -> Body:
    """Return what to send: the request with its evidence, to this llm."""
    body = {**ask.body, "model": llm}
    if made is None:
        return body
    shown = [each.evidence for each in made.context.packed.candidates]
    context = context_text(shown, made.context.frame)
    own = body.get("instructions")
    body["instructions"] = f"{INSTRUCTIONS}\n\n{own}" if isinstance(own, str) else INSTRUCTIONS
    body["input"] = _preceded(body["input"], context)
    return body


def cited(body: JsonMap, citations: Sequence[Citation], extra: JsonMap) -> dict[str, Any]:
    """Return a response with what its texts cite."""
    output = body.get("output")
    items = output if isinstance(output, list) else []
    return {**body, "output": [_cited_item(each, citations) for each in items], **extra}


class ResponseEvents:
    """The events of one answer on their way to the caller.

    usage, said: what the upstream counted, and all text, once the answer is over.
    """

    def __init__(self, citations: Sequence[Citation], *, extra: JsonMap) -> None:
        self._citations = citations
        self._extra = extra
        self.usage: JsonMap | None = None
        self.said = ""
        self.is_whole = False

    async def passed_on(self, events: AsyncIterator[Event]) -> AsyncIterator[bytes]:
        """Yield what the caller is sent: all but the last events of each text byte for byte.

        Raises:
            UpstreamBroken: an event is no JSON object, or the stream ended before the answer did.
        """
        async for event in events:
            yield event.raw if event.data is None else self._with_ours(event, event.data)
        if not self.is_whole:
            raise UpstreamBroken("the stream ended before the answer did")

    def _with_ours(self, event: Event, data: str) -> bytes:
        if data.strip() == "[DONE]":
            return event.raw
        told = object_of(data)
        kind = str(told.get("type"))
        if kind == "error":
            self.is_whole = True
            return event.raw
        changed = self._changed(kind, told)
        if changed is told:
            return event.raw
        name = f"event: {kind}\n" if b"event:" in event.raw else ""
        return f"{name}data: {json.dumps(changed, ensure_ascii=False)}\n\n".encode()

    def _changed(self, kind: str, told: dict[str, Any]) -> dict[str, Any]:
        if kind == "response.created" and isinstance(told.get("response"), dict):
            return {**told, "response": {**told["response"], **self._extra}}
        if kind == "response.content_part.done":
            return {**told, "part": _cited_part(told.get("part"), self._citations)}
        if kind == "response.output_item.done":
            return {**told, "item": _cited_item(told.get("item"), self._citations)}
        if kind in _ENDS:
            return {**told, "response": self._ended(told.get("response"))}
        return told

    def _ended(self, response: Any) -> Any:
        self.is_whole = True
        if not isinstance(response, dict):
            return response
        usage = response.get("usage")
        self.usage = usage if isinstance(usage, dict) else None
        self.said = text_of(response)
        return cited(response, self._citations, self._extra)


def text_of(body: JsonMap) -> str:
    """Return all that a response says, for counting."""
    items = [each for each in body.get("output") or () if isinstance(each, dict)]
    return "\n".join(_text(each.get("content")) for each in items)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    said = [each.get("text") for each in parts if _is_text(each)]
    return "\n".join(each for each in said if isinstance(each, str))


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") in _TEXTS


def _preceded(given: Any, context: str) -> Any:
    """Return an input with the context before the words of its last user turn."""
    if isinstance(given, str):
        return f"{context}\n\n{given}"
    last = max(place for place, each in enumerate(given) if _is_user(each))
    content = given[last].get("content")
    if isinstance(content, list):
        with_context: Any = [{"type": "input_text", "text": context}, *content]
    else:
        with_context = f"{context}\n\n{content}"
    return [*given[:last], {**given[last], "content": with_context}, *given[last + 1 :]]


def _is_user(item: Any) -> bool:
    return isinstance(item, dict) and item.get("role") == "user"


def _cited_item(item: Any, citations: Sequence[Citation]) -> Any:
    content = item.get("content") if isinstance(item, dict) else None
    if not isinstance(content, list):
        return item
    return {**item, "content": [_cited_part(each, citations) for each in content]}


def _cited_part(part: Any, citations: Sequence[Citation]) -> Any:
    if not isinstance(part, dict) or part.get("type") != "output_text":
        return part
    found = [
        {"type": "url_citation", **each["url_citation"]}
        for each in annotations(str(part.get("text", "")), citations)
    ]
    own = part.get("annotations")
    return {**part, "annotations": [*(own if isinstance(own, list) else []), *found]}
