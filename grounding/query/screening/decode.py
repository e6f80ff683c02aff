"""Make readable what a passage says in another writing, so that it can be judged like the rest.

    Base64, Base32, hexadecimal, binary, %41, \\u0041, tag characters ─▶ their text
    rot13, reversed, l33t, s p a c e d, letters that look like others  ─▶ the same in plain letters

Each is tried only where a text looks like it, so that ordinary prose costs next to nothing.
"""

import base64
import binascii
import codecs
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from grounding.query.lookalikes import in_plain_letters

_MOST: Final = 8
_LONGEST: Final = 4_000
_SHORTEST: Final = 12
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_BASE32: Final = re.compile(r"\b[A-Z2-7]{24,}={0,6}")
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){12,}")
_BITS: Final = re.compile(r"(?:[01]{8}\s?){6,}")
_ESCAPES: Final = re.compile(
    r"(?:\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|&#\d{2,5};|&#x[0-9a-fA-F]{2,5};){4,}"
)
_ESCAPE: Final = re.compile(r"\\[ux]([0-9a-fA-F]+)|&#(\d+);|&#x([0-9a-fA-F]+);")
_PERCENT: Final = re.compile(r"(?:%[0-9a-fA-F]{2}[^\s%]{0,30}){4,}")
_TAGS: Final = re.compile("[\U000e0020-\U000e007e]{4,}")
_SPACED: Final = re.compile(r"\b(?:\w[ .*_·-]){4,}\w\b")
_UNBROKEN: Final = re.compile(r"\S{20}")
_PAIRS: Final = re.compile(r"[01]{8}\s[01]{8}|(?:[0-9a-fA-F]{2}[ :]){6}")
_DIGIT_WITHIN: Final = re.compile(r"[a-z][0134578@$]+[a-z]|[0134578@$]+[a-z]")
_STRANGE: Final = re.compile(
    "[\u0370-\u058f\u13a0-\u13ff\u1d00-\u1dbf\u200b-\u200f\u2060-\u206f\u2100-\u218f\u24b6-\u24e9"
    "\uff00-\uffef\U0001d400-\U0001d7ff\U000e0020-\U000e007e]"
)
"""Letters that look like others, and what is not seen at all."""
_FROM_LEET: Final = str.maketrans("0134578@$", "oieastbas")
_NAMES: Final = (
    "ignore", "instructions", "disregard", "previous", "system", "prompt", "reveal", "forget",
    "password", "assistant", "override",
)  # fmt: skip
_ROTATED: Final = tuple(codecs.encode(name, "rot13") for name in _NAMES)
_REVERSED: Final = tuple(name[::-1] for name in _NAMES)


def decoded(text: str, small: str) -> list[str]:
    """Return what a text says in other writings. small: the text in small letters."""
    found: list[str] = []
    for each in _all(text, small):
        if len(each) >= _SHORTEST and each not in found:
            found.append(each[:_LONGEST])
        if len(found) >= _MOST:
            break
    return found


def _all(text: str, small: str) -> Iterator[str]:
    if _UNBROKEN.search(text) or _PAIRS.search(text):
        yield from _of_digits(text)
    if "\\" in text or "&#" in text:
        yield from (_ESCAPE.sub(_character, match[0]) for match in _ESCAPES.finditer(text))
    if "%" in text:
        yield from (unquote(match[0]) for match in _PERCENT.finditer(text))
    yield from _in_other_letters(text, small)


def _of_digits(text: str) -> Iterator[str]:
    for match in _BASE64.finditer(text):
        yield from _of_base64(match[0])
    for match in _BASE32.finditer(text):
        digits = match[0].rstrip("=")
        yield from _text(base64.b32decode, digits + "=" * (-len(digits) % 8))
    for match in _HEX.finditer(text):
        digits = re.sub(r"[ :]", "", match[0])
        yield from _text(bytes.fromhex, digits[: len(digits) // 2 * 2])
    for match in _BITS.finditer(text):
        bits = "".join(match[0].split())
        yield from _text(lambda given: int(given, 2).to_bytes(len(given) // 8, "big"), bits)


def _in_other_letters(text: str, small: str) -> Iterator[str]:
    if any(name in small for name in _ROTATED):
        yield codecs.decode(text, "rot13")
    if any(name in small for name in _REVERSED):
        yield text[::-1]
    if len(spaced := _SPACED.findall(text)) and max(map(len, spaced)) >= 9:
        yield _SPACED.sub(lambda match: re.sub(r"[ .*_·-]", "", match[0]), text)
    if _DIGIT_WITHIN.search(small):
        leet = small.translate(_FROM_LEET)
        if any(name in leet and name not in small for name in _NAMES):
            yield leet
    if _STRANGE.search(text):
        yield from (
            "".join(chr(ord(each) - 0xE0000) for each in tags) for tags in _TAGS.findall(text)
        )
        plain = in_plain_letters(text)
        if plain != small:
            yield plain


def _of_base64(stretch: str) -> Iterator[str]:
    digits = stretch.rstrip("=").replace("-", "+").replace("_", "/")
    digits = digits[: len(digits) - 1] if len(digits) % 4 == 1 else digits
    yield from _text(base64.b64decode, digits + "=" * (-len(digits) % 4))


def _text(decode: object, given: str) -> Iterator[str]:
    """Yield what bytes say, if that is a text."""
    assert callable(decode)  # noqa: S101 - for the type checker
    try:
        content: bytes = decode(given)
        text = content.decode()
    except (binascii.Error, ValueError):
        return
    if sum(each.isalpha() or each.isspace() for each in text) >= 0.7 * len(text):
        yield text


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[3] or "0", 16) or int(escape[2] or 0)
    return chr(code) if code < 0x110000 else ""
