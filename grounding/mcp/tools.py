"""The tools: one string in, one JSON object out, asked of the service with its client."""

from grounding.client import AsyncClient
from grounding.client.errors import NotFound
from grounding.client.records import Freshness
from grounding.mcp import answers, ids, operators
from grounding.mcp.answers import JsonObject
from grounding.mcp.errors import InvalidInput


class Tools:
    """What an assistant can ask a service.

    Every tool raises GroundingError when the service refuses or cannot be reached, and
    InvalidInput for a string that cannot be used. To find nothing is an answer: an empty list.
    """

    def __init__(self, client: AsyncClient, base_url: str) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")

    async def search(self, query: str) -> JsonObject:
        """Find evidence for a question, with operators in it."""
        asked = operators.read(query)
        filters = asked.filters
        found = await self._client.search(asked.question, **filters)
        return answers.results(found, self._base_url, asked=filters)

    async def fetch(self, id_: str) -> JsonObject:
        """Show what `search` found, whole."""
        name = ids.read(id_)
        if isinstance(name, ids.SeriesName):
            return await self._series(name)
        document = await self._client.document(name.document_id, version=name.version)
        stands = await self._stands(document.source)
        return answers.document(id_.strip(), document, stands, self._base_url)

    async def freshness(self, source: str = "") -> JsonObject:
        """Tell how a source stands, or all of them."""
        if source.strip():
            return answers.standings([await self._client.source(source.strip())])
        return answers.standings(await self._client.sources())

    async def _series(self, name: ids.SeriesName) -> JsonObject:
        found = await self._client.series(source=name.source, key=name.key, **name.instants)
        if not found:
            raise InvalidInput(f"no series of source {name.source} is known as {name.key!r}")
        (one,) = found
        if one.value is None:
            raise InvalidInput(f"series {name.key!r} of source {name.source} has no value then")
        stands = await self._stands(name.source)
        return answers.series(str(name), one, one.value, stands, self._base_url)

    async def _stands(self, source: str) -> Freshness | None:
        """Return how the source of something stands; None where it is no longer read."""
        try:
            return await self._client.freshness(source)
        except NotFound:
            return None
