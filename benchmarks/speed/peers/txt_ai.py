"""txtai: a flat FAISS index, with SQL over what it proposes."""

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray
from txtai import Embeddings
from txtai.vectors import External

from benchmarks.speed.peers.records import Items, Window

_ASKED = "asked"


class GivenVectors(External):  # type: ignore[misc]  # untyped
    """txtai's way to bring vectors along: those of items by number, that of the question last."""

    def encode(self, data: Sequence[str], category: str | None = None) -> NDArray[np.float32]:
        given: Given = self.config["given"]
        if category != "data":
            return given.asked[np.newaxis].copy()
        first, given.done = given.done, given.done + len(data)
        return given.vectors[first : given.done].copy()


class Given:
    """Vectors in the order in which txtai asks for them, and that of the question at hand."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self.vectors: NDArray[np.float32] = vectors
        self.done = 0
        self.asked: NDArray[np.float32] = vectors[0]


class TxtAi:
    name = "txtai"
    settings = (
        f"txtai {version('txtai')}, content=True, Faiss flat instead of its IVF above 5,000 rows,"
        " SQL filter over all rows as candidates"
    )

    def build(self, items: Items) -> None:
        self._count = len(items)
        self._given = Given(items.vectors)
        self._embeddings = Embeddings(
            method=f"{GivenVectors.__module__}.{GivenVectors.__qualname__}",
            given=self._given,
            content=True,
            faiss={"components": "IDMap,Flat"},
        )
        self._embeddings.index(
            (number, {"text": text, "published": at})
            for number, (text, at) in enumerate(zip(items.texts, items.published_at, strict=True))
        )

    def search(self, vector: NDArray[np.float32], window: Window, k: int) -> list[int]:
        self._given.asked = vector
        statement = (
            f"select id, score from txtai where similar('{_ASKED}', {self._count})"
            " and published >= :first and published < :last"
        )
        bounds = {"first": window.first, "last": window.last}
        return [int(row["id"]) for row in self._embeddings.search(statement, k, parameters=bounds)]
