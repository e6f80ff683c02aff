"""Bytes to text, whatever was declared about them; and text without what no reader can see."""

import codecs
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes

from connectors.text.invisible import without_invisible

_BOMS = {  # the longer of two that begin alike comes first
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_DECLARED_INSIDE = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w:.-]{2,40})"""
    rb"""|^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w:.-]{2,40})""",
    re.IGNORECASE,
)
# What servers say by default, and what the web agreed to read it as.
_UNTRUSTED = {"ascii": "cp1252", "iso8859-1": "cp1252", "cp1252": "cp1252"}
# Python codecs that interpret their input, or take quadratic time over it.
_NO_CHARSETS = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}

_FALLBACK = "cp1252"
_LATIN = {"cp775", "cp850", "cp852", "cp1250", "cp1254", "cp1257", "cp1258", "mac_latin2"} | {
    f"iso8859_{part}" for part in (2, 4, 9, 10, 13, 14, 15, 16)
}

_INSIDE_BYTES = 4096
_GUESSED_BYTES = 100_000
_TOLERATED_SHARE = 0.05

_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Only from where a run begins: trying from each of its places would take time by its square.
_SPACE_BEFORE_LINE_END = re.compile(r"(?<![ \t])[ \t]+(?=\n)")
_BLANK_LINES = re.compile(r"\n{3,}")


def decode(body: bytes, declared_charset: str | None = None) -> str:
    """Decode `body`; a byte order mark, then a declaration that fits, then UTF-8, then a guess.

    A declaration that does not fit is ignored. "ISO-8859-1" is what servers say of anything, so
    bytes that are valid UTF-8 win over it. Never fails: bytes beyond help become U+FFFD.
    """
    for mark, charset in _BOMS.items():
        if body.startswith(mark):
            return body[len(mark) :].decode(charset, "replace")
    for charset in _candidates(body, declared_charset):
        try:
            return body.decode(charset)
        except UnicodeError:
            continue
    return _repaired(body)


def tidied(text: str) -> str:
    """Unify line ends, drop what no reader sees and surrogates, limit blank space."""
    text = without_invisible(_CONTROL.sub("", _LINE_END.sub("\n", text)))
    return _BLANK_LINES.sub("\n\n", _SPACE_BEFORE_LINE_END.sub("", text)).strip("\n").rstrip()


def _candidates(body: bytes, declared: str | None) -> Iterator[str]:
    names = [_charset(declared), _charset(_declared_inside(body))]
    yield from (name for name in names if name is not None and name not in _UNTRUSTED)
    yield "utf-8"
    yield from (_UNTRUSTED[name] for name in names if name is not None and name in _UNTRUSTED)


def _charset(name: str | None) -> str | None:
    """Return Python's name for a charset, or None if there is no such text encoding."""
    try:
        found = codecs.lookup((name or "").strip())
    except (LookupError, ValueError):
        return None
    is_text = getattr(found, "_is_text_encoding", True)
    return found.name if is_text and found.name not in _NO_CHARSETS else None


def _declared_inside(body: bytes) -> str | None:
    found = _DECLARED_INSIDE.search(body[:_INSIDE_BYTES])
    return None if found is None else (found[1] or found[2]).decode("ascii", "ignore")


def _repaired(body: bytes) -> str:
    """Read damaged UTF-8 as such; else guess.

    A few letters with accents fit several encodings alike: then it is the one that the web falls
    back to, and not one of the Baltic or of Central Europe.
    """
    text = body.decode("utf-8", "replace")
    beyond_ascii = sum(character > "\x7f" for character in text)
    if text.count("\ufffd") <= beyond_ascii * _TOLERATED_SHARE:
        return text
    guesses = from_bytes(body[:_GUESSED_BYTES])
    guess = guesses.best()
    if guess is None:
        return text
    fitting = {name for each in guesses for name in each.could_be_from_charset}
    is_western = _FALLBACK in fitting and guess.encoding in _LATIN
    return body.decode(_FALLBACK if is_western else guess.encoding, "replace")
