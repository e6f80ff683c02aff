"""Dates, times of day and times told from the present: read out of a text, and compared.

A date agrees at the granularity that is said: a day with the year that holds it, and not the other
way about. What evidence leaves out (the year of "June 3") may stand elsewhere in it, or be its own.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from grounding.checking.facts.records import Day, Relative, TimeOfDay
from grounding.query.analysis.dates import Parts, parts_at
from grounding.query.analysis.times import read_times

_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b"
)
_BEGINS: Final = re.compile(
    rf"(?:(?<![\w.,$€£¥/%-])|(?<=\bFY))(?:{_MONTH}|\d{{1,4}}(?!\d)"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|[qh][1-4]\b|first\b|second\b|third\b|fourth\b)",
    re.IGNORECASE,
)
_NUMERIC: Final = re.compile(
    r"(?<![\w./-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\w]|[./-]\d)"
)
_STAMP: Final = re.compile(r"(?<![\w-])(\d{4})-(\d\d)-(\d\d)(?=T\d\d)")
_LED: Final = re.compile(
    r"(?:^|[\s(\"“])(?:in|of|since|until|by|during|last|next|this|early|late|mid|through|from|to|and|between|until|till|before|after)[\s-]$",
    re.IGNORECASE,
)
_COUNTED: Final = re.compile(
    r"[\s-](?:people|men|women|children|patients|participants|cases|deaths|jobs|users|members"
    r"|times|dollars|euros|pounds|percent|years|months|weeks|days|hours|minutes|miles|feet|points"
    r"|metres|meters|kilomet\w+|km|kg|mm|cm|m|ft|acres|hectares|homes|ppm|degrees|tons|tonnes"
    r"|students|units|votes|seats|square|million|billion|studies|scientists|species|papers"
    r"|winners|wins|pages|copies)\b|\s?[%°]|\+|,\d",
    re.IGNORECASE,
)
_LAST_WORD: Final = re.compile(r"[a-z]{5,}$|\b(?:May|June|July)$")
_SPAN: Final = re.compile(r"\s?[-–—/]\s?((?:1\d|20)?\d\d)(?![\d\w]|[-/.]\d)")
_CENTURY: Final = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th)(?:[\s-]centur(?:y|ies))\b|\b(nineteenth|eighteenth|seventeenth"
    r"|sixteenth|twentieth|twenty-first)[\s-]century\b",
    re.IGNORECASE,
)
_CENTURIES: Final = {
    "sixteenth": 16,
    "seventeenth": 17,
    "eighteenth": 18,
    "nineteenth": 19,
    "twentieth": 20,
    "twenty-first": 21,
}
_SEASON: Final = re.compile(r"(?<![\w./-])((?:1[89]|20)\d\d)/((?:19|20)?\d\d)(?![\w/]|-\d)")
_SHORT_YEAR: Final = re.compile(r"(?<![^\s(])['’](\d\d)(?![\w'’%-]|[.,]\d)")
_FEASTS: Final = {
    "christmas day": (12, 25),
    "christmas eve": (12, 24),
    "boxing day": (12, 26),
    "new year's day": (1, 1),
    "new year's eve": (12, 31),
    "valentine's day": (2, 14),
    "st. patrick's day": (3, 17),
    "st patrick's day": (3, 17),
    "halloween": (10, 31),
    "fourth of july": (7, 4),
}
_FEAST: Final = re.compile(
    rf"\b({'|'.join(_FEASTS)})\b(?:,?\s(?:of\s)?((?:19|20)\d\d)(?![\w,.]\d))?".replace("'", "['’]"),
    re.IGNORECASE,
)
_NINE_ELEVEN: Final = re.compile(
    r"(?<![\d/])9/11(?![\d/])(?=(\s(?:attack|terror|commission|hijack|victim|survivor))?)",
    re.IGNORECASE,
)
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_DAY_BEFORE: Final = re.compile(
    rf"(?<![\w.,/–—-])({_DAY})(?:st|nd|rd|th)?\s?(?:[-–—/]|and|to)\s?({_DAY}(?:st|nd|rd|th)?\s{_MONTH})",
    re.IGNORECASE,
)
_DAY_AFTER: Final = re.compile(
    rf"\b({_MONTH}\s{_DAY}(?:st|nd|rd|th)?)\s?(?:[-–—/]|and|to)\s?({_DAY})(?:st|nd|rd|th)?"
    r"(?![\w/:]|[.,]\d|\s?%)(?:,?\s((?:19|20)\d\d)\b)?",
    re.IGNORECASE,
)
_TO_MONTH: Final = re.compile(rf"\s?[-–—]\s?{_MONTH}", re.IGNORECASE)
_FROM_MONTH: Final = re.compile(rf"\b{_MONTH}\s?[-–—]\s?$", re.IGNORECASE)
_TENS: Final = (
    "twenties thirties forties fifties sixties seventies eighties nineties".split()  # noqa: SIM905
)
_DECADE: Final = re.compile(
    rf"\bthe\s(?:(?:early|late|mid)[\s-])?(?:['’]?([2-9])0s|({'|'.join(_TENS)}))\b", re.IGNORECASE
)
_HOURS: Final = (
    "twelve one two three four five six seven eight nine ten eleven".split()  # noqa: SIM905
)
_PAST_HOUR: Final = re.compile(
    rf"\b(half|quarter)\s(past|to)\s({'|'.join(_HOURS)}|1?\d)\b(?!:\d)"
    r"(?:\s?(a\.?m\.?|p\.?m\.?))?",
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(
    r"(?<![\d.:])(\d{1,2})(?:[:.]([0-5]\d))?(?::[0-5]\d)?\s?(a\.?m\.?|p\.?m\.?|AM|PM)?"
    r"(?:\s?\(?(UTC|GMT|EST|EDT|CST|CDT|MST|MDT|PST|PDT|BST|CET|CEST|IST|JST|Z)\b)?"
)
_ZONES: Final = {
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
    "BST": 60,
    "CET": 60,
    "CEST": 120,
    "IST": 330,
    "JST": 540,
    "EST": -300,
    "EDT": -240,
    "CST": -360,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
}
_WIDE: Final = frozenset({9, 99})
"""A decade and a century hold their years; of a span of years both ends are said."""
_DAY_MINUTES: Final = 1440
_VAGUE: Final = re.compile(
    r"\b(?:today|now|tonight|currently|past|recent\w*|coming|upcoming|these|over|within)\b",
    re.IGNORECASE,
)


def days(text: str) -> list[Day]:
    """Return the dates of a text in the order they stand."""
    found: list[Day] = []
    every = [
        *_numeric(text),
        *_centuries(text),
        *_shortened(text),
        *_feasts(text),
        *_decades(text),
        *_paired(text),
        *_written(text),
    ]
    for day in sorted(every, key=_place):
        if not found or day.start >= found[-1].end:
            found.append(day)
    return found


def _place(day: Day) -> tuple[int, int]:
    return day.start, -day.end


def _written(text: str) -> Iterator[Day]:
    end = 0
    for match in _BEGINS.finditer(text):
        if match.start() < end:
            continue
        read = parts_at(text, match.start())
        if read is None:
            continue
        parts, stop = read
        if not _is_date(text, match.start(), stop, parts):
            continue
        day = _day(text, match.start(), stop, parts)
        end = day.end
        yield day


def _is_date(text: str, start: int, end: int, parts: Parts) -> bool:
    if parts.kind == "alone":
        before = text[max(0, start - 14) : start]
        is_led = _LED.search(before[-9:]) or _FROM_MONTH.search(before)
        return text[start].isupper() and bool(is_led or _TO_MONTH.match(text, end))
    if parts.kind == "year":
        year = parts.year or 0
        if not 1000 <= year <= 2199 or _COUNTED.match(text, end):
            return False
        return text[start - 1 : start] != "-" or not text[start - 2 : start - 1].isalpha()
    return True


def _day(text: str, start: int, end: int, parts: Parts) -> Day:
    last = None
    if parts.kind == "decade" and parts.year is not None:
        last = parts.year + (99 if parts.year % 100 == 0 and parts.year < 2000 else 9)
    elif parts.kind == "year" and parts.year and (span := _SPAN.match(text, end)):
        last = int(span[1]) + (0 if len(span[1]) > 2 else parts.year // 100 * 100)
        if last <= parts.year:
            last = None
        else:
            end = span.end()
    end -= text[end - 1] == "." and _is_full_month(text, end)
    return Day(start, end, parts.year, parts.month, parts.day, parts.month_count, last)


def _is_full_month(text: str, end: int) -> bool:
    """Whether the full stop at the end of a date is no part of an abbreviation."""
    return _LAST_WORD.search(text[max(0, end - 12) : end - 1]) is not None


def _numeric(text: str) -> Iterator[Day]:
    for match in _STAMP.finditer(text):
        year, month, day = (int(each) for each in match.groups())
        if 1 <= month <= 12 and 1 <= day <= 31:
            yield Day(*match.span(), year, month, day)
    for match in _NUMERIC.finditer(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        year += (2000 if year < 70 else 1900) if year < 100 else 0
        month, day = (first, second) if second > 12 else (second, first)
        if match[2] == "/" and first <= 12 and second <= 12:
            month, day = first, second
        if 1 <= month <= 12 and 1 <= day <= 31:
            yield Day(match.start(), match.end(), year, month, day)


def _shortened(text: str) -> Iterator[Day]:
    """Yield years such as '98, and seasons such as 2020/21."""
    for match in _SEASON.finditer(text):
        year, last = int(match[1]), int(match[2])
        if last in {year + 1, (year + 1) % 100}:
            yield Day(*match.span(), year, last_year=year + 1)
    for match in _SHORT_YEAR.finditer(text):
        if not _COUNTED.match(text, match.end()):
            year = int(match[1])
            yield Day(*match.span(), year + (2000 if year < 30 else 1900))


def _decades(text: str) -> Iterator[Day]:
    """Yield decades of the last century that are told without it: the nineties, the '90s."""
    for match in _DECADE.finditer(text):
        ten = int(match[1]) if match[1] else _TENS.index(match[2].lower()) + 2
        group = 1 if match[1] else 2
        yield Day(match.start(group), match.end(group), 1900 + 10 * ten, last_year=1909 + 10 * ten)


def _paired(text: str) -> Iterator[Day]:
    """Yield the other end of what begins or ends within a month: 5 of 5–6 May, 7 of May 5-7."""
    for match in _DAY_BEFORE.finditer(text):
        if (read := parts_at(text, match.start(2))) and read[0].month and read[0].day:
            yield Day(*match.span(1), read[0].year, read[0].month, int(match[1]))
    for match in _DAY_AFTER.finditer(text):
        if (read := parts_at(text, match.start(1))) and read[0].month and read[0].day:
            year = int(match[3]) if match[3] else read[0].year
            yield Day(*match.span(2), year, read[0].month, int(match[2]))


def _feasts(text: str) -> Iterator[Day]:
    """Yield days that are told by a name, and 9/11, of 2001 where the attacks are spoken of."""
    for match in _FEAST.finditer(text):
        month, day = _FEASTS[match[1].lower().replace("’", "'")]
        yield Day(*match.span(), int(match[2]) if match[2] else None, month, day)
    for match in _NINE_ELEVEN.finditer(text):
        yield Day(*match.span(), 2001 if match[1] else None, 9, 11)


def _centuries(text: str) -> Iterator[Day]:
    for match in _CENTURY.finditer(text):
        number = int(match[1]) if match[1] else _CENTURIES[match[2].lower()]
        if 1 <= number <= 21:
            first = (number - 1) * 100
            yield Day(match.start(), match.end(), max(first, 1), last_year=first + 99)


def agrees(said: Day, held: Day, years: Iterable[int] = ()) -> bool:
    """Whether evidence that has one date bears out a claim that has the other.

    years: others that the evidence names, for a date of it that names none.
    """
    if said.month is not None and not _months_agree(said, held):
        return False
    if said.day is not None and said.day != held.day:
        return False
    if said.year is None:
        return said.month is not None
    if held.year is None:
        return said.month is not None and said.year in years
    return _years_agree(said, held, years)


def _months_agree(said: Day, held: Day) -> bool:
    if held.month is None or said.month is None:
        return False
    return said.month <= held.month < said.month + said.month_count


def _years_agree(said: Day, held: Day, years: Iterable[int]) -> bool:
    if said.year is None or held.year is None:
        return False
    if said.last_year is None:
        is_span = held.last_year is not None and held.last_year - held.year not in _WIDE
        return said.year in ({held.year, held.last_year} if is_span else {held.year})
    if said.last_year - said.year not in _WIDE:
        last = held.last_year
        has_last = said.last_year in years if last is None else said.last_year == last
        return held.year == said.year and has_last
    return said.year <= held.year and (held.last_year or held.year) <= said.last_year


def holds(said: Day, at: datetime) -> bool:
    """Whether an instant lies within a date."""
    made = Day(0, 0, at.year, at.month, at.day)
    return agrees(said, made)


def same_kind(said: Day, held: Day) -> bool:
    """Whether one could stand in the place of the other."""
    parts = [(day.year is None, day.month is None, day.day is None) for day in (said, held)]
    return parts[0] == parts[1]


def clock_times(text: str) -> list[TimeOfDay]:
    """Return the times of day of a text; a bare number is none."""
    found = []
    for match in _CLOCK.finditer(text):
        hour, minutes, half, zone = match.groups()
        has_colon = minutes is not None and text[match.end(1)] == ":"
        if not (has_colon or half) or int(hour) > 24:
            continue
        minute = int(hour) % 24 * 60 + int(minutes or 0)
        if half and half[0] in "apAP":
            minute = minute % 720 + (720 if half[0] in "pP" else 0)
        found.append(TimeOfDay(match.start(), match.end(), minute, _ZONES.get(zone or "")))
    return [*found, *_past_hours(text)]


def _past_hours(text: str) -> Iterator[TimeOfDay]:
    """Yield times such as half past seven."""
    for match in _PAST_HOUR.finditer(text):
        told = match[3].lower()
        hour = int(told) if told.isdecimal() else _HOURS.index(told)
        hour = hour % 12 + (12 if match[4] and match[4][0] in "pP" else 0)
        minute = 30 if match[1].lower() == "half" else 15
        after = minute if match[2].lower() == "past" else -minute
        yield TimeOfDay(match.start(), match.end(), (hour * 60 + after) % _DAY_MINUTES)


def clocks_agree(said: TimeOfDay, held: TimeOfDay) -> bool:
    if said.zone is None or held.zone is None:
        return said.minute % 720 == held.minute % 720 and (
            said.minute == held.minute or held.minute < 720
        )
    return (said.minute - said.zone) % _DAY_MINUTES == (held.minute - held.zone) % _DAY_MINUTES


def relatives(text: str, now: datetime, zone: str, taken: Sequence[Day]) -> list[Relative]:
    """Return what a text tells from the present, but for what is written as a date."""
    read = read_times(text, now=now, zone=ZoneInfo(zone))
    return [
        Relative(each.start, each.end, each.text, each.after, each.before)
        for each in read.found
        if not each.wants_newest
        and not _VAGUE.search(each.text)
        and not any(day.start < each.end and each.start < day.end for day in taken)
    ]


def within(said: Relative, at: datetime) -> bool:
    return (said.after is None or said.after <= at) and (said.before is None or at < said.before)
