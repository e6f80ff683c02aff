"""Real passages with their vectors, and ever new ones put together out of two of them.

    SciFact, Cranfield, news ─▶ passages, vectors (remembered)
    two of them: sentences of both ─▶ text; their vectors and some noise ─▶ vector

What is put together lies where its sentences lie, so questions about the originals find it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import cache_folder, environment
from benchmarks.quality import cranfield, news, scifact
from benchmarks.quality.collections import SourceDocument
from benchmarks.records import Context
from benchmarks.remembered import RememberedEmbedder
from indexer.embed import Embedder

PASSAGES_OF_EACH = 600
NOISE = 0.35
"""Length of the noise beside a vector of length 1, so that what shares a passage still differs."""
TOKEN = re.compile(r"\w+|[^\w\s]")
"""Words and marks, counted in place of an embedder's tokens: about four for five of those."""
MOST_TOKENS = 185
"""No text has more, so that each is one passage of the service."""
_FEWEST_WORDS, _MOST_WORDS = 6, 60


@dataclass(frozen=True, slots=True)
class Prose:
    """Real passages: a title, sentences, and a vector each, [passages, d] float32, normalised.

    sentences: each with its length in tokens.
    """

    titles: tuple[str, ...]
    sentences: tuple[tuple[tuple[str, int], ...], ...]
    vectors: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.titles)


@dataclass(frozen=True, slots=True)
class Made:
    """Passages put together: titles and texts, and their vectors, [n, d] float16, normalised."""

    titles: list[str]
    texts: list[str]
    vectors: NDArray[np.float16]


def prose(context: Context, embedder: Embedder) -> Prose:
    """Return the passages; what has no remembered vector yet is embedded once.

    Raises:
        Skipped: a collection is not there.
    """
    documents = [
        each
        for found in (
            scifact.beir_test(context.archive(scifact.ARCHIVE)).documents,
            cranfield.collection(context.archive(cranfield.ARCHIVE)).documents,
            news.collection(context.archive(news.ARCHIVE)).documents,
        )
        for each in _spread(found, PASSAGES_OF_EACH)
    ]
    cut = [(each.title, _sentences(each.text)) for each in documents]
    usable = [(title, said) for title, said in cut if len(said) >= 3]
    remembered = RememberedEmbedder(embedder, cache_folder(environment()))
    texts = [" ".join((title, *said)) for title, said in usable]
    return Prose(
        tuple(title for title, _ in usable),
        tuple(tuple((each, _length(each)) for each in said) for _, said in usable),
        remembered.embed_passages(texts),
    )


def put_together(
    source: Prose, names: Sequence[str], *, tokens: int, random: np.random.Generator
) -> Made:
    """Put one passage together for each name, which its title begins with.

    tokens: about how many each has, a quarter more or less by chance; at most `MOST_TOKENS`.
    """
    pairs = random.integers(0, len(source), size=(len(names), 2))
    lengths = random.uniform(0.75, 1.25, size=len(names)) * tokens
    texts = [
        _text([*source.sentences[one], *source.sentences[other]], wanted, random)
        for (one, other), wanted in zip(pairs.tolist(), lengths.tolist(), strict=True)
    ]
    titles = [
        f"{name}: {source.titles[one][:60]}"
        for name, one in zip(names, pairs[:, 0].tolist(), strict=True)
    ]
    return Made(titles, texts, _vectors(source, pairs, random))


def _vectors(
    source: Prose, pairs: NDArray[np.int64], random: np.random.Generator
) -> NDArray[np.float16]:
    count, dimension = len(pairs), source.vectors.shape[1]
    share = random.uniform(0.5, 1.0, size=(count, 1)).astype(np.float32)
    mixed = share * source.vectors[pairs[:, 0]] + (1 - share) * source.vectors[pairs[:, 1]]
    noise = random.standard_normal((count, dimension), dtype=np.float32)
    mixed += noise * np.float32(NOISE / np.sqrt(dimension))
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    return mixed.astype(np.float16)


def _text(said: list[tuple[str, int]], wanted: float, random: np.random.Generator) -> str:
    taken: list[str] = []
    count = 0
    for place in random.permutation(len(said)).tolist():
        sentence, length = said[place]
        if count + length > MOST_TOKENS:
            continue
        taken.append(sentence)
        count += length
        if count >= wanted:
            break
    return " ".join(taken)


def _sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of ordinary length, at most 24; ends are told by a stop and a blank."""
    said = [each.strip() for each in " ".join(text.split()).split(". ")]
    usable = [each for each in said if _FEWEST_WORDS <= each.count(" ") + 1 <= _MOST_WORDS]
    return tuple(each if each.endswith(".") else f"{each}." for each in usable[:24])


def _length(text: str) -> int:
    return len(TOKEN.findall(text))


def _spread(documents: Sequence[SourceDocument], count: int) -> Sequence[SourceDocument]:
    step = max(1, len(documents) // count)
    return documents[::step][:count]
