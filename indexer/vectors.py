"""Vectors by what was embedded, so that no text is embedded twice."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from indexer.embed import Embedder


def digest(embedded_text: str) -> str:
    return hashlib.sha256(embedded_text.encode()).hexdigest()


class Vectors:
    """Vectors known so far: [d] float16 bytes, little-endian, by the text's digest."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self._known: dict[str, bytes] = {}

    def know(self, stored: Mapping[str, bytes]) -> None:
        """Add vectors that this embedder made earlier."""
        self._known.update(stored)

    def embed(self, texts: Sequence[str]) -> None:
        """Embed those of the texts that have no vector yet."""
        missing = {name: text for text in texts if (name := digest(text)) not in self._known}
        rows = self.embedder.embed_passages(list(missing.values()))
        for name, row in zip(missing, rows.astype("<f2"), strict=True):
            self._known[name] = np.ascontiguousarray(row).tobytes()

    def of(self, text: str) -> bytes:
        return self._known[digest(text)]
