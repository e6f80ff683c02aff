"""LanceDB: its hybrid search, exact vectors and its own full-text index, joined by ranks."""

from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version

import lancedb
import pyarrow as pa
from lancedb.index import FTS
from lancedb.rerankers import RRFReranker

from benchmarks.quality.collections import SourceDocument
from benchmarks.quality.peers.records import Found, passages
from benchmarks.quality.peers.splitting import SETTINGS, split
from indexer.embed import Embedder


class Lance:
    name = "LanceDB"
    settings = (
        f"lancedb {version('lancedb')}, hybrid search, RRFReranker(60), FTS defaults (stems, stop"
        f" words), vectors compared one by one, prefilter; {SETTINGS}"
    )

    def build(self, documents: Sequence[SourceDocument], embedder: Embedder) -> None:
        self._embedder = embedder
        self._passages = passages(documents, split)
        vectors = embedder.embed_passages([each.indexed_text for each in self._passages])
        rows = pa.table(
            {
                "passage": pa.array(range(len(self._passages)), pa.int64()),
                "text": [each.indexed_text for each in self._passages],
                "published_at": pa.array(
                    [each.published_at for each in self._passages], pa.float64()
                ),
                "vector": pa.FixedSizeListArray.from_arrays(vectors.ravel(), embedder.dimension),
            }
        )
        self._table = lancedb.connect("memory://").create_table("passage", rows)
        self._table.create_index("text", config=FTS())

    def ranked(
        self, question: str, k: int, published_before: datetime | None = None
    ) -> list[Found]:
        query = self._table.search(query_type="hybrid", vector_column_name="vector")
        query = query.vector(self._embedder.embed_query(question)).text(question)
        if published_before is not None:
            query = query.where(f"published_at < {published_before.timestamp()}", prefilter=True)
        found = query.distance_type("cosine").rerank(RRFReranker()).limit(k).to_list()
        return [self._passages[row["passage"]].found for row in found]
