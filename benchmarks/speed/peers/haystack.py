"""Haystack's store in memory: a filter item by item, then all vectors that are left."""

from datetime import UTC, datetime
from importlib.metadata import version

import numpy as np
from haystack import Document
from haystack.document_stores.in_memory import InMemoryDocumentStore
from numpy.typing import NDArray

from benchmarks.speed.peers.records import Items, Window


class Haystack:
    name = "Haystack"
    settings = f"haystack-ai {version('haystack-ai')}, InMemoryDocumentStore, dot product"

    def build(self, items: Items) -> None:
        self._store = InMemoryDocumentStore()
        self._store.write_documents(
            [
                Document(
                    id=str(number),
                    content=text,
                    embedding=vector.tolist(),
                    meta={"published_at": _instant(at)},
                )
                for number, (text, vector, at) in enumerate(
                    zip(items.texts, items.vectors, items.published_at, strict=True)
                )
            ]
        )

    def search(self, vector: NDArray[np.float32], window: Window, k: int) -> list[int]:
        field = "meta.published_at"
        inside = [
            {"field": field, "operator": ">=", "value": _instant(window.first)},
            {"field": field, "operator": "<", "value": _instant(window.last)},
        ]
        found = self._store.embedding_retrieval(
            vector.tolist(), filters={"operator": "AND", "conditions": inside}, top_k=k
        )
        return [int(each.id) for each in found]


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
