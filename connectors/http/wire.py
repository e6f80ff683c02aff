"""Bodies as they arrive: counted, unpacked in small steps, and given up on when they are bombs.

    wire ─ CountedChunks ─▶ decoded ─▶ collected ─▶ bytes

A body that turns out too large is refused before it takes memory: what arrives waits in a file
until its end was seen.
"""

import zlib
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile

import httpcore

from connectors.errors import SourceBroken

MAX_HEAD_BYTES = 262_144
"""Status lines and headers of one answer, and all that comes before them."""
_STEP_BYTES = 65536
_BYTES_IN_MEMORY = 1_000_000
_GZIP_MAGIC = b"\x1f\x8b"
# Text and tables shrink to a tenth, seldom to a hundredth; zeros to a thousandth.
_MOST_TIMES = 200
_ALWAYS_UNPACKED_BYTES = 1_000_000
_MOST_MEMBERS = 1_000
# A server that sends a line at a time is slow; one that sends a few bytes at a time is a burden.
_LEAST_BYTES_A_CHUNK = 32
_CHUNKS_OF_ANY_SIZE = 10_000


class CountedChunks:
    """Chunks as they pass by, with the number of bytes so far.

    Iterating raises `SourceBroken` when thousands of chunks hold a few bytes each.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        for number, chunk in enumerate(self._chunks, 1):
            self.count += len(chunk)
            if self.count < _LEAST_BYTES_A_CHUNK * (number - _CHUNKS_OF_ANY_SIZE):
                raise SourceBroken(f"its {self.count} bytes come in {number} pieces")
            yield chunk


def collected(parts: Iterable[bytes], *, max_bytes: int) -> bytes | None:
    """Return the parts as one, or None as soon as they are larger than `max_bytes`."""
    with SpooledTemporaryFile(max_size=_BYTES_IN_MEMORY) as body:
        for part in parts:
            body.write(part)
            if body.tell() > max_bytes:
                return None
        body.seek(0)
        return body.read()


def decoded(wire: Iterable[bytes], coding: str) -> Iterable[bytes]:
    """Undo the Content-Encoding `coding`, step by step.

    Raises:
        zlib.error: now or while iterating, what came is not that coding.
        httpcore.RemoteProtocolError: while iterating, the end is missing.
        SourceBroken: while iterating, it unpacks to far more than any text would.
    """
    if coding in {"", "identity"}:
        return wire
    if coding in {"gzip", "x-gzip", "deflate"}:
        return _within_reason(wire)
    raise zlib.error(f"{coding[:40]!r} was not asked for")


def _within_reason(wire: Iterable[bytes]) -> Iterator[bytes]:
    packed, unpacked = CountedChunks(wire), 0
    for part in _inflated(packed):
        unpacked += len(part)
        if unpacked > most_unpacked(packed.count):
            raise SourceBroken(
                f"{packed.count} compressed bytes hold more than {_MOST_TIMES} times as many"
            )
        yield part


def most_unpacked(packed_bytes: int) -> int:
    """Return how many bytes text or a table may unpack to; what holds more is a bomb."""
    return max(_ALWAYS_UNPACKED_BYTES, _MOST_TIMES * packed_bytes)


def _inflated(wire: Iterable[bytes]) -> Iterator[bytes]:
    inflater, members = None, 1
    for received in wire:
        rest = received
        inflater = inflater or _inflater()
        while rest:
            yield inflater.decompress(rest, _STEP_BYTES)
            rest = inflater.unconsumed_tail
            if inflater.eof and inflater.unused_data.startswith(_GZIP_MAGIC):
                rest, inflater, members = inflater.unused_data, _inflater(), members + 1
            if members > _MOST_MEMBERS:
                raise SourceBroken(f"its content is compressed in more than {_MOST_MEMBERS} parts")
    if inflater is not None:
        yield inflater.flush()
        if not inflater.eof:
            raise httpcore.RemoteProtocolError("the compressed content ends too early")


def _inflater() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # gzip or zlib, whichever it is
