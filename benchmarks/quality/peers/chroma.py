"""Chroma in memory: vectors alone, for its local store has no hybrid search."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version

import chromadb
from chromadb.config import Settings

from benchmarks.quality.collections import SourceDocument
from benchmarks.quality.peers.records import Found, Passage, passages
from benchmarks.quality.peers.splitting import SETTINGS, split
from indexer.embed import Embedder

_AT_ONCE = 5_000


class Chroma:
    name = "Chroma"
    settings = f"chromadb {version('chromadb')}, HNSW over cosine, otherwise defaults; {SETTINGS}"

    def __init__(self) -> None:
        self._client = chromadb.EphemeralClient(settings=Settings(anonymized_telemetry=False))

    def build(self, documents: Sequence[SourceDocument], embedder: Embedder) -> None:
        self._embedder = embedder
        self._passages = passages(documents, split)
        self._collection = self._client.create_collection(
            f"benchmark-{uuid.uuid4()}",  # clients in one process share their collections
            embedding_function=None,  # vectors are given, as its documentation offers
            configuration={"hnsw": {"space": "cosine"}},
        )
        vectors = embedder.embed_passages([each.indexed_text for each in self._passages])
        for first in range(0, len(self._passages), _AT_ONCE):
            some = self._passages[first : first + _AT_ONCE]
            self._collection.add(
                ids=[str(first + position) for position in range(len(some))],
                embeddings=vectors[first : first + _AT_ONCE],
                documents=[each.indexed_text for each in some],
                metadatas=[_metadata(each) for each in some],
            )

    def ranked(
        self, question: str, k: int, published_before: datetime | None = None
    ) -> list[Found]:
        found = self._collection.query(
            query_embeddings=[self._embedder.embed_query(question)],
            n_results=min(k, len(self._passages)),
            where=published_before and {"published_at": {"$lt": published_before.timestamp()}},
            include=[],
        )
        return [self._passages[int(each)].found for each in found["ids"][0]]


def _metadata(passage: Passage) -> dict[str, str | float]:
    metadata: dict[str, str | float] = {"document": passage.document}
    if passage.published_at is not None:
        metadata["published_at"] = passage.published_at
    return metadata
