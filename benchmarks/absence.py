"""What stands after each read of a list, worked out from the words of the documentation alone.

Absent from two complete reads in a row is removed at the second; an empty read neither removes
nor counts; coming back clears the count; coming back after removal begins a new life.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

READS_BEFORE_REMOVAL = 2

T = TypeVar("T")
Span = tuple[datetime, datetime | None]
"""From when a version was current until when; None: it still is."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One item coming or going, and at which read, counted from 0."""

    key: str
    read: int


def under_snapshot(reads: Iterable[Mapping[str, T]]) -> Iterator[dict[str, T]]:
    """Yield what stands after each read of a list whose items may disappear."""
    current: dict[str, T] = {}
    absences: Counter[str] = Counter()
    for listed in reads:
        if listed:
            absences = Counter({key: absences[key] + 1 for key in current.keys() - listed.keys()})
            gone = {key for key, times in absences.items() if times >= READS_BEFORE_REMOVAL}
            current = {key: one for key, one in current.items() if key not in gone} | dict(listed)
        yield current


def under_append_only(reads: Iterable[Mapping[str, T]]) -> Iterator[dict[str, T]]:
    """Yield what stands after each read of a window that items roll out of."""
    current: dict[str, T] = {}
    for listed in reads:
        current = current | dict(listed)
        yield current


def appearances(states: Sequence[Mapping[str, T]]) -> list[Turn]:
    return [
        Turn(key, read)
        for read, (before, after) in enumerate(pairwise([{}, *states]))
        for key in after.keys() - before.keys()
    ]


def removals(states: Sequence[Mapping[str, T]]) -> list[Turn]:
    return [
        Turn(key, read)
        for read, (before, after) in enumerate(pairwise([{}, *states]))
        for key in before.keys() - after.keys()
    ]


def version_count(states: Sequence[Mapping[str, T]]) -> int:
    """Return how often an item came, came back, or said something else than before."""
    return sum(
        1
        for before, after in pairwise([{}, *states])
        for key, one in after.items()
        if key not in before or before[key] != one
    )


def lives(versions: Sequence[Span]) -> list[Span]:
    """Join an item's versions, oldest first, where one follows the other without a gap."""
    joined: list[Span] = []
    for begun, ended in versions:
        if joined and joined[-1][1] == begun:
            joined[-1] = (joined[-1][0], ended)
        else:
            joined.append((begun, ended))
    return joined


def stands(versions: Iterable[Span], moment: datetime) -> bool:
    return any(begun <= moment and (ended is None or moment < ended) for begun, ended in versions)
