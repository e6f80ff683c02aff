"""Questions that are asked once each, so that nobody can answer them from memory."""

from collections.abc import Iterator, Sequence
from typing import Self

import numpy as np

from benchmarks.quality import cranfield, news, scifact
from benchmarks.records import Context


class Questions:
    """Real questions of three collections in random order; when they run out, halves of two.

    `take` gives each but once.
    """

    def __init__(self, real: Sequence[str], *, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._real = real
        self._left = self._endless()

    @classmethod
    def of(cls, context: Context) -> Self:
        return cls(_real(context), seed=context.seed)

    def take(self, count: int) -> list[str]:
        return [next(self._left) for _ in range(count)]

    def _endless(self) -> Iterator[str]:
        given = set(self._real)
        for place in self._random.permutation(len(self._real)).tolist():
            yield self._real[place]
        while True:
            one, other = (self._real[i] for i in self._random.integers(0, len(self._real), 2))
            made = f"{_half(one, first=True)} {_half(other, first=False)}"
            if made not in given:
                given.add(made)
                yield made


def _real(context: Context) -> list[str]:
    claims = context.archive(scifact.ARCHIVE)
    collections = (
        scifact.beir_test(claims),
        scifact.training(claims),
        cranfield.collection(context.archive(cranfield.ARCHIVE)),
        news.collection(context.archive(news.ARCHIVE)),
    )
    return list(dict.fromkeys(each.text for found in collections for each in found.questions))


def _half(question: str, *, first: bool) -> str:
    words = question.split()
    middle = max(1, len(words) // 2)
    return " ".join(words[:middle] if first else words[middle:])
