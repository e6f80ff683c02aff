"""LlamaIndex's own vector store in memory, with metadata filters."""

from importlib.metadata import version

import numpy as np
from llama_index.core import VectorStoreIndex
from llama_index.core.embeddings import MockEmbedding
from llama_index.core.schema import QueryBundle, TextNode
from llama_index.core.vector_stores import FilterOperator, MetadataFilter, MetadataFilters
from numpy.typing import NDArray

from benchmarks.speed.peers.records import Items, Window

_KEY = "published_at"


class LlamaIndex:
    name = "LlamaIndex"
    settings = f"llama-index-core {version('llama-index-core')}, VectorStoreIndex, in memory"

    def build(self, items: Items) -> None:
        nodes = [
            TextNode(id_=str(number), text=text, embedding=vector.tolist(), metadata={_KEY: at})
            for number, (text, vector, at) in enumerate(
                zip(items.texts, items.vectors, items.published_at, strict=True)
            )
        ]
        never_asked = MockEmbedding(embed_dim=items.vectors.shape[1])
        self._index = VectorStoreIndex(nodes, embed_model=never_asked)

    def search(self, vector: NDArray[np.float32], window: Window, k: int) -> list[int]:
        inside = MetadataFilters(
            filters=[
                MetadataFilter(key=_KEY, value=window.first, operator=FilterOperator.GTE),
                MetadataFilter(key=_KEY, value=window.last, operator=FilterOperator.LT),
            ]
        )
        retriever = self._index.as_retriever(similarity_top_k=k, filters=inside)
        found = retriever.retrieve(QueryBundle(query_str="", embedding=vector.tolist()))
        return [int(each.node.node_id) for each in found]
