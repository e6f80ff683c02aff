"""The words of a text, as a question is compared with passages and sentences by them.

Scripts that do not part words by spaces are told in pairs of characters.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
)
_RUN = re.compile(rf"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")


def words_of(text: str) -> list[str]:
    """Return the words of `text` in order, in no case; of a script without spaces its pairs."""
    folded = text.casefold()
    words = _WORD.findall(folded)
    if folded.isascii() or not _IS_UNSPACED.search(folded):
        return words
    return [each for word in words for each in _parts(word)]


def is_unspaced(word: str) -> bool:
    """Whether a word is of a script that does not part words, so that it may begin anywhere."""
    return _IS_UNSPACED.match(word) is not None


def _parts(word: str) -> Iterator[str]:
    for run in _RUN.findall(word):
        if len(run) > 1 and is_unspaced(run):
            yield from map("".join, pairwise(run))
        else:
            yield run
