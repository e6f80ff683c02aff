"""Words and phrases that are not wanted, from an operator's file: one a line, `#` begins a remark.

Whole words count, in any case: "Scunthorpe" is a town. Common evasions are seen through: letters
that look like others, digits for letters, and letters with spaces or dots between them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grounding.query.lookalikes import in_plain_letters

_WORD: Final = re.compile(r"[^\W_]+")
_APART: Final = re.compile(r"(?<!\w)(?:\w[\s.*_·-]{1,2}){2,}\w(?!\w)")
_BETWEEN: Final = re.compile(r"[\s.*_·-]+")
_FROM_DIGITS: Final = str.maketrans("0134578@$!", "oieastbasi")
_DIGIT_WITHIN: Final = re.compile(r"[^\W\d_]*[0134578@$!]+[^\W\d_]+[0134578@$!]*")


@dataclass(frozen=True, slots=True)
class WordList:
    """Words, in plain letters and one case; phrases have a space between theirs."""

    words: frozenset[str]

    @classmethod
    def of(cls, lines: Iterable[str]) -> "WordList":
        said = (line.partition("#")[0] for line in lines)
        return cls(frozenset(filter(None, (_joined(in_plain_letters(each)) for each in said))))

    @classmethod
    def read(cls, file: Path) -> "WordList":
        """Read a file.

        Raises:
            OSError, UnicodeDecodeError: it cannot be read, or is not UTF-8.
        """
        return cls.of(file.read_text(encoding="utf-8").splitlines())

    def count_in(self, text: str) -> int:
        """Return how many of the words stand in a text, however often each does."""
        found: set[str] = set()
        for said in _variants(in_plain_letters(text)):
            words = _WORD.findall(said)
            joined = f" {' '.join(words)} "
            found.update(self.words.intersection(words))
            found.update(each for each in self._phrases if f" {each} " in joined)
        return len(found)

    @property
    def _phrases(self) -> list[str]:
        return [each for each in self.words if " " in each]


def _variants(plain: str) -> Iterator[str]:
    yield plain
    if _DIGIT_WITHIN.search(plain):
        yield _DIGIT_WITHIN.sub(lambda match: match[0].translate(_FROM_DIGITS), plain)
    if _APART.search(plain):
        yield _APART.sub(lambda match: _BETWEEN.sub("", match[0]), plain)


def _joined(text: str) -> str:
    return " ".join(_WORD.findall(text))
