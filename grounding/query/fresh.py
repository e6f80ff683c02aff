"""Answers that may not be stale: refuse them, or read the stale sources once and answer again."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from grounding.errors import InvalidQuestion, NotFresh
from grounding.query.freshness import broken_promise, is_kept
from grounding.query.question import Filters
from grounding.query.records import Freshness

Refresh: TypeAlias = Callable[[Sequence[str], float], None]
"""Read these sources once, for at most so many seconds; what they say can be found afterwards."""

Answer = TypeVar("Answer")


def no_refresh(names: Sequence[str], seconds: float) -> None:
    """For who only looks: nothing is read."""


def only_fresh(
    make: Callable[[], Answer],
    filters: Filters,
    *,
    sources_of: Callable[[Answer], Mapping[str, Freshness]],
    refresh: Refresh,
) -> Answer:
    """Return what `make` makes, if the sources it stands on keep what they promise.

    With `refresh_within` stale ones are read, and the answer is made again: it may then stand on
    other sources, which are read too while there is time.

    Raises:
        InvalidQuestion: freshness is asked for in the past, which no read can change.
        NotFresh: a source does not keep its promise, or has made none.
    """
    if not filters.require_fresh:
        return make()
    if not filters.is_about_present:
        raise InvalidQuestion(
            "require_fresh", "is about the present: leave as_of and known_at out, or this"
        )
    within = filters.refresh_within
    deadline = time.monotonic() + (within.total_seconds() if within else 0.0)
    read: set[str] = set()
    while True:
        answer = make()
        stale = {name: each for name, each in sources_of(answer).items() if not is_kept(each)}
        if not stale:
            return answer
        left = deadline - time.monotonic()
        if left <= 0 or stale.keys() <= read:
            raise _refused(stale)
        refresh(sorted(stale.keys() - read), left)
        read |= stale.keys()


def _refused(stale: Mapping[str, Freshness]) -> NotFresh:
    reasons = {name: broken_promise(each) for name, each in sorted(stale.items())}
    planned = [each.next_read_at for each in stale.values() if each.next_read_at is not None]
    return NotFresh(reasons, next_read_at=min(planned, default=None))
