"""txtai: its hybrid index (BM25 and vectors, scores normalised and added) with SQL for dates."""

from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray
from txtai import Embeddings
from txtai.vectors import External

from benchmarks.quality.collections import SourceDocument
from benchmarks.quality.peers.records import Found, passages
from benchmarks.quality.peers.splitting import SETTINGS, split
from indexer.embed import Embedder

_ALL = 1_000_000


class GivenVectors(External):  # type: ignore[misc]  # untyped
    """txtai's way to bring vectors along, told apart into those of questions and of passages."""

    def encode(self, data: Sequence[str], category: str | None = None) -> NDArray[np.float32]:
        embedder: Embedder = self.config["given"]
        if category == "data":
            return embedder.embed_passages(list(data))
        return np.stack([embedder.embed_query(each) for each in data])


class TxtAi:
    name = "txtai"
    settings = (
        f"txtai {version('txtai')}, hybrid=True (BM25 with normalised scores and vectors, half and"
        " half), content=True, Faiss flat instead of its IVF above 5,000 rows,"
        f" SQL filter over all candidates; {SETTINGS}"
    )

    def build(self, documents: Sequence[SourceDocument], embedder: Embedder) -> None:
        self._passages = passages(documents, split)
        self._embeddings = Embeddings(
            method=f"{GivenVectors.__module__}.{GivenVectors.__qualname__}",
            given=embedder,
            hybrid=True,
            content=True,
            faiss={"components": "IDMap,Flat"},
        )
        self._embeddings.index(
            (position, {"text": each.indexed_text, "published": each.published_at})
            for position, each in enumerate(self._passages)
        )

    def ranked(
        self, question: str, k: int, published_before: datetime | None = None
    ) -> list[Found]:
        statement = "select id, score from txtai where similar(:question)"
        parameters: dict[str, Any] = {"question": question}  # Any: SQL values
        if published_before is not None:
            statement = (
                f"select id, score from txtai where similar(:question, {len(self._passages)})"
                " and published < :before"
            )
            parameters["before"] = published_before.timestamp()
        found = self._embeddings.search(statement, k, parameters=parameters)
        return [self._passages[int(row["id"])].found for row in found]
