"""The least time that an exact search of fp16 rows can take where memory is the limit.

Every row is read once for a batch of questions, whatever the batch: up to some size of batch the
arithmetic hides behind the reading.
"""

from collections.abc import Mapping
from typing import Final

BYTES: Final = 2
"""Of a half float."""
TERABYTES_A_SECOND: Final[Mapping[str, float]] = {"H100": 3.35, "H200": 4.8}
"""By the makers' data sheets, of the versions with the fastest memory (SXM)."""


def bound_seconds(rows: int, dimension: int, terabytes_a_second: float) -> float:
    """Return how long reading so many fp16 rows takes."""
    return rows * dimension * BYTES / (terabytes_a_second * 1e12)


def stated_bandwidth(card: str) -> float | None:
    """Return the terabytes a second that a card of this name reads by its data sheet."""
    return next((rate for name, rate in TERABYTES_A_SECOND.items() if name in card), None)
