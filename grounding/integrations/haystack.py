"""A retriever for Haystack.

pipeline.add_component("retriever", GroundingRetriever("http://127.0.0.1:8080", top_k=3))
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from grounding.client import AsyncClient, Client
from grounding.client.options import SearchOptions
from grounding.client.records import SearchReply
from grounding.integrations.evidence import found
from grounding.integrations.extras import missing
from grounding.integrations.options import merged
from grounding.integrations.reach import DEFAULT_URL, Reach

try:
    from haystack import Document, component, default_from_dict, default_to_dict
    from haystack.utils import Secret, deserialize_secrets_inplace
except ModuleNotFoundError as error:
    raise missing(error, module="haystack", extra="haystack") from error

_KEY = Secret.from_env_var("GROUNDING_API_KEY", strict=False)


@component
class GroundingRetriever:
    """Evidence as Haystack documents, best first.

    top_k: how many; it is `max_results` of a search.
    search_kwargs: any other option of `Client.search`, such as `as_of`, `known_at`, `max_age`,
        `sources` or `collections`; those given to `run` come first.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        *,
        api_key: Secret | None = _KEY,
        client: Client | None = None,
        async_client: AsyncClient | None = None,
        top_k: int | None = None,
        search_kwargs: dict[str, Any] | None = None,
    ) -> None:
        merged(search_kwargs)
        self.base_url = base_url
        self.api_key = api_key
        self.top_k = top_k
        self.search_kwargs = dict(search_kwargs or {})
        self._has_client = client is not None or async_client is not None
        key = None if api_key is None else api_key.resolve_value()
        self._reach = Reach(base_url, key, client=client, async_client=async_client)

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, top_k: int | None = None, search_kwargs: dict[str, Any] | None = None
    ) -> dict[str, list[Document]]:
        """Find evidence.

        Raises:
            GroundingError: as `Client.search` does.
        """
        options = self._options(top_k, search_kwargs)
        return self._documents(self._reach.search(query, options))

    @component.output_types(documents=list[Document])
    async def run_async(
        self, query: str, top_k: int | None = None, search_kwargs: dict[str, Any] | None = None
    ) -> dict[str, list[Document]]:
        """Find evidence, from a coroutine.

        Raises:
            GroundingError: as `AsyncClient.search` does.
        """
        options = self._options(top_k, search_kwargs)
        return self._documents(await self._reach.asearch(query, options))

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` makes it again from.

        Raises:
            ValueError: it has a ready client, or a key that is not in the environment.
        """
        if self._has_client:
            raise ValueError("a retriever with a ready client cannot be written down")
        written: dict[str, Any] = default_to_dict(
            self,
            base_url=self.base_url,
            api_key=None if self.api_key is None else self.api_key.to_dict(),
            top_k=self.top_k,
            search_kwargs=_written(self.search_kwargs),
        )
        return written

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "GroundingRetriever":
        """Make it from what `to_dict` returned."""
        deserialize_secrets_inplace(data["init_parameters"], keys=["api_key"])
        made: GroundingRetriever = default_from_dict(cls, data)
        return made

    def _options(self, top_k: int | None, given: Mapping[str, Any] | None) -> SearchOptions:
        return merged(
            {"max_results": self.top_k}, self.search_kwargs, {"max_results": top_k}, given
        )

    def _documents(self, reply: SearchReply) -> dict[str, list[Document]]:
        return {
            "documents": [
                Document(id=each.id, content=each.text, meta=metadata, score=each.score)
                for each, metadata in found(reply, self._reach.base_url)
            ]
        }


def _written(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options in the forms that JSON and YAML have."""
    return {name: _plain(value) for name, value in options.items()}


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case timedelta():
            return f"{value.total_seconds():f}s"
        case tuple() | set() | frozenset():
            return sorted(value)
    return value
