"""What the cache keeps of an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from grounding.gateway.records import Citation


class CacheStatus(StrEnum):
    """What the cache did for a request."""

    HIT = "hit"
    """The answer was given before, and everything it rests on still holds."""
    MISS = "miss"
    """An llm answers; the answer is kept if it can be."""
    BYPASS = "bypass"
    """This request's answer is not of a kind that is kept."""
    OFF = "off"
    """The settings or the request want no cache."""


@dataclass(frozen=True, slots=True)
class Key:
    """What makes two requests the same, and what makes their evidence the same.

    request: a digest of everything that was asked.
    evidence: a digest of everything that the llm would be shown as evidence.
    day: at the asker's, of the instant asked about.
    """

    request: str
    evidence: str
    day: date


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer and what it rests on.

    body: the completion as its upstream gave it.
    day: it speaks of "today" or the like and holds on this day only; None if it does not.
    holds_until: the first end of validity among its evidence.
    cost: what the call cost, in the currency of prices.
    verdict: of the check, as JSON; None where it was not checked.
    """

    key: Key
    body: Mapping[str, Any]  # Any: JSON of an upstream
    citations: Sequence[Citation]
    receipt_id: str
    upstream: str
    answered_at: datetime
    holds_until: datetime | None
    day: date | None
    cost: Decimal
    size: int
    verdict: Mapping[str, Any] | None = None  # Any: JSON
