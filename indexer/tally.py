"""Counts of what was measured, in buckets: what a histogram needs, cheap at every request."""

from bisect import bisect_left
from collections.abc import Sequence


class Tally:
    """Counts of values by the least of `bounds` that they do not exceed; beyond them by infinity.

    Callers that add at the same time take turns by themselves.
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    def buckets(self) -> list[tuple[str, int]]:
        """Return how many values lie at or below each bound, the last being all of them."""
        names = [*(f"{bound:g}" for bound in self._bounds), "+Inf"]
        total = 0
        found = []
        for name, count in zip(names, self._counts, strict=True):
            total += count
            found.append((name, total))
        return found
