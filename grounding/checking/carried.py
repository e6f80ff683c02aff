"""Whether an address or an argument carries away what was shown or said, in clear or encoded.

A text is recognised by stretches of its letters and digits, in one case and width, as in
`grounding.query.redact`: spaces, punctuation and percent signs do not hide it. What is encoded is
decoded first: percent signs, Base64, hexadecimal digits, reversed or rot13 letters.
"""

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

RUN: Final = 31
"""Letters and digits in a row that are no chance, anywhere in an argument."""
RUN_IN_PATH: Final = 24
RUN_IN_QUERY: Final = 16
RUN_DECODED: Final = 12
_MOST_DECODED: Final = 50
_ENCODED: Final = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2}[-:_ ]?){8,}")
_TELLING: Final = re.compile(r"[^\s,;()<>\"'&=]{6,200}")
_MOST_LETTERS: Final = 500_000
_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Secrets:
    """What must not be carried away.

    stretches: every `_LENGTH` letters in a row of any of the texts.
    words: those with a digit or an @: codes, keys, addresses, sums.
    """

    stretches: frozenset[str]
    words: frozenset[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Secrets":
        given = [text[:_MOST_LETTERS] for text in texts]
        words = {word for text in given for word in _codes(text)}
        stretches = {each for text in given for each in _stretches(letters_of(text))}
        return cls(frozenset(stretches), frozenset(words))

    def are_in(self, text: str, *, run: int) -> bool:
        """Whether about so many letters in a row are the same as there; `run` is 12 or more."""
        in_a_row = 0
        for stretch in _stretches(letters_of(text)):
            in_a_row = in_a_row + 1 if stretch in self.stretches else 0
            if in_a_row > run - _LENGTH:
                return True
        return False

    def are_encoded_in(self, text: str) -> bool:
        return any(
            self.are_in(each, run=RUN_DECODED) or self.has_code(each) for each in decoded(text)
        )

    def has_code(self, text: str) -> bool:
        """Whether a code, a key or an address of theirs stands in it."""
        return any(word in self.words for word in _codes(text))


def letters_of(text: str) -> str:
    """Return letters and digits, in one case and width."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _stretches(letters: str) -> Iterator[str]:
    return (letters[i : i + _LENGTH] for i in range(len(letters) - _LENGTH + 1))


def decoded(text: str) -> Iterator[str]:
    """Yield what stretches of a text say once they are decoded; what is no text is left out."""
    clear = unquote(unquote(text))
    stretches = [each[0] for each in _ENCODED.finditer(clear)][:_MOST_DECODED]
    for stretch in stretches:
        for once in _of_base64(stretch):
            yield once
            yield from (twice for each in _ENCODED.findall(once)[:3] for twice in _of_base64(each))
    for match in [*_HEX.finditer(clear)][:_MOST_DECODED]:
        digits = re.sub(r"[^0-9A-Fa-f]", "", match[0])
        yield from _readable(bytes.fromhex(digits[: len(digits) // 2 * 2]))
    yield clear[::-1]
    yield codecs.decode(clear, "rot13")


def _of_base64(stretch: str) -> Iterator[str]:
    digits = stretch.rstrip("=").replace("-", "+").replace("_", "/")
    for start in (0, *(i + 1 for i, each in enumerate(digits[:80]) if each == "/")):
        some = digits[start:]
        some = some[: len(some) - 1] if len(some) % 4 == 1 else some
        try:
            yield from _readable(base64.b64decode(some + "=" * (-len(some) % 4)))
        except (binascii.Error, ValueError):
            continue


def _readable(content: bytes) -> Iterator[str]:
    for encoding in ("utf-8", "utf-16-le"):
        text = content.decode(encoding, "ignore")
        if len(text) >= RUN_DECODED // 2 and sum(map(str.isprintable, text)) >= 0.9 * len(text):
            yield text


def _codes(text: str) -> Iterator[str]:
    for match in _TELLING.finditer(unquote(text)):
        word = match[0].strip(".:!?/[]{}").casefold()
        has_digit, has_other = any(map(str.isdigit, word)), not word.isdigit()
        is_code = (has_digit and has_other) or (word.isdigit() and len(word) >= 8)
        if len(word) >= 6 and (is_code or "@" in word.strip("@")):
            yield word
