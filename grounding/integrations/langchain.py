"""A retriever for LangChain.

retriever = GroundingRetriever(base_url="http://127.0.0.1:8080", max_results=3)
retriever.invoke("What does gold cost?", as_of="2026-01-05T00:00:00Z")
"""

from typing import Any

from pydantic import Field, PrivateAttr, SecretStr

from grounding.client import AsyncClient, Client
from grounding.client.options import Duration, SearchOptions, Time
from grounding.client.records import SearchReply
from grounding.integrations.evidence import found
from grounding.integrations.extras import missing
from grounding.integrations.options import merged
from grounding.integrations.reach import DEFAULT_URL, Reach

try:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForRetrieverRun,
        CallbackManagerForRetrieverRun,
    )
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
except ModuleNotFoundError as error:
    raise missing(error, module="langchain_core", extra="langchain") from error


class GroundingRetriever(BaseRetriever):
    """Evidence as LangChain documents, best first.

    Fields are the address of the service, or ready clients, and the options of every search;
    `search_kwargs` may hold any option of `Client.search`. Those passed to `invoke` come first,
    then those of `search_kwargs`.
    """

    base_url: str = DEFAULT_URL
    api_key: SecretStr | None = None
    client: Client | None = Field(default=None, exclude=True)
    async_client: AsyncClient | None = Field(default=None, exclude=True)
    max_results: int | None = None
    as_of: Time | None = None
    known_at: Time | None = None
    max_age: Duration | None = None
    sources: list[str] | None = None
    collections: list[str] | None = None
    search_kwargs: dict[str, Any] = Field(default_factory=dict)  # Any: as LangChain has it
    _reach: Reach = PrivateAttr()

    def model_post_init(self, context: object) -> None:
        super().model_post_init(context)
        key = None if self.api_key is None else self.api_key.get_secret_value()
        self._reach = Reach(self.base_url, key, client=self.client, async_client=self.async_client)
        self._options({})

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **options: Any
    ) -> list[Document]:
        del run_manager
        return self._documents(self._reach.search(query, self._options(options)))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **options: Any
    ) -> list[Document]:
        del run_manager
        return self._documents(await self._reach.asearch(query, self._options(options)))

    def _options(self, given: dict[str, Any]) -> SearchOptions:
        names = ("max_results", "as_of", "known_at", "max_age", "sources", "collections")
        fields = {name: getattr(self, name) for name in names}
        return merged(fields, self.search_kwargs, given)

    def _documents(self, reply: SearchReply) -> list[Document]:
        return [
            Document(id=each.id, page_content=each.text, metadata=metadata)
            for each, metadata in found(reply, self._reach.base_url)
        ]
