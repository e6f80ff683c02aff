"""Chroma in memory: HNSW with a filter on metadata."""

import uuid
from importlib.metadata import version

import chromadb
import numpy as np
from chromadb.config import Settings
from numpy.typing import NDArray

from benchmarks.speed.peers.records import Items, Window

_AT_ONCE = 5_000


class Chroma:
    name = "Chroma"
    settings = f"chromadb {version('chromadb')}, in memory, HNSW over cosine, otherwise defaults"

    def __init__(self) -> None:
        self._client = chromadb.EphemeralClient(settings=Settings(anonymized_telemetry=False))

    def build(self, items: Items) -> None:
        self._collection = self._client.create_collection(
            f"speed-{uuid.uuid4()}",  # clients in one process share their collections
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine"}},
        )
        for first in range(0, len(items), _AT_ONCE):
            some = range(first, min(first + _AT_ONCE, len(items)))
            self._collection.add(
                ids=[str(number) for number in some],
                embeddings=items.vectors[some.start : some.stop],
                documents=list(items.texts[some.start : some.stop]),
                metadatas=[{"published_at": items.published_at[number]} for number in some],
            )

    def search(self, vector: NDArray[np.float32], window: Window, k: int) -> list[int]:
        inside = [
            {"published_at": {"$gte": window.first}},
            {"published_at": {"$lt": window.last}},
        ]
        found = self._collection.query(
            query_embeddings=[vector], n_results=k, where={"$and": inside}, include=[]
        )
        return [int(each) for each in found["ids"][0]]
