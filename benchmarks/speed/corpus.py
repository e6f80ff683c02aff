"""A corpus of any size as batches of documents, and an embedder that hands out their vectors.

Documents come in blocks, each of one source and one moment, on a time axis of two and a half
years; some are new versions of what an earlier block brought. The same recipe gives the same
documents and vectors, whatever else is drawn at random.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.prose import TOKEN, Prose, put_together
from connectors.records import Batch, Document
from indexer.embed import Embedder

VERSION = 1
"""Raise it when the same recipe gives other documents."""
BLOCK = 1_000
SOURCES = 8
REVISED = 30
"""So many documents of a block are new versions of some in the block before of the same source."""
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=900)
_LATEST_REPORT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How many chunks, superseded ones included, of about how many tokens; `seed` draws them."""

    chunks: int
    tokens: int = 120
    seed: int = 1

    @property
    def name(self) -> str:
        return f"{self.chunks}x{self.tokens}-seed{self.seed}-v{VERSION}"

    @property
    def blocks(self) -> int:
        return -(-self.chunks // BLOCK)


@dataclass(frozen=True, slots=True)
class Block:
    """Documents that one source brought at one moment; vectors: [documents, d] float16."""

    source: str
    at: datetime
    batch: Batch
    vectors: NDArray[np.float16]


class PreparedEmbedder:
    """Hands out the vectors of the block it was told of, under the identity of a real embedder.

    It counts words and marks as tokens: to tokenize would be most of the work of storing a corpus.
    """

    def __init__(self, real: Embedder) -> None:
        self._real = real
        self.identity = real.identity
        self.dimension = real.dimension
        self.max_tokens = real.max_tokens
        self._known: dict[str, NDArray[np.float16]] = {}

    def prepare(self, block: Block) -> None:
        """Know the vectors of this block, and of no other."""
        names = (_name_of(each.title) for each in block.batch.documents)
        self._known = dict(zip(names, block.vectors, strict=True))

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._real.embed_query(text)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self._real.embed_query(text) for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.stack([self._known[_name_of(text)] for text in texts]).astype(np.float32)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return [found.span() for found in TOKEN.finditer(text)]


def blocks(recipe: Recipe, source: Prose) -> Iterator[Block]:
    """Yield the blocks in the order of their moments."""
    for number in range(recipe.blocks):
        yield block(recipe, source, number)


def block(recipe: Recipe, source: Prose, number: int) -> Block:
    random = np.random.default_rng([recipe.seed, recipe.tokens, number])
    count = min(BLOCK, recipe.chunks - number * BLOCK)
    at = BEGIN + SPAN * ((number + 1) / recipe.blocks)
    names = [f"{number}-{place}" for place in range(count)]
    made = put_together(source, names, tokens=recipe.tokens, random=random)
    ages = random.uniform(0, _LATEST_REPORT.total_seconds(), size=count).tolist()
    documents = tuple(
        Document(
            key=_key(number, place),
            title=title,
            text=text,
            url=f"https://example.org/{names[place]}",
            published_at=at - timedelta(seconds=age),
        )
        for place, (title, text, age) in enumerate(zip(made.titles, made.texts, ages, strict=True))
    )
    source_name = f"wire-{number % SOURCES}"
    return Block(source_name, at, Batch(cursor={}, documents=documents), made.vectors)


def _key(number: int, place: int) -> str:
    """The first documents of a block bear the keys of others, of the same source's last block."""
    earlier = number - SOURCES
    is_revision = place < REVISED and earlier >= 0
    return f"{earlier}-{place + BLOCK // 2}" if is_revision else f"{number}-{place}"


def _name_of(text: str) -> str:
    return text.partition(":")[0]
