"""Reach the service from a framework: from ordinary code, and from any event loop."""

import asyncio

from grounding.client import AsyncClient, Client
from grounding.client.options import SearchOptions
from grounding.client.records import SearchReply

DEFAULT_URL = "http://127.0.0.1:8080"


class Reach:
    """A way to ask the service, with the clients that were given or with clients of its own.

    Without `async_client` every asynchronous search opens a connection of its own, for a client
    belongs to one event loop; with `client` alone it is asked in a thread.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        *,
        client: Client | None = None,
        async_client: AsyncClient | None = None,
    ) -> None:
        given = client or async_client
        self.base_url = base_url if given is None else given.base_url
        self._api_key = api_key
        self._client = client
        self._async_client = async_client

    def search(self, query: str, options: SearchOptions) -> SearchReply:
        """Find evidence.

        Raises:
            GroundingError: as `Client.search` does.
            ValueError: only an `async_client` was given.
        """
        if self._client is None:
            if self._async_client is not None:
                raise ValueError("only async_client was given; give client too, or ask with await")
            self._client = Client(self.base_url, api_key=self._api_key)
        return self._client.search(query, **options)

    async def asearch(self, query: str, options: SearchOptions) -> SearchReply:
        """Find evidence, from a coroutine.

        Raises:
            GroundingError: as `AsyncClient.search` does.
        """
        if self._async_client is not None:
            return await self._async_client.search(query, **options)
        if self._client is not None:
            return await asyncio.to_thread(self._client.search, query, **options)
        async with AsyncClient(self.base_url, api_key=self._api_key) as client:
            return await client.search(query, **options)
