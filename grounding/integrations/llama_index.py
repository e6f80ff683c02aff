"""A retriever for LlamaIndex.

retriever = GroundingRetriever(base_url="http://127.0.0.1:8080", max_results=3)
engine = RetrieverQueryEngine.from_args(retriever, llm=llm)
"""

from typing import Any, Unpack

from grounding.client import AsyncClient, Client
from grounding.client.options import SearchOptions
from grounding.client.records import SearchReply
from grounding.integrations.evidence import TO_SHOW, found
from grounding.integrations.extras import missing
from grounding.integrations.options import merged
from grounding.integrations.reach import DEFAULT_URL, Reach

try:
    from llama_index.core.callbacks import CallbackManager
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
except ModuleNotFoundError as error:
    raise missing(error, module="llama_index", extra="llama-index") from error


class GroundingRetriever(BaseRetriever):
    """Evidence as LlamaIndex nodes with scores, best first.

    It takes the address of the service, or ready clients, and any option of `Client.search`.
    Of a node's metadata an llm is shown title, address, source and times; programs find it all.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        *,
        api_key: str | None = None,
        client: Client | None = None,
        async_client: AsyncClient | None = None,
        callback_manager: CallbackManager | None = None,
        verbose: bool = False,
        **options: Unpack[SearchOptions],
    ) -> None:
        super().__init__(callback_manager=callback_manager, verbose=verbose)
        self._options = merged(options)
        self._reach = Reach(base_url, api_key, client=client, async_client=async_client)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return self._nodes(self._reach.search(query_bundle.query_str, self._options))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return self._nodes(await self._reach.asearch(query_bundle.query_str, self._options))

    def _nodes(self, reply: SearchReply) -> list[NodeWithScore]:
        return [
            NodeWithScore(node=_node(each.id, each.text, metadata), score=each.score)
            for each, metadata in found(reply, self._reach.base_url)
        ]


def _node(name: str, text: str, metadata: dict[str, Any]) -> TextNode:
    hidden = [key for key in metadata if key not in TO_SHOW]
    return TextNode(
        id_=name,
        text=text,
        metadata=metadata,
        excluded_llm_metadata_keys=hidden,
        excluded_embed_metadata_keys=hidden,
    )
