"""Haystack (2 and later): BM25 and vectors over its in-memory store, joined by ranks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from haystack import Document, Pipeline, component
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.document_stores.in_memory import InMemoryDocumentStore

from benchmarks.quality.collections import SourceDocument
from benchmarks.quality.peers.records import Found
from indexer.embed import Embedder


@component  # type: ignore[misc, untyped-decorator, unused-ignore]  # untyped
class TextEmbedder:
    """Our embedder as Haystack's component for questions."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @component.output_types(embedding=list[float])  # type: ignore[misc, untyped-decorator, unused-ignore]
    def run(self, text: str) -> dict[str, list[float]]:
        return {"embedding": self._embedder.embed_query(text).tolist()}


class Haystack:
    name = "Haystack"
    settings = (
        f"haystack-ai {version('haystack-ai')}, InMemoryDocumentStore (BM25L, dot product),"
        " DocumentJoiner reciprocal_rank_fusion, DocumentSplitter defaults (200 words, no overlap),"
        " title before each passage"
    )

    def build(self, documents: Sequence[SourceDocument], embedder: Embedder) -> None:
        store = InMemoryDocumentStore()
        pieces = [_titled(each) for each in _split(documents)]
        vectors = embedder.embed_passages([each.content or "" for each in pieces])
        store.write_documents(
            [
                replace(piece, embedding=vector.tolist())
                for piece, vector in zip(pieces, vectors, strict=True)
            ]
        )
        pipeline = Pipeline()
        pipeline.add_component("embedder", TextEmbedder(embedder))
        pipeline.add_component("bm25", InMemoryBM25Retriever(store))
        pipeline.add_component("vectors", InMemoryEmbeddingRetriever(store))
        pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
        pipeline.connect("embedder.embedding", "vectors.query_embedding")
        pipeline.connect("bm25", "joiner")
        pipeline.connect("vectors", "joiner")
        self._pipeline = pipeline

    def ranked(
        self, question: str, k: int, published_before: datetime | None = None
    ) -> list[Found]:
        filters = published_before and {
            "field": "meta.published_at",
            "operator": "<",
            "value": published_before.astimezone(UTC).isoformat(),
        }
        inputs: dict[str, dict[str, Any]] = {  # Any: what each component takes
            "embedder": {"text": question},
            "bm25": {"query": question, "top_k": k, "filters": filters},
            "vectors": {"top_k": k, "filters": filters},
            "joiner": {"top_k": k},
        }
        found = self._pipeline.run(inputs)["joiner"]["documents"]
        return [(each.meta["document"], each.meta["passage"]) for each in found]


def _split(documents: Sequence[SourceDocument]) -> list[Document]:
    whole = [
        Document(content=each.text or each.title, meta=_metadata(each))
        for each in documents
        if each.title or each.text
    ]
    pieces: list[Document] = DocumentSplitter().run(documents=whole)["documents"]
    return pieces


def _metadata(document: SourceDocument) -> dict[str, str]:
    metadata = {"document": document.id, "title": document.title}
    if document.published_at is not None:
        metadata["published_at"] = document.published_at.astimezone(UTC).isoformat()
    return metadata


def _titled(piece: Document) -> Document:
    meta = {**piece.meta, "passage": piece.content}
    return Document(content=f"{piece.meta['title']}\n{piece.content}", meta=meta)
