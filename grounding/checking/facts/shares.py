"""Parts of a whole as people write them: ½, 1/3, one in five, a quarter of a million; tenfold."""

import re
from collections.abc import Iterator
from decimal import Decimal
from math import gcd
from typing import Final

from grounding.checking.facts.records import Number

_SIGNS: Final = {"½": "0.5", "¼": "0.25", "¾": "0.75", "⅓": "0.3333", "⅔": "0.6667"}
_SLASHED: Final = re.compile(
    r"(?<![\d/.,])(?<!\d[\s-])([1-7])/([23458])(?=\s+(?!(?:stars?|points?)\b)[a-z])"
)
_MIXED: Final = re.compile(r"(?<![\w.,/-])(\d{1,4})(?:\s?([½¼¾⅓⅔])|[\s-]([1-7])/([2348])(?![\w/]))")
_COUNTS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
)
_MORE: Final = {"fifteen": 15, "twenty": 20, "fifty": 50, "hundred": 100}
_COUNT: Final = "|".join([*_COUNTS[1:], r"\d{1,3}"])
_OUT_OF: Final = re.compile(
    rf"(?<![\w.,])(?P<some>{_COUNT})\s(?P<of>in|out\sof)\s(?P<every>every\s)?(?:an?\s|the\s)?"
    rf"(?P<all>{_COUNT}|{'|'.join(_MORE)})\b(?![\d.,]*\d|\s(?:second|minute|hour|day|week|month"
    r"|year|decade|game|match|attempt|state|countr|stage|round|part|volume|different)|\s?%)",
    re.IGNORECASE,
)
_USUAL: Final = frozenset({5, 10, 100})
"""Wholes by which "three in five" is a share, and not three of something within five others."""
_RANKED: Final = re.compile(r"(?:\bno\.?|\bnumber|\brank\w*|#)\s?$", re.IGNORECASE)
_OF_LARGE: Final = re.compile(
    r"\b(?:(?P<count>an?|one|two|three)[\s-])?(?P<part>half|quarters?|thirds?|fifths?|tenths?)\sof\sa\s"
    r"(?P<large>million|billion|trillion)\b",
    re.IGNORECASE,
)
_FOLDS: Final = re.compile(
    rf"(?<![\w.,])(?:({'|'.join(_COUNTS[2:])})|(\d{{1,4}})-?)fold\b|(?<![\w.,])(\d{{1,4}})x(?=[\s.,;]|$)",
    re.IGNORECASE,
)
PARTS: Final = {
    "half": 2,
    "halves": 2,
    "third": 3,
    "thirds": 3,
    "quarter": 4,
    "quarters": 4,
    "fourths": 4,
    "fifth": 5,
    "fifths": 5,
    "sixths": 6,
    "tenth": 10,
    "tenths": 10,
}
_LARGE: Final = {"million": 10**6, "billion": 10**9, "trillion": 10**12}
_STEP: Final = Decimal("0.02")
_FINE: Final = 20
"""Into how many steps a ratio is parted: one in five is not one in six."""


def shares(text: str) -> Iterator[Number]:
    """Yield each part of a whole in a text, the numbers that are told as one, and multiples."""
    yield from _mixed(text)
    yield from _of_slashed(text)
    yield from _of_signs(text)
    yield from _out_of(text)
    yield from _of_large(text)
    yield from _folds(text)


def _mixed(text: str) -> Iterator[Number]:
    """Yield whole numbers with a part behind them: 4½, 4-1/2, 4 3/4."""
    for match in _MIXED.finditer(text):
        whole, sign, part, of = match.groups()
        value = Decimal(_SIGNS[sign]) if sign else Decimal(int(part)) / int(of)
        if value < 1:
            yield Number(*match.span(), (int(whole) + value,), _STEP)


def _of_slashed(text: str) -> Iterator[Number]:
    for match in _SLASHED.finditer(text):
        part, whole = int(match[1]), int(match[2])
        if part < whole and gcd(part, whole) == 1:
            yield Number(*match.span(), (Decimal(part) / whole,), _STEP, is_share=True)


def _of_signs(text: str) -> Iterator[Number]:
    for sign, value in _SIGNS.items():
        place = text.find(sign)
        while place >= 0:
            if not text[place - 1 : place].isdigit():
                yield Number(place, place + 1, (Decimal(value),), _STEP, is_share=True)
            place = text.find(sign, place + 1)


def _out_of(text: str) -> Iterator[Number]:
    for match in _OUT_OF.finditer(text):
        some, every = _count(match["some"]), _count(match["all"])
        is_usual = some == 1 or every in _USUAL or "out" in match["of"].casefold()
        if not (is_usual and 0 < some < every):
            continue
        if not _RANKED.search(text[max(0, match.start() - 10) : match.start()]):
            value, counts = Decimal(some) / every, (Decimal(some), Decimal(every))
            yield Number(*match.span(), (value,), value / _FINE, is_share=True, counts=counts)


def _count(word: str) -> int:
    word = word.casefold()
    if word.isdecimal():
        return int(word)
    return _COUNTS.index(word) if word in _COUNTS else _MORE[word]


def _of_large(text: str) -> Iterator[Number]:
    for match in _OF_LARGE.finditer(text):
        count = (match["count"] or "a").casefold()
        many = _COUNTS.index(count) if count in _COUNTS else 1
        large = Decimal(_LARGE[match["large"].casefold()])
        value = many * large / PARTS[match["part"].casefold()]
        yield Number(*match.span(), (value,), large / 10, is_word=True)


def _folds(text: str) -> Iterator[Number]:
    """Yield by how many times something became more: tenfold, 10-fold, 10x."""
    for match in _FOLDS.finditer(text):
        word, *digits = match.groups()
        value = _COUNTS.index(word.casefold()) if word else int(next(filter(None, digits)))
        yield Number(*match.span(), (Decimal(value),), Decimal(1), is_word=True, is_times=True)
