"""One embedder for questions and for ingest: questions in batches and first, ingest never starved.

    questions ─▶ Batcher ───────────────────────────▶ embedder
    passages ─▶ slices of about 0.2 s ─▶ one at a time,
                each after the questions asked now ──▶ embedder

Ingest waits for questions at most three times as long as its last slice took, so it keeps a
quarter of the time however many are asked. A question that comes during a slice shares the
processor with it.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indexer.batching import Batcher, BatchStatistics
from indexer.embed import Embedder
from indexer.encoder.turns import Turns

MOST_QUESTIONS: Final = 16
"""Questions in a batch: with more, the rest of the work waits longer than the batch saves."""
INGEST_SHARE: Final = 0.25
"""The least part of the time that ingest embeds in, while there is something to embed."""
_SLICE_SECONDS: Final = 0.2
_FIRST_SLICE: Final = 10_000
_LEAST_SLICE: Final = 2_000
"""Characters: about eight passages, and one."""

Monotonic = Callable[[], float]


class Sharing:
    """How the embedders of one process are shared, and what came of it."""

    def __init__(self, monotonic: Monotonic = time.monotonic) -> None:
        self.statistics = BatchStatistics()
        self.precedence = Precedence(monotonic)
        self._monotonic = monotonic

    def shared(self, embedder: Embedder) -> "SharedEmbedder":
        return SharedEmbedder(embedder, self, self._monotonic)


class Precedence:
    """Lets questions go before ingest, within bounds.

    patience_seconds: how long the next slice of ingest waits for questions at most.
    """

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._asked = 0
        self._quiet = threading.Condition()
        self._turns = Turns()
        self.patience_seconds = 0.0

    @contextmanager
    def question(self) -> Iterator[None]:
        """Be asked in the block: no slice of ingest begins meanwhile, unless it waited long."""
        with self._quiet:
            self._asked += 1
        try:
            yield
        finally:
            with self._quiet:
                self._asked -= 1
                if not self._asked:
                    self._quiet.notify_all()

    @contextmanager
    def ingest(self) -> Iterator[None]:
        """Do one slice of work in the block, alone among ingests, after the questions."""
        with self._turns.next():
            with self._quiet:
                self._quiet.wait_for(lambda: not self._asked, self.patience_seconds)
            began = self._monotonic()
            yield
            self.patience_seconds = (self._monotonic() - began) * (1 / INGEST_SHARE - 1)


class SharedEmbedder:
    """An embedder behind one that is shared; gives the same vectors."""

    def __init__(self, embedder: Embedder, sharing: Sharing, monotonic: Monotonic) -> None:
        self.identity = embedder.identity
        self.dimension = embedder.dimension
        self.max_tokens = embedder.max_tokens
        self.token_spans = embedder.token_spans
        self._embedder = embedder
        self._precedence = sharing.precedence
        self._monotonic = monotonic
        self._slice = float(_FIRST_SLICE)
        self._batcher: Batcher[str, NDArray[np.float32]] = Batcher(
            lambda texts: list(embedder.embed_queries(texts)),
            most=MOST_QUESTIONS,
            statistics=sharing.statistics,
        )

    @property
    def waiting(self) -> int:
        """How many questions wait for a batch to begin."""
        return self._batcher.waiting

    def embed_query(self, text: str) -> NDArray[np.float32]:
        with self._precedence.question():
            return self._batcher.submit(text)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        with self._precedence.question():
            return self._embedder.embed_queries(texts)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        # What is embedded together is padded to the longest, so let it be of similar length.
        left = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        while left:
            some = self._next_slice(left, texts)
            with self._precedence.ingest():
                began = self._monotonic()
                vectors[some] = self._embedder.embed_passages([texts[i] for i in some])
                self._learn(sum(len(texts[i]) for i in some), self._monotonic() - began)
        return vectors

    def _next_slice(self, left: list[int], texts: Sequence[str]) -> list[int]:
        """Take from the end of `left` as many as can be embedded in one slice, at least one."""
        some = [left.pop()]
        room = self._slice - len(texts[some[0]])
        while left and len(texts[left[-1]]) <= room:
            some.append(left.pop())
            room -= len(texts[some[-1]])
        return some

    def _learn(self, characters: int, seconds: float) -> None:
        """Make the next slice as long as this one says, but change it by no more than half."""
        wanted = characters * _SLICE_SECONDS / max(seconds, 1e-6)
        self._slice = max(_LEAST_SLICE, min(max(wanted, self._slice / 2), self._slice * 2))
