"""Numbers as people write them: digits in the manner of several countries, and words."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from grounding.checking.facts.records import Number
from grounding.checking.facts.shares import PARTS, shares
from grounding.checking.facts.stretches import apart

_MARK: Final = ".,٫٬'’\u00a0\u202f"
_DIGITS: Final = re.compile(
    rf"(?<!\d)(?P<digits>[1-9]\d{{0,2}}(?:(?:\s000){{1,4}}|(?:\s\d{{3}}){{2,4}})(?!\d)"
    rf"|\d{{1,30}}(?:[{_MARK}]\d{{1,15}}){{0,9}})(?!\d)"
    r"(?P<exponent>[eE][+-]?\d{1,2}(?!\w))?"
    r"(?P<ordinal>st\b|nd\b|rd\b|th\b)?"
    r"(?:\s?(?P<scale>thousand|million|billion|trillion|crores?|lakhs?|mn|bn|tn|hundred|dozen)\b"
    r"|(?P<letter>[kKMB])(?![A-Za-z]))?"
    r"(?:[\s-]{1,2}(?P<over>million|billion|trillion)\b)?",
    re.IGNORECASE,
)
_SCALES: Final = {
    "hundred": 100,
    "dozen": 12,
    "thousand": 1000,
    "k": 1000,
    "lakh": 100_000,
    "lakhs": 100_000,
    "million": 10**6,
    "mn": 10**6,
    "m": 10**6,
    "crore": 10**7,
    "crores": 10**7,
    "billion": 10**9,
    "bn": 10**9,
    "b": 10**9,
    "trillion": 10**12,
    "tn": 10**12,
}


def _ordered(text: str) -> tuple[str, ...]:
    """Return the words between the spaces, in their order."""
    return tuple(text.split())


ONES: Final = dict(
    zip(
        _ordered(
            "zero one two three four five six seven eight "
            "nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
            "eighteen nineteen"
        ),
        range(20),
        strict=True,
    )
)
_TENS: Final = dict(
    zip(
        _ordered("twenty thirty forty fifty sixty seventy eighty ninety"),
        range(20, 100, 10),
        strict=True,
    )
)
ORDINALS: Final = dict(
    zip(
        _ordered(
            "first second third fourth fifth sixth seventh eighth ninth "
            "tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth"
            " eighteenth nineteenth twentieth"
        ),
        range(1, 21),
        strict=True,
    )
)
_TIMES: Final = {
    "twice": 2,
    "double": 2,
    "doubled": 2,
    "doubling": 2,
    "triple": 3,
    "tripled": 3,
    "tripling": 3,
    "thrice": 3,
    "quadrupled": 4,
}
_VALUES: Final = {**ONES, **_TENS}
_WORD: Final = "|".join(sorted({*_VALUES, *_SCALES} - {"k", "m", "b", "mn", "bn", "tn"}))
_HALVED: Final = "minute|hour|day|week|month|year|decade|century|mile"
_WORDED: Final = re.compile(
    rf"\b(?:(?P<more>an?)(?=\s(?:{_HALVED})\s+and\s+a\s+half\b)"
    rf"|(?P<single>(?<=\bfor )an?|(?<=\btook )an?|(?<=\blasted )an?|(?<=\bthan )an?"
    rf"|(?<=\babout )an?|(?<=\bnearly )an?|(?<=\balmost )an?|(?<=\bover )an?)"
    rf"(?=\s(?:{_HALVED}|fortnight)\b)"
    r"|(?P<halved>half\san?(?:\s(?P<of>thousand|million|billion|trillion|dozen))?)(?=\s)"
    rf"|(?P<part>(?:(?:one|two|three|four|five|a)[\s-])?(?:{'|'.join(PARTS)})\b"
    rf"(?=[\s-]of\b|\s+the\b|\s+a\b|\s+(?:full|empty|done|complete|contained)\b))"
    rf"|(?P<pair>(?:one|two|three|four)[\s-](?:{'|'.join(PARTS)})\b)"
    rf"|(?P<ordinal>(?:(?:{'|'.join(_TENS)})-)?(?:{'|'.join(ORDINALS)}))\b"
    rf"|(?P<times>{'|'.join(_TIMES)})\b"
    rf"|(?P<lead>an?\s)?(?P<words>(?:{_WORD})(?:(?:[\s-]|\sand\s)(?:{_WORD})){{0,9}})\b"
    r"(?P<plus>[\s-]and[\s-]a[\s-]half(?:\s(?P<plus_of>thousand|million|billion|trillion))?\b)?)",
    re.IGNORECASE,
)
_HALF: Final = Decimal("0.5")
_SPLIT: Final = re.compile(r"[\s-]+")
_SIGNED: Final = re.compile(r"(?:^|[\s(\[:=$€£`*\"“])(?P<sign>[-−–]|minus\s)$", re.IGNORECASE)
_LONGEST_SIGN: Final = 7
_CODE: Final = re.compile(r"(?:[A-Z]|(?<!\w)[A-Z][a-z]{2,14})-$")
_LONGEST_CODE: Final = 18


def numbers(text: str) -> list[Number]:
    """Return the numbers of a text in the order they stand; codes such as B-52 are none."""
    parts = list(shares(text))
    taken = [(each.start, each.end) for each in parts]
    others = apart([*_of_digits(text), *_of_words(text)], taken)
    return sorted([*parts, *others], key=lambda number: number.start)


def _of_digits(text: str) -> Iterator[Number]:
    for match in _DIGITS.finditer(text):
        if _is_in_code(text, match.start(), match.end()):
            continue
        values, decimals = _readings(match["digits"])
        shift = Decimal(10) ** int((match["exponent"] or "e0")[1:])
        scale = shift * _scale(match["scale"] or match["letter"]) * _scale(match["over"])
        start = match.start()
        if signed := _SIGNED.search(text[max(0, start - _LONGEST_SIGN) : start]):
            start, values = start - len(signed["sign"]), tuple(-value for value in values)
        yield Number(
            start,
            match.end(),
            tuple(value * scale for value in values),
            scale * Decimal(10) ** -decimals,
            is_ordinal=match["ordinal"] is not None,
        )


def _is_in_code(text: str, start: int, end: int) -> bool:
    """Whether letters stand so close to digits that they are one word: B52, Covid-19, 747-8F."""
    before = text[max(0, start - _LONGEST_CODE) : start]
    if before[-1:].isalpha() or before[-1:] == "_":
        return before[-1:].isascii() or before[-1:] == "_"
    if _CODE.search(before):
        return True
    return text[end : end + 1] == "_"


def _readings(digits: str) -> tuple[tuple[Decimal, ...], int]:
    """Return what digits may mean, and how many stand behind the decimal mark."""
    digits = "".join(digits.split(" "))
    marks = [each for each in digits if each in _MARK]
    if not marks:
        return (Decimal(digits),), 0
    last = max(digits.rfind(mark) for mark in set(marks))
    tail = len(digits) - last - 1
    is_grouped = len(marks) > 1 and len(set(marks)) == 1
    bare = Decimal("".join(each for each in digits if each not in _MARK))
    if is_grouped or (digits[last] in ",٬'’\u00a0\u202f" and tail == 3):
        return (bare,), 0
    fraction = bare.scaleb(-tail)
    is_double = len(marks) == 1 and digits[last] == "." and tail == 3
    return ((fraction, bare) if is_double else (fraction,)), tail


def _scale(word: str | None) -> Decimal:
    return Decimal(_SCALES[word.lower()]) if word else Decimal(1)


def _of_words(text: str) -> Iterator[Number]:
    for match in _WORDED.finditer(text):
        if made := _worded(match):
            yield made


def _worded(match: re.Match[str]) -> Number | None:
    start, end = match.span()
    if match["more"] or match["halved"]:
        scale = _scale(match["of"])
        value = (_HALF if match["halved"] else 1 + _HALF) * scale
        return Number(start, end, (value,), scale / 10, is_word=True)
    if text := match["part"] or match["pair"]:
        *count, part = _SPLIT.split(text.lower())
        many = ONES.get(count[0], 1) if count else 1
        value = Decimal(many) / PARTS[part]
        return Number(start, end, (value,), Decimal("0.02"), is_word=True, is_share=True)
    if text := match["ordinal"]:
        total = sum(_TENS.get(part, 0) + ORDINALS.get(part, 0) for part in text.lower().split("-"))
        return Number(start, end, (Decimal(total),), Decimal(1), is_word=True, is_ordinal=True)
    if text := match["times"]:
        value, is_times = Decimal(_TIMES[text.lower()]), text.lower().endswith(("ed", "ing"))
        return Number(start, end, (value,), Decimal(1), is_word=True, is_times=is_times)
    if match["single"]:
        return Number(start, end, (Decimal(1),), Decimal(1), is_word=True)
    return _of_scale(match)


def _of_scale(match: re.Match[str]) -> Number | None:
    """Return a number in words of ones, tens and scales, but for a scale alone: "million"."""
    start, end = match.span()
    words = [word for word in _SPLIT.split(match["words"].lower()) if word != "and"]
    if words[0] in _SCALES and not match["lead"]:
        return None
    value, step = Decimal(_total(words)), _step(words)
    if match["plus"]:
        scale = _scale(match["plus_of"])
        value, step = (value + _HALF) * scale, scale / 10
    return Number(start, end, (value,), step, is_word=True)


def _total(words: list[str]) -> int:
    total = current = 0
    for word in words:
        if word in _VALUES:
            current += _VALUES[word]
        elif word in {"hundred", "dozen"}:
            current = max(current, 1) * _SCALES[word]
        else:
            total += max(current, 1) * _SCALES[word]
            current = 0
    return total + current


def _step(words: list[str]) -> Decimal:
    """Return the weight of the last scale: three million is no exact count."""
    return Decimal(_SCALES.get(words[-1], 1)) if words[-1] != "dozen" else Decimal(1)
