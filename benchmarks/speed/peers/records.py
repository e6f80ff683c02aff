"""What another project's store has to do here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Items:
    """What is stored: item n has text n, vector n, [n, d], and a publication time, in seconds."""

    texts: Sequence[str]
    vectors: NDArray[np.float32]
    published_at: Sequence[float]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, slots=True)
class Window:
    """Times in seconds since 1970: from the first, to before the last."""

    first: float
    last: float


class Store(Protocol):
    """Another project's store, set up as its own users would, but given vectors.

    Callers may assume: `search` gives at most k numbers of items published within the window,
    best first; nothing is embedded, and the network is never used.
    """

    name: str
    settings: str
    """The versions and settings behind its figures, in words."""

    def build(self, items: Items) -> None:
        """Store the items; called once."""

    def search(self, vector: NDArray[np.float32], window: Window, k: int) -> list[int]: ...
