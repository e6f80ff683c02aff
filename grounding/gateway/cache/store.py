"""Kept answers in memory, the ones used longest ago given up first, and what that saved.

    request ─▶ evidence as it is now ─▶ key ─▶ kept? still unexpired? same day? ─▶ the answer
                                                   │ no
                                                   ▼
                                       an llm answers ─▶ kept under the key

An answer is found only under the evidence that would be shown now. So it is not given again once a
piece of it is superseded, removed, expired or stale, or something else would be shown instead.
Each process has its own.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from grounding.gateway.cache.records import CacheStatus, Kept, Key
from grounding.gateway.cache.wording import tells_a_day, tells_an_age
from grounding.gateway.records import Citation
from grounding.query.pipeline import Composed

_OVERHEAD: Final = 4_000
"""Bytes of an entry beside its text, about."""


@dataclass
class CacheCounts:
    """What the cache did since the process began.

    saved: what the calls that were not made would have cost, in the currency of prices.
    """

    requests: dict[CacheStatus, int] = field(default_factory=lambda: dict.fromkeys(CacheStatus, 0))
    shared: int = 0
    """Of the hits, those that waited for the same question to be answered."""
    saved: Decimal = Decimal(0)
    entries: int = 0
    bytes: int = 0


class AnswerCache:
    """Answers by their keys. Every method may be called from any thread.

    max_bytes: of all answers together, about; 0 keeps nothing.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[tuple[str, str], Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._erased_seq = 0
        self.counts = CacheCounts()

    @property
    def is_on(self) -> bool:
        return self._max_bytes > 0

    def follow_erasures(self, seq: int) -> None:
        """Forget everything if `seq`, the last erasure that an index view saw, is another one."""
        with self._lock:
            if seq != self._erased_seq:
                self._erased_seq = seq
                self._clear()

    def found(self, key: Key, now: datetime) -> Kept | None:
        """Return the answer that was given to the same on the same evidence, if it still holds.

        now: the instant that evidence is valid at.
        """
        place = (key.request, key.evidence)
        with self._lock:
            kept = self._kept.get(place)
            if kept is None:
                return None
            is_over = kept.holds_until is not None and kept.holds_until <= now
            if is_over or kept.day not in (None, key.day):
                self._drop(place)
                return None
            self._kept.move_to_end(place)
            return kept

    def keep(self, kept: Kept) -> None:
        """Keep an answer; what is used longest ago makes room for it."""
        place = (kept.key.request, kept.key.evidence)
        if kept.size > self._max_bytes:
            return
        with self._lock:
            self._drop(place)
            self._kept[place] = kept
            self.counts.bytes += kept.size
            while self.counts.bytes > self._max_bytes:
                self._drop(next(iter(self._kept)))
            self.counts.entries = len(self._kept)

    def count(self, status: CacheStatus, *, saved: Decimal = Decimal(0), shared: int = 0) -> None:
        with self._lock:
            self.counts.requests[status] += 1
            self.counts.saved += saved
            self.counts.shared += shared

    def clear(self) -> None:
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        self._kept.clear()
        self.counts.bytes = self.counts.entries = 0

    def _drop(self, place: tuple[str, str]) -> None:
        dropped = self._kept.pop(place, None)
        if dropped is not None:
            self.counts.bytes -= dropped.size
            self.counts.entries = len(self._kept)


@dataclass(frozen=True, slots=True)
class Answered:
    """A completion that may be kept, and who gave it at what cost."""

    body: Mapping[str, Any]
    text: str
    upstream: str
    cost: Decimal


def kept_answer(
    key: Key,
    answered: Answered,
    made: Composed,
    *,
    receipt_id: str,
    citations: Sequence[Citation],
    question: str,
    verdict: Mapping[str, Any] | None = None,
) -> Kept | None:
    """Return what is kept of an answer; None if it says something that does not last."""
    if not citations or tells_an_age(answered.text):
        return None
    names_day = tells_a_day(answered.text) or tells_a_day(question)
    ends = [each.evidence.valid_until for each in citations if each.evidence.valid_until]
    return Kept(
        key=key,
        body=answered.body,
        citations=citations,
        receipt_id=receipt_id,
        upstream=answered.upstream,
        answered_at=made.found.moment.now,
        holds_until=min(ends, default=None),
        day=key.day if names_day else None,
        cost=answered.cost,
        size=_OVERHEAD
        + len(json.dumps([answered.body, verdict]))
        + sum(_size(each) for each in citations),
        verdict=verdict,
    )


def _size(citation: Citation) -> int:
    return len(citation.evidence.text) + len(citation.url)
