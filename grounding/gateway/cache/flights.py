"""The same question asked by several at once is answered once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from grounding.gateway.cache.records import Key


class Flights:
    """Answers on their way, by their keys. Used by one event loop only."""

    def __init__(self) -> None:
        self._landed: dict[tuple[str, str], asyncio.Event] = {}

    @asynccontextmanager
    async def first(self, key: Key) -> AsyncIterator[bool]:
        """Do what is in the block as the first who asks, or once that one is done.

        Yields whether this is the first one. What became of the answer is to be looked up: the
        first one may have left, or have got one that is not kept.
        """
        place = (key.request, key.evidence)
        landed = self._landed.get(place)
        if landed is not None:
            await landed.wait()
            yield False
            return
        landed = self._landed[place] = asyncio.Event()
        try:
            yield True
        finally:
            del self._landed[place]
            landed.set()
