"""Times that have names: days, weekdays, weekends, parts of a day, seasons and months.

A night runs from 18:00 to 06:00, and a season is the one of the north.
"""

import re
from collections.abc import Mapping
from datetime import date

from grounding.query.analysis.almanac import Unit, Window, shifted, start_of
from grounding.query.analysis.dates import month_number
from grounding.query.analysis.reading import Core, Reading
from grounding.query.analysis.records import Strength

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
NAMED = (
    rf"(?P<weekday>{'|'.join(DAY_NAMES)})|(?P<weekend>weekend)|(?P<night>night)"
    rf"|(?P<season>{'|'.join(_SEASONS)})|(?P<part>morning|afternoon|evening)"
    r"|(?P<month>january|february|march|april|may|june|july|august|september|october|november"
    r"|december)"
)
_OTHER_DAY = re.compile(
    r"day\s+(?:(?P<before>before\s+yesterday)|after\s+tomorrow)\b", re.IGNORECASE
)
_BEFORE_WEEKDAY = re.compile(
    r"\b(?:black|good|ash|cyber|super|giving|shrove|casual|freaky|ruby|every|each|it|it['’]s|is|a|an|by"
    r"|until|till|the)\s+$",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"(?P<day>yesterday|today|tomorrow|tonight)(?:\s+(?P<part>morning|afternoon|evening|night))?"
    r"\b(?!-\w|\s+(?:shows?|program(?:me)?|fm|newspaper)\b)",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    rf"(?P<weekday>{'|'.join(DAY_NAMES)})\b(?!-\w)"
    r"(?:\s+(?P<part>morning|afternoon|evening|night)\b)?(?P<own>['’]s\b(?!\s+child))?",
    re.IGNORECASE,
)
_HOURS = {"morning": (0, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (18, 30)}
DAYS = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}
BARE: Mapping[str, Unit] = {
    "weekend": "week",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
    "decade": "decade",
}
_START_OF_THE = re.compile(r"(?:start|beginning)\s+of\s+the\s+$", re.IGNORECASE)


def day_word(reading: Reading, position: int) -> Core | None:
    match = _DAY.match(reading.text, position)
    if match is None:
        return None
    day = match["day"].lower()
    text = reading.text
    if text[max(0, position - 4) : position].lower() == "usa ":
        return None
    if position == 0 and text[match.end() : match.end() + 4].lower() == " by ":
        return None
    part = "night" if day == "tonight" else (match["part"] or "").lower()
    offset = DAYS[day]
    window = _hours(reading, offset, part) if part else reading.almanac.day(offset)
    return Core(match.end(), window, is_future=offset > 0)


def other_day(reading: Reading, position: int) -> Core | None:
    match = _OTHER_DAY.match(reading.text, position)
    if match is None:
        return None
    offset = -2 if match["before"] else 2
    return Core(match.end(), reading.almanac.day(offset), is_future=offset > 0)


def weekday(reading: Reading, position: int, *, is_led: bool) -> Core | None:
    match = _WEEKDAY.match(reading.text, position)
    if match is None or (match["part"] and not match["part"].islower() and reading.has_case):
        return None
    if not (is_led or _stands_alone(reading, match)):
        return None
    today = reading.almanac.today
    days = DAY_NAMES.index(match["weekday"].lower()) - today.weekday()
    if reading.is_ahead:
        days += 7 if days < 0 else 0
    else:
        days -= 7 if days > 0 else 0
    end = match.start("own") if match["own"] else match.end()
    return Core(end, reading.almanac.day(days))


def _stands_alone(reading: Reading, match: re.Match[str]) -> bool:
    """Whether a weekday without a preposition is a time: Monday's match, who won Monday?"""
    is_last_word = not reading.text[match.end() : match.end() + 9].strip(" ?.!")
    before = reading.text[max(0, match.start() - 12) : match.start()]
    is_last = is_last_word and match.start() > 0
    return bool(match["own"] or is_last) and not _BEFORE_WEEKDAY.search(before)


def named(reading: Reading, match: re.Match[str], which: int) -> Core | None:
    if match["weekday"]:
        window = _day_of_week(reading, match["weekday"], which)
        return Core(match.end(), window, is_future=which > 0)
    if match["weekend"]:
        return Core(match.end(), _weekend(reading, which), is_future=which > 0)
    if match["season"]:
        return Core(match.end(), _season(reading, match["season"], which), Strength.WEAK)
    is_verb = match["month"] in {"may", "march"} and which >= 0
    return None if is_verb else _month(reading, match, which)


def part_of_day(reading: Reading, match: re.Match[str], which: int) -> Core | None:
    part = (match["part"] or match["night"]).lower()
    if which and (part != "night" or follows_the(reading, match)):
        return None
    return Core(match.end(), _hours(reading, which, part), is_future=which > 0)


def bare(reading: Reading, position: int, word: str) -> Core | None:
    """Read "over the weekend", and the year in "since the start of the year"."""
    if word != "weekend":
        if not _START_OF_THE.search(reading.text, max(0, position - 20), position):
            return None
        return Core(position + len(word), reading.almanac.calendar_unit(BARE[word], 0))
    is_behind = reading.almanac.today.weekday() < 5 and not reading.is_ahead
    return Core(position + len("weekend"), _weekend(reading, -1 if is_behind else 0))


def _hours(reading: Reading, offset: int, part: str) -> Window:
    start, end = _HOURS[part]
    almanac = reading.almanac
    day, next_day = (shifted(almanac.today, "day", offset + n) for n in (0, 1))
    until = almanac.at(day, end) if end < 24 else almanac.at(next_day, end - 24)
    return Window(almanac.at(day, start), until)


def _day_of_week(reading: Reading, name: str, which: int) -> Window:
    today = reading.almanac.today
    days = DAY_NAMES.index(name.lower()) - today.weekday()
    if which < 0 and days >= 0:
        days -= 7
    if which > 0 and days <= 0:
        days += 7
    return reading.almanac.day(days)


def _weekend(reading: Reading, which: int) -> Window:
    almanac = reading.almanac
    is_weekend = almanac.today.weekday() >= 5
    weeks = which if which >= 0 or is_weekend else -1
    monday = shifted(start_of(almanac.today, "week"), "week", weeks)
    return almanac.days(shifted(monday, "day", 5), shifted(monday, "day", 7))


def _season(reading: Reading, name: str, which: int) -> Window:
    """Return the three months of a season in the north; the last one is over, or nearly so."""
    today = reading.almanac.today
    first: date | None = date(today.year, _SEASONS[name.lower()], 1)
    if name.lower() == "winter" and today.month < 3:
        first = shifted(first, "year", -1)
    if which < 0 and first is not None and first.replace(day=28) > today:
        first = shifted(first, "year", -1)
    if which > 0 and first is not None and first <= today:
        first = shifted(first, "year", 1)
    return reading.almanac.days(first, shifted(first, "quarter", 1))


def _month(reading: Reading, match: re.Match[str], which: int) -> Core:
    today = reading.almanac.today
    first: date | None = date(today.year, month_number(match["month"]), 1)
    if which < 0 and (first is None or first >= start_of(today, "month")):
        first = shifted(first, "year", -1)
    if which > 0 and first is not None and first <= today:
        first = shifted(first, "year", 1)
    return Core(match.end(), reading.almanac.days(first, shifted(first, "month", 1)))


def follows_the(reading: Reading, match: re.Match[str]) -> bool:
    before = reading.text[max(0, match.start() - 5) : match.start()]
    return f" {before}".lower().endswith(" the ")
