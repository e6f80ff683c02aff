"""LlamaIndex: a vector index and its BM25 retriever under a fusion retriever."""

from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version

from llama_index.core import Document, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import BaseNode
from llama_index.core.vector_stores import FilterOperator, MetadataFilter, MetadataFilters
from llama_index.retrievers.bm25 import BM25Retriever
from pydantic import PrivateAttr

from benchmarks.quality.collections import SourceDocument
from benchmarks.quality.peers.records import Found
from indexer.embed import Embedder

MODE = "dist_based_score"
DATE = "published_at"


class GivenEmbedding(BaseEmbedding):  # type: ignore[misc]  # untyped
    """Our embedder as LlamaIndex's."""

    _embedder: Embedder = PrivateAttr()

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(model_name=embedder.identity, embed_batch_size=256)
        self._embedder = embedder

    def _get_query_embedding(self, query: str) -> list[float]:
        vector: list[float] = self._embedder.embed_query(query).tolist()
        return vector

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._embedder.embed_passages(texts).tolist()
        return vectors


class LlamaIndex:
    def __init__(self, *, chunk_tokens: int = 1_024, overlap_tokens: int = 200) -> None:
        """Take the splitter's defaults, or smaller chunks for an embedder that reads less."""
        self.name = f"LlamaIndex, chunks of {chunk_tokens:,}"
        self._splitter = SentenceSplitter(chunk_size=chunk_tokens, chunk_overlap=overlap_tokens)
        self.settings = (
            f"llama-index-core {version('llama-index-core')}, SentenceSplitter({chunk_tokens:,}"
            f" tokens, overlap {overlap_tokens}), title as metadata that is embedded and searched,"
            f" VectorStoreIndex, BM25Retriever {version('llama-index-retrievers-bm25')} (English"
            f" stems and stop words), QueryFusionRetriever {MODE} without further queries; with a"
            " date, BM25 over the nodes that may be seen, for its own filter lets others through"
        )

    def build(self, documents: Sequence[SourceDocument], embedder: Embedder) -> None:
        whole = [_document(each) for each in documents if each.title or each.text]
        self._nodes: list[BaseNode] = self._splitter.get_nodes_from_documents(whole)
        self._index = VectorStoreIndex(self._nodes, embed_model=GivenEmbedding(embedder))
        self._word_indices: dict[datetime | None, BM25Retriever | None] = {}

    def ranked(
        self, question: str, k: int, published_before: datetime | None = None
    ) -> list[Found]:
        words = self._words(published_before)
        if words is None:
            return []
        words.similarity_top_k = min(k, len(words.corpus))
        vectors = self._index.as_retriever(similarity_top_k=k, filters=_filters(published_before))
        fusion = QueryFusionRetriever(
            [vectors, words],
            llm=MockLLM(),  # never asked, but without one it looks for OpenAI's
            mode=MODE,
            similarity_top_k=k,
            num_queries=1,
            use_async=False,
        )
        return [
            (each.node.metadata["document"], each.node.get_content())
            for each in fusion.retrieve(question)
        ]

    def _words(self, published_before: datetime | None) -> BM25Retriever | None:
        if published_before not in self._word_indices:
            nodes = [each for each in self._nodes if _may_be_seen(each, published_before)]
            retriever = BM25Retriever.from_defaults(nodes=nodes) if nodes else None
            self._word_indices[published_before] = retriever
        return self._word_indices[published_before]


def with_small_chunks() -> LlamaIndex:
    """Return it with chunks that our embedder reads whole: by default it reads a quarter."""
    return LlamaIndex(chunk_tokens=256, overlap_tokens=32)


def _document(document: SourceDocument) -> Document:
    metadata: dict[str, str | float] = {"title": document.title, "document": document.id}
    if document.published_at is not None:
        metadata[DATE] = document.published_at.timestamp()
    return Document(
        id_=document.id,
        text=document.text,
        metadata=metadata,
        excluded_embed_metadata_keys=["document", DATE],
    )


def _filters(published_before: datetime | None) -> MetadataFilters | None:
    if published_before is None:
        return None
    before = published_before.timestamp()
    return MetadataFilters(
        filters=[MetadataFilter(key=DATE, value=before, operator=FilterOperator.LT)]
    )


def _may_be_seen(node: BaseNode, published_before: datetime | None) -> bool:
    if published_before is None:
        return True
    published_at = node.metadata.get(DATE)
    return published_at is not None and published_at < published_before.timestamp()
