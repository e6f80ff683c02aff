"""Bodies as they arrive: counted, and decompressed in steps small enough to stop in time."""

import zlib
from collections.abc import Iterable, Iterator

import httpcore

_STEP_BYTES = 65536
_GZIP_MAGIC = b"\x1f\x8b"


class CountedChunks:
    """Chunks as they pass by, with the number of bytes so far."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.count += len(chunk)
            yield chunk


def decoded(wire: Iterable[bytes], coding: str) -> Iterable[bytes]:
    """Undo the Content-Encoding `coding`, step by step.

    Raises:
        zlib.error: now or while iterating, what came is not that coding.
        httpcore.RemoteProtocolError: while iterating, the end is missing.
    """
    if coding in {"", "identity"}:
        return wire
    if coding in {"gzip", "x-gzip", "deflate"}:
        return _inflated(wire)
    raise zlib.error(f"{coding[:40]!r} was not asked for")


def _inflated(wire: Iterable[bytes]) -> Iterator[bytes]:
    inflater = None
    for received in wire:
        rest = received
        inflater = inflater or _inflater()
        while rest:
            yield inflater.decompress(rest, _STEP_BYTES)
            rest = inflater.unconsumed_tail
            if inflater.eof and inflater.unused_data.startswith(_GZIP_MAGIC):
                rest, inflater = inflater.unused_data, _inflater()
    if inflater is not None:
        yield inflater.flush()
        if not inflater.eof:
            raise httpcore.RemoteProtocolError("the compressed content ends too early")


def _inflater() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # gzip or zlib, whichever it is
