"""One embedder for questions and for ingest: questions in batches and first, ingest never starved.

    questions ─▶ Batcher ───────────────────────────▶ embedder
    a few passages ─▶ one call at a time ───────────▶ embedder
    passages ─▶ slices of about 0.2 s ─▶ one at a time,
                each after what is asked now ───────▶ embedder

Ingest waits for questions at most three times as long as its last slice kept its thread busy, so
it embeds in a quarter of the time however many are asked. What else slows a slice down does not
count: on a busy machine it would wait the longer the less it gets. A question that comes during
a slice shares the processor with it.

A push of an item or two waits for no question: it is as short as one. There is one such call at a
time, so many of them get half of the processor at most.
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
FEW_CHARACTERS: Final = 2_000
"""Passages that are no longer than that together are embedded at once."""
_SLICE_SECONDS: Final = 0.2
_FIRST_SLICE: Final = 10_000
_LEAST_SLICE: Final = 2_000
"""Characters: about eight passages, and one."""
_MOST_AHEAD: Final = 1_024
"""Vectors of questions that are searched for later: 1.5 MB at 384 dimensions."""

Seconds = Callable[[], float]


class Sharing:
    """How the embedders of one process are shared, and what came of it.

    monotonic: tells how long a slice took. busy: how long the present thread had a processor; it
    works on each batch itself, beside others, so that is what a slice takes when nothing else runs.
    """

    def __init__(
        self, monotonic: Seconds = time.monotonic, busy: Seconds = time.thread_time
    ) -> None:
        self.statistics = BatchStatistics()
        self.precedence = Precedence(busy)
        self._monotonic = monotonic

    def shared(self, embedder: Embedder) -> "SharedEmbedder":
        return SharedEmbedder(embedder, self, self._monotonic)


class Precedence:
    """Lets questions go before ingest, within bounds.

    patience_seconds: how long the next slice of ingest waits for questions at most.
    """

    def __init__(self, busy: Seconds) -> None:
        self._busy = busy
        self._asked = 0
        self._quiet = threading.Condition()
        self._turns = Turns()
        self._short_turns = Turns()
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
    def short_ingest(self) -> Iterator[None]:
        """Do in the block what is as short as a question, as if it was one; others wait for it."""
        with self.question(), self._short_turns.next():
            yield

    @contextmanager
    def ingest(self) -> Iterator[None]:
        """Do one slice of work in the block, alone among ingests, after the questions."""
        with self._turns.next():
            with self._quiet:
                self._quiet.wait_for(lambda: not self._asked, self.patience_seconds)
            began = self._busy()
            yield
            self.patience_seconds = (self._busy() - began) * (1 / INGEST_SHARE - 1)


class SharedEmbedder:
    """An embedder behind one that is shared; gives the same vectors."""

    def __init__(self, embedder: Embedder, sharing: Sharing, monotonic: Seconds) -> None:
        self.identity = embedder.identity
        self.dimension = embedder.dimension
        self.max_tokens = embedder.max_tokens
        self.token_spans = embedder.token_spans
        self._embedder = embedder
        self._precedence = sharing.precedence
        self._monotonic = monotonic
        self._slice = float(_FIRST_SLICE)
        self._ahead: dict[str, NDArray[np.float32]] = {}
        self._keeping = threading.Lock()
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
        kept = self._ahead.get(text)
        if kept is not None:
            return kept
        with self._precedence.question():
            return self._batcher.submit(text)

    def embed_ahead(self, text: str) -> NDArray[np.float32]:
        """Embed a question that is searched for later; of the last ones the vector is kept."""
        vector = self.embed_query(text)
        with self._keeping:
            self._ahead[text] = vector
            if len(self._ahead) > _MOST_AHEAD:
                del self._ahead[next(iter(self._ahead))]
        return vector

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        with self._precedence.question():
            return self._embedder.embed_queries(texts)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if 0 < sum(map(len, texts)) <= FEW_CHARACTERS:
            with self._precedence.short_ingest():
                return self._embedder.embed_passages(texts)
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
