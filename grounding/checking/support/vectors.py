"""Vectors of claims and of sentences of evidence, the latest ones remembered.

The same evidence is shown to many askers, so that its sentences would be embedded again and again.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from indexer.embed import Embedder

MOST = 4_096
"""Texts, about 8 MB with vectors of 384 numbers."""
_DIGEST_BYTES = 16


class Vectors:
    """Embeds texts; may be used from several threads. What it keeps of texts are digests."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, texts: Sequence[str], embedder: Embedder) -> NDArray[np.float32]:
        """Return the unit vectors of texts, float32, [texts, dimension]."""
        keys = [_key(text, embedder.identity) for text in texts]
        found = self._known(keys)
        missing = [i for i, key in enumerate(keys) if key not in found]
        if missing:
            made = embedder.embed_queries([texts[i] for i in missing])
            found |= {keys[i]: vector for i, vector in zip(missing, made, strict=True)}
            self._keep({keys[i]: found[keys[i]] for i in missing})
        return np.stack([found[key] for key in keys])

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
            for key in found:
                self._kept.move_to_end(key)
        return found

    def _keep(self, made: dict[bytes, NDArray[np.float32]]) -> None:
        with self._lock:
            self._kept |= {key: vector.copy() for key, vector in made.items()}
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _key(text: str, identity: str) -> bytes:
    content = f"{identity}\0{text}".encode(errors="surrogatepass")
    return blake2b(content, digest_size=_DIGEST_BYTES).digest()
