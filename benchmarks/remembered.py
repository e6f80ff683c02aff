"""An embedder that keeps what it embedded in a file outside the checkout, for runs to come."""

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.embed import Embedder

_AT_ONCE = 256


class RememberedEmbedder:
    """The same vectors as `embedder`, computed once for each text; not for what is timed.

    A file is kept for each identity, so that a changed backend or other weights start anew.
    """

    def __init__(self, embedder: Embedder, folder: Path) -> None:
        self._embedder = embedder
        self.identity = embedder.identity
        self.dimension = embedder.dimension
        self.max_tokens = embedder.max_tokens
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"vectors-{embedder.identity.replace('/', '-')}.db"
        self._database = sqlite3.connect(file, check_same_thread=False, timeout=60)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS vector (digest BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
        )
        self._turn = threading.Lock()

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self.embed_queries([text]).reshape(-1)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._remembered("query", texts, self._embedder.embed_queries)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._remembered("passage", texts, self._embedder.embed_passages)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return self._embedder.token_spans(text)

    def _remembered(
        self,
        kind: str,
        texts: Sequence[str],
        embed: Callable[[Sequence[str]], NDArray[np.float32]],
    ) -> NDArray[np.float32]:
        digests = [_digest(kind, text) for text in texts]
        known = self._known(digests)
        missing = {
            each: text for each, text in zip(digests, texts, strict=True) if each not in known
        }
        names = list(missing)
        for first in range(0, len(names), _AT_ONCE):
            some = names[first : first + _AT_ONCE]
            vectors = embed([missing[each] for each in some])
            fresh = dict(zip(some, vectors, strict=True))
            self._keep(fresh)
            known |= fresh
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.stack([known[each] for each in digests])

    def _known(self, digests: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        found: dict[bytes, NDArray[np.float32]] = {}
        with self._turn:
            for digest in set(digests):
                row = self._database.execute(
                    "SELECT vector FROM vector WHERE digest = ?", (digest,)
                ).fetchone()
                if row is not None:
                    found[digest] = np.frombuffer(row[0], dtype=np.float32)
        return found

    def _keep(self, vectors: dict[bytes, NDArray[np.float32]]) -> None:
        rows = [(digest, vector.tobytes()) for digest, vector in vectors.items()]
        with self._turn, self._database:
            self._database.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)


def _digest(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind}\0{text}".encode(errors="surrogatepass")).digest()
