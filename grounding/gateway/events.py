"""Server-sent events, split out of a stream of bytes without changing any of them.

The format is that of the HTML standard (https://html.spec.whatwg.org/multipage/server-sent-events):
lines, an empty one after each event; all lines `data: ...` of an event together are its data.
"""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from grounding.gateway.errors import UpstreamBroken

_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
DONE = "[DONE]"


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its bytes as they came, and its data; None for a comment."""

    raw: bytes
    data: str | None


async def events_of(chunks: AsyncIterator[bytes], *, most_bytes: int) -> AsyncIterator[Event]:
    """Yield the events of a stream as soon as they are whole.

    most_bytes: of one event.

    Raises:
        UpstreamBroken: an event is larger, no UTF-8, or the stream ends within one.
    """
    kept = bytearray()
    searched = 0
    async for chunk in chunks:
        kept += chunk
        while found := _END.search(kept, max(0, searched - 3)):
            yield _event(bytes(kept[: found.end()]))
            del kept[: found.end()]
            searched = 0
        searched = len(kept)
        if searched > most_bytes:
            raise UpstreamBroken(f"an event has more than {most_bytes} bytes")
    if kept.strip():
        raise UpstreamBroken("the stream ended within an event")


def object_of(data: str) -> dict[str, Any]:
    """Read the data of an event.

    Raises:
        UpstreamBroken: it is no JSON object.
    """
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UpstreamBroken("an event is no JSON") from error
    if not isinstance(told, dict):
        raise UpstreamBroken("an event is no JSON object")
    return told


def written(data: str) -> bytes:
    """Write an event of one line of data."""
    return f"data: {data}\n\n".encode()


def _event(raw: bytes) -> Event:
    try:
        lines = raw.decode().splitlines()
    except UnicodeDecodeError as error:
        raise UpstreamBroken("an event is not UTF-8 text") from error
    data = [line[5:].removeprefix(" ") for line in lines if line.startswith("data:")]
    return Event(raw, "\n".join(data) if data else None)
