"""Citation marks such as [2] or [1, 3] in the text of an answer."""

import re
from typing import Final

MARK: Final = re.compile(r"[\[【]\s{0,3}\d{1,3}(?:\s{0,3}[,;]\s{0,3}\d{1,3}){0,30}\s{0,3}[\]】]")
_NUMBER: Final = re.compile(r"\d{1,3}")


def numbers(mark: str) -> list[int]:
    """Return the numbers of a mark, in the order they stand."""
    return [int(each) for each in _NUMBER.findall(mark)]
