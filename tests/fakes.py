"""Stand-ins at the seams: a clock that is told the time, what embeds or scores by words."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.records import Semantics
from indexer.records import SourceRecord

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class FakeClock:
    def __init__(self, start: datetime = START) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def advance(self, step: timedelta) -> None:
        self.now += step


class HashEmbedder:
    """Bag of hashed words, L2-normalised: texts that share words are near each other."""

    def __init__(self, dimension: int = 64, identity: str = "hash-words/64") -> None:
        self.identity = identity
        self.dimension = dimension
        self.max_tokens = 256
        self.embedded: list[str] = []

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._embed(text)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embed_all(texts)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded.extend(texts)
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


class FakeReranker:
    """Scores a text by the share of the question's words in it; remembers what it was given."""

    def __init__(self) -> None:
        self.identity = "word-overlap"
        self.read: list[str] = []

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        self.read.extend(texts)
        asked = set(re.findall(r"\w+", question.lower()))
        shared = [len(asked & set(re.findall(r"\w+", text.lower()))) for text in texts]
        return np.array(shared, dtype=np.float32) / max(1, len(asked))


def source_record(**changes: Any) -> SourceRecord:  # Any: the fields of SourceRecord
    """A source that is read every hour and never was, but for what is said otherwise."""
    standard = SourceRecord(
        id=1,
        name="news",
        kind="feed",
        semantics=Semantics.APPEND_ONLY,
        options={},
        collection="default",
        origin="config",
        schedule="every 1h",
        jitter_seconds=0.0,
        warn_after_seconds=None,
        error_after_seconds=None,
        is_enabled=True,
        cursor={},
        last_attempt_at=None,
        last_success_at=None,
        last_changed_at=None,
        next_read_at=None,
        resume_at=None,
        failures_in_row=0,
        last_error=None,
    )
    return replace(standard, **changes)
