"""Identifiers: what is written without spaces and stands in no dictionary.

A question is cut at its spaces, and each piece is judged by its letters alone, so that the time is
linear whatever is asked.
"""

import re

from grounding.query.analysis.records import TermKind
from grounding.query.analysis.vocabulary import COMPOUND_ENDINGS, words

_UNUSUAL = re.compile(r"(?<!\S)(?!(?:[A-Za-z]?[a-z]*(?:['’][a-z]{1,2})?|[0-9]+)[.,;:?!]*(?!\S))\S+")
_HAS_DIGIT = re.compile("[0-9]")
_OPENING = "\"'“„«‘([{<¿¡*"
_CLOSING = "\"'”“»’)]}>.,;:!?…*"
_SPELLED = re.compile(
    r"\b(?:(?:RFC|PEP|ISO|IEC|DIN|EN|IEEE|NIST|ANSI|ASTM|FIPS|ECMA|BCP|KB|CWE|JEP|PR)"
    r"(?:/IEC)?\s(?:SP\s)?[A-Z]{0,4}[0-9][\w.:-]{0,20}(?<!\W)"
    r"|(?i:version|release)\s(?P<version>v?[0-9]{1,4}(?:\.[0-9]{1,6}){1,4})\b)"
)
_URL = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s<>\"“”]+", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_VERSION = re.compile(
    r"(?!.*\.[12][0-9]{3}$)v?[0-9]+(?:\.[0-9]+){2,5}(?:[-.]?[a-z]+[0-9]*)?|v[0-9]+(?:\.[0-9]+)*"
)
_HASH = re.compile(r"(?=[^0-9]*[0-9])(?=[^a-f]*[a-f])[0-9a-f]{7,64}|0x[0-9a-fA-F]{1,64}")
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.\w+)+(?:\(\))?")
_PATH = re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?[\\/]?(?:[\w.@-]+[\\/])*[\w.@-]+[\\/]?")
_OPERATED = re.compile(r"\w+(?:(?:::|->)\w+)+|\w+\(\)|--[a-z][\w-]+|[@#][^\W\d]\w+")
_CODE = re.compile(r"[^\W_]+(?:[-/.:_][^\W_]+)*")
_SNAKE = re.compile(r"_*[^\W_]+(?:_+[^\W_]+)+_*|__[^\W_]+__")
_ABBREVIATION = re.compile(r"(?:\w\.)+\w?|\w{1,4}\.[A-Z]\w*")
_CAMEL = re.compile(r"[a-zα-ω]+[A-Z]\w*")
_LANGUAGES = words("C++ C# F# .NET g++ Node.js")
_NO_CODE = re.compile(
    r"[0-9.,:/-]+"  # numbers, dates, times
    r"|[0-9]+(?:st|nd|rd|th|s|ers|er|x|am|pm|k|m|bn|D|G)?(?:-[a-z]+)*"  # 66th, 1990s, 16-year-old
    r"|[0-9]+[a-zµ°]{1,5}(?:/[A-Za-z]+)?"  # 400mg, 5mmol/l
    r"|[QH][1-4]"
    r"|(?i:mid|post|pre|early|late|top|under|over|sub|non|anti|big|pro|ca)-[0-9]+s?"  # mid-1990s
)
_ENDING = re.compile(rf"(?:['’][sS]?|(?<=\w)-(?:{COMPOUND_ENDINGS}))$")


def identifiers(question: str) -> list[tuple[int, int, TermKind]]:
    """Return where each identifier or address begins and ends, in order."""
    found = _spelled(question) if _HAS_DIGIT.search(question) else []
    for match in _UNUSUAL.finditer(question):
        if judged := _judged(match[0]):
            start, end, kind = judged
            found.append((match.start() + start, match.start() + end, kind))
    return sorted(found)


def _spelled(question: str) -> list[tuple[int, int, TermKind]]:
    return [
        (*match.span("version" if match["version"] else 0), TermKind.IDENTIFIER)
        for match in _SPELLED.finditer(question)
    ]


def _judged(piece: str) -> tuple[int, int, TermKind] | None:
    start, end = _trimmed(piece)
    bare = piece[start:end]
    for shape in (_URL, _EMAIL):
        if match := shape.match(bare):
            return start, start + match.end(), TermKind.ADDRESS
    bare = bare.partition("=")[0]
    end = start + len(bare)
    return (start, end, TermKind.IDENTIFIER) if bare and _is_identifier(bare) else None


def _trimmed(piece: str) -> tuple[int, int]:
    """Leave out the punctuation and the possessive around a piece, but no part of a pair."""
    for language in _LANGUAGES:
        if piece.startswith(language):
            return 0, len(language)
    start = len(piece) - len(piece.lstrip(_OPENING))
    end = len(piece.rstrip(_CLOSING))
    if piece[end : end + 1] == ")" and piece[start:end].endswith("("):
        end += 1
    if match := _ENDING.search(piece, start, end):
        end = match.start()
    return start, max(start, end)


def _is_identifier(bare: str) -> bool:
    if bare in _LANGUAGES or _SNAKE.fullmatch(bare) or _OPERATED.fullmatch(bare):
        return True
    if bare.isalpha():
        return _CAMEL.fullmatch(bare) is not None
    if _VERSION.fullmatch(bare) or _HASH.fullmatch(bare):
        return True
    return _is_dotted(bare) or _is_path(bare) or _is_code(bare)


def _is_dotted(bare: str) -> bool:
    if not _DOTTED.fullmatch(bare) or _ABBREVIATION.fullmatch(bare):
        return False
    parts = bare.split(".")
    is_two_sentences = len(parts) == 2 and parts[0].islower() and parts[1].istitle()
    return not is_two_sentences and any(len(part) > 1 for part in parts)


def _is_path(bare: str) -> bool:
    if not _PATH.fullmatch(bare):
        return False
    parts = [part for part in re.split(r"[\\/]", bare) if part]
    is_rooted = bare[0] in "/\\~." or bare[1:2] == ":"
    return (is_rooted and len(parts) > 1) or (len(parts) > 1 and "." in parts[-1].strip("."))


def _is_code(bare: str) -> bool:
    """Whether digits among letters make it a code."""
    if not _CODE.fullmatch(bare) or _NO_CODE.fullmatch(bare):
        return False
    has_digit = any(map(str.isdigit, bare))
    return has_digit and any(map(str.isalpha, bare))
