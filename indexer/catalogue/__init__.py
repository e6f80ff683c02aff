"""Every SQL statement of the service, one named function each, one module per noun.

Functions take the session first and never commit: whoever opened it does.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")

MOST_PARAMETERS = 500
"""Values per IN list: far below SQLite's limit of 32,766 variables a statement."""


def slices(items: Sequence[Item], size: int = MOST_PARAMETERS) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
