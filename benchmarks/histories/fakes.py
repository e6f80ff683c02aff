"""When histories begin, and an embedder that hashes words."""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class WordEmbedder:
    """Bag of hashed words, L2-normalised: texts that share words are near each other."""

    identity = "hash-words/64"
    dimension = 64
    max_tokens = 256

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._embed(text)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embed_all(texts)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embed_all(texts)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]

    def _embed_all(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([self._embed(text) for text in texts])

    def _embed(self, text: str) -> NDArray[np.float32]:
        vector = np.full(self.dimension, 1e-3, dtype=np.float32)
        for word in re.findall(r"\w+", text.lower()):
            slot = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "big")
            vector[slot % self.dimension] += 1.0
        norm: np.float32 = np.linalg.norm(vector)
        return vector / norm
