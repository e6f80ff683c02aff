"""What a bomb is, and the pieces that answers are put together from."""

import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from typing import TypeAlias

from benchmarks.config import Setting

Answer: TypeAlias = Callable[[socket.socket, int], None]
"""Answers one request on a connection; the number counts the requests so far, from 0."""

FEED: Mapping[str, Setting] = {"kind": "feed"}
JSON: Mapping[str, Setting] = {
    "kind": "json",
    "items": "items",
    "documents": {"key": "id", "text": ["text"]},
}
NUMBERS: Mapping[str, Setting] = {
    "kind": "json",
    "items": "items",
    "observations": {
        "series": {"key": "{x}", "title": "{x}"},
        "valid_from": "at",
        "value": "value",
    },
}
CSV: Mapping[str, Setting] = {
    "kind": "csv",
    "time": "date",
    "values": [{"column": "value", "key": "x", "title": "x"}],
}
XML: Mapping[str, Setting] = {
    "kind": "xml",
    "items": "channel.item",
    "documents": {"key": "title", "text": ["title"]},
}
SITEMAP: Mapping[str, Setting] = {"kind": "sitemap"}


@dataclass(frozen=True, slots=True)
class Bomb:
    """One source that means no good.

    before_request: answer as soon as somebody connects, without waiting for a request.
    is_tls: its url begins with https.
    holds: it is meant to last until the reader gives up.
    is_large: a document of megabytes, which takes a processor's time to read whatever is in it.
    """

    name: str
    answer: Answer
    options: Mapping[str, Setting] = field(default_factory=lambda: FEED)
    before_request: bool = False
    is_tls: bool = False
    holds: bool = False
    is_large: bool = False

    @property
    def source_name(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


def head(*headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode("latin-1")


def body_of(content: bytes, *headers: str) -> Answer:
    """Answer with `content`, its true length, and the headers."""
    return sending(head(*headers, f"Content-Length: {len(content)}"), content)


def sending(*parts: bytes) -> Answer:
    """Answer with these bytes and close."""

    def answer(connection: socket.socket, _number: int) -> None:
        for part in parts:
            connection.sendall(part)

    return answer


def endless(start: bytes, again: bytes) -> Answer:
    """Answer with `start`, then `again` for as long as somebody reads."""

    def answer(connection: socket.socket, _number: int) -> None:
        connection.sendall(start)
        for part in repeat(again):
            connection.sendall(part)

    return answer


def dripping(start: bytes, content: bytes, *, every_seconds: float = 1.0) -> Answer:
    """Answer with `start` at once, then with one byte a second."""

    def answer(connection: socket.socket, _number: int) -> None:
        connection.sendall(start)
        for byte in _bytes(content):
            connection.sendall(byte)
            time.sleep(every_seconds)

    return answer


def silent(start: bytes = b"") -> Answer:
    """Answer with `start`, then with nothing until the other side is gone."""

    def answer(connection: socket.socket, _number: int) -> None:
        connection.sendall(start)
        while connection.recv(65536):
            pass

    return answer


def _bytes(content: bytes) -> Iterator[bytes]:
    return (content[at : at + 1] for at in range(len(content)))
