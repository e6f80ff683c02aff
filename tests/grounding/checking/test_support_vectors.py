"""Vectors that were made lately are not made again, and are those of their text and embedder."""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grounding.checking.support.vectors import Vectors
from tests.fakes import HashEmbedder


class Counting(HashEmbedder):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.extend(texts)
        return super().embed_queries(texts)


def test_a_text_is_embedded_once() -> None:
    vectors, embedder = Vectors(), Counting()

    first = vectors.of(["a fire", "a flood"], embedder)
    second = vectors.of(["a flood", "a storm", "a fire"], embedder)

    assert embedder.asked == ["a fire", "a flood", "a storm"]
    assert np.array_equal(second[[2, 0]], first)
    assert np.array_equal(second, HashEmbedder().embed_queries(["a flood", "a storm", "a fire"]))


def test_another_embedder_has_its_own() -> None:
    vectors, one, other = Vectors(), Counting(), Counting()
    other.identity = "other/1"

    vectors.of(["a fire"], one)
    vectors.of(["a fire"], other)

    assert one.asked == other.asked == ["a fire"]


def test_the_oldest_is_forgotten() -> None:
    vectors, embedder = Vectors(most=2), Counting()

    vectors.of(["a fire", "a flood"], embedder)
    vectors.of(["a fire"], embedder)
    vectors.of(["a storm"], embedder)
    vectors.of(["a fire"], embedder)
    vectors.of(["a flood"], embedder)

    assert embedder.asked == ["a fire", "a flood", "a storm", "a flood"]


def test_half_a_surrogate_pair_and_a_text_twice_do_no_harm() -> None:
    assert Vectors().of(["\ud83d", "\ud83d"], Counting()).shape[0] == 2


def test_threads_get_what_is_theirs() -> None:
    vectors, wrong = Vectors(most=8), []
    expected = {text: HashEmbedder().embed_queries([text])[0] for text in map(str, range(20))}

    def ask(first: int) -> None:
        for i in range(200):
            texts = [str((first + i + j) % 20) for j in range(5)]
            made = vectors.of(texts, HashEmbedder())
            wrong.extend(t for t, v in zip(texts, made, strict=True) if (v != expected[t]).any())

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert wrong == []
