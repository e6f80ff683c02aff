"""Streams of the Responses API: passed on with what they cite, or written from a whole answer.

    created, in progress ─▶ item added ─▶ part added ─▶ text ─▶ part done ─▶ item done ─▶ completed
                                                                   │           │          │
                                                    annotations of what was said     the verdict

The order and the members are those of OpenAI's reference of streaming events.
"""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import count
from typing import Any, Final

from grounding.gateway.checks import Check
from grounding.gateway.errors import UpstreamBroken
from grounding.gateway.events import DONE, Event, object_of
from grounding.gateway.records import Citation
from grounding.gateway.responses import (
    JsonMap,
    calls_of,
    cited,
    cited_item,
    cited_part,
    text_of,
)
from grounding.gateway.told import with_check

_ENDS: Final = frozenset({"response.completed", "response.incomplete", "response.failed"})


class ResponseEvents:
    """The events of one answer on their way to the caller.

    usage, said: what the upstream counted, and all text, once the answer is over.
    """

    def __init__(
        self, citations: Sequence[Citation], *, extra: JsonMap, check: Check | None = None
    ) -> None:
        self._citations = citations
        self._extra = extra
        self._check = check
        self.usage: JsonMap | None = None
        self.said = ""
        self.is_whole = False

    async def passed_on(self, events: AsyncIterator[Event]) -> AsyncIterator[bytes]:
        """Yield what the caller is sent: all but the last events of each text byte for byte.

        Raises:
            UpstreamBroken: an event is no JSON object, or the stream ended before the answer did.
        """
        async for event in events:
            if event.data is None or event.data.strip() == DONE:
                yield event.raw
            else:
                yield await self._with_ours(event, object_of(event.data))
        if not self.is_whole:
            raise UpstreamBroken("the stream ended before the answer did")

    async def _with_ours(self, event: Event, told: dict[str, Any]) -> bytes:
        kind = str(told.get("type"))
        if kind == "error":
            self.is_whole = True
            return event.raw
        if kind in _ENDS:
            changed = {**told, "response": await self._ended(told.get("response"))}
        else:
            changed = self._changed(kind, told)
        if changed is told:
            return event.raw
        name = f"event: {kind}\n" if b"event:" in event.raw else ""
        return f"{name}data: {json.dumps(changed, ensure_ascii=False)}\n\n".encode()

    def _changed(self, kind: str, told: dict[str, Any]) -> dict[str, Any]:
        if kind == "response.created" and isinstance(told.get("response"), dict):
            return {**told, "response": {**told["response"], **self._extra}}
        if kind == "response.content_part.done":
            return {**told, "part": cited_part(told.get("part"), self._citations)}
        if kind == "response.output_item.done":
            return {**told, "item": cited_item(told.get("item"), self._citations)}
        return told

    async def _ended(self, response: Any) -> Any:
        self.is_whole = True
        if not isinstance(response, dict):
            return response
        usage = response.get("usage")
        self.usage = usage if isinstance(usage, dict) else None
        self.said = text_of(response)
        calls, checked = calls_of(response), None
        if self._check is not None and (self.said or calls):
            checked = await self._check(self.said, calls)
        extra = self._extra if checked is None else with_check(self._extra, checked)
        return cited(response, self._citations, extra)


def response_events(response: JsonMap) -> Iterator[bytes]:
    """Yield the events of a whole response, each of its texts in one piece."""
    numbers = count()
    for told in _events(response):
        data = json.dumps({**told, "sequence_number": next(numbers)}, ensure_ascii=False)
        yield f"event: {told['type']}\ndata: {data}\n\n".encode(errors="replace")


def _events(response: JsonMap) -> Iterator[dict[str, Any]]:
    begun = {**response, "status": "in_progress", "output": [], "usage": None}
    begun["incomplete_details"] = None
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for place, item in enumerate(response["output"]):
        if isinstance(item, dict):
            yield from _of_item(place, item)
    ended = response.get("status")
    kind = ended if ended in {"incomplete", "failed"} else "completed"
    yield {"type": f"response.{kind}", "response": dict(response)}


def _of_item(place: int, item: JsonMap) -> Iterator[dict[str, Any]]:
    content = item.get("content")
    parts: Sequence[Any] = content if isinstance(content, list) else ()
    begun = {**item, "status": "in_progress", **({"content": []} if parts else {})}
    at = {"output_index": place, "item_id": item.get("id")}
    if item.get("type") == "function_call":
        begun["arguments"] = ""
    yield {"type": "response.output_item.added", "output_index": place, "item": begun}
    for index, part in enumerate(parts):
        if isinstance(part, dict):
            yield from _of_part({**at, "content_index": index}, part)
    if item.get("type") == "function_call":
        kind, said = "response.function_call_arguments", item.get("arguments")
        yield {"type": f"{kind}.delta", **at, "delta": said}
        yield {"type": f"{kind}.done", **at, "name": item.get("name"), "arguments": said}
    yield {"type": "response.output_item.done", "output_index": place, "item": dict(item)}


def _of_part(at: JsonMap, part: JsonMap) -> Iterator[dict[str, Any]]:
    name = {"output_text": "text", "refusal": "refusal"}.get(str(part.get("type")))
    if name is None:
        yield {"type": "response.content_part.done", **at, "part": dict(part)}
        return
    empty = {**part, name: "", **({"annotations": []} if name == "text" else {})}
    yield {"type": "response.content_part.added", **at, "part": empty}
    kind, said = f"response.{part['type']}", part.get(name)
    more: dict[str, Any] = {"logprobs": []} if name == "text" else {}
    yield {"type": f"{kind}.delta", **at, "delta": said, **more}
    yield {"type": f"{kind}.done", **at, name: said, **more}
    yield {"type": "response.content_part.done", **at, "part": dict(part)}
