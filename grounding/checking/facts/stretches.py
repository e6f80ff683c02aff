"""Stretches of a text: what stands apart from those that are taken already."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Protocol, TypeVar


class _Stretch(Protocol):
    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


_AnyStretch = TypeVar("_AnyStretch", bound=_Stretch)


def apart(found: Iterable[_AnyStretch], taken: Sequence[tuple[int, int]]) -> list[_AnyStretch]:
    """Return what shares no character with any of `taken`, in n log n of both."""
    ordered = sorted(taken)
    starts = [start for start, _ in ordered]
    ends = list(accumulate((end for _, end in ordered), max))

    def is_apart(each: _AnyStretch) -> bool:
        before = bisect_left(starts, each.end)
        return before == 0 or ends[before - 1] <= each.start

    return [each for each in found if is_apart(each)]
