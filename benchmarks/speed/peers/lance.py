"""LanceDB in memory: vectors compared one by one, after a filter that has an index of its own."""

from importlib.metadata import version

import lancedb
import numpy as np
import pyarrow as pa
from lancedb.index import BTree
from numpy.typing import NDArray

from benchmarks.speed.peers.records import Items, Window


class Lance:
    name = "LanceDB"
    settings = (
        f"lancedb {version('lancedb')}, in memory, exact (no vector index), BTree on the time,"
        " prefilter"
    )

    def build(self, items: Items) -> None:
        rows = pa.table(
            {
                "item": pa.array(range(len(items)), pa.int64()),
                "text": list(items.texts),
                "published_at": pa.array(items.published_at, pa.float64()),
                "vector": pa.FixedSizeListArray.from_arrays(
                    items.vectors.ravel(), items.vectors.shape[1]
                ),
            }
        )
        self._table = lancedb.connect("memory://").create_table("item", rows)
        self._table.create_index("published_at", config=BTree())

    def search(self, vector: NDArray[np.float32], window: Window, k: int) -> list[int]:
        inside = f"published_at >= {window.first} AND published_at < {window.last}"
        query = self._table.search(vector, vector_column_name="vector")
        query = query.where(inside, prefilter=True).distance_type("cosine")
        return query.select(["item", "_distance"]).limit(k).to_arrow()["item"].to_pylist()  # type: ignore[no-any-return]
