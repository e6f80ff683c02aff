"""Times told from the present: yesterday, last week, in the past 24 hours, on Tuesday.

A night runs from 18:00 to 06:00. "Last week" is the one before this on the calendar, while "the
last week" and "the past 3 weeks" end now. A vague number is read widely, for a window that is too
narrow loses what was asked for.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date

from grounding.query.analysis.almanac import Unit, Window, shifted, start_of
from grounding.query.analysis.dates import month_number
from grounding.query.analysis.reading import Core, Reading, begins_sentence
from grounding.query.analysis.records import Strength
from grounding.query.analysis.vocabulary import MONTHS, WEEKDAYS

_VAGUE = {"couple": 3, "few": 7, "several": 7}
_NUMBERS = {
    **dict.fromkeys(("a", "an", "one"), 1),
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    **_VAGUE,
}
_COUNT = (
    r"(?:a\s+)?(?P<count>[0-9]{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve|couple(?:\s+of)?|few|several)"
)
_UNIT = r"(?P<unit>second|minute|hour|day|week|month|quarter|year|decade)"
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_NAMED = (
    rf"(?P<weekday>{'|'.join(_DAY_NAMES)})|(?P<weekend>weekend)|(?P<night>night)"
    rf"|(?P<season>{'|'.join(_SEASONS)})|(?P<part>morning|afternoon|evening)"
    r"|(?P<month>january|february|march|april|may|june|july|august|september|october|november"
    r"|december)"
)
_NO_MORE = r"\b(?!-\w|\s+of\b)"

_SINGLE = re.compile(rf"(?P<which>this|last|next)\s+(?:{_UNIT}|{_NAMED}){_NO_MORE}", re.IGNORECASE)
_ROLLING = re.compile(
    rf"(?P<way>last|past|next|coming)\s+(?:{_COUNT}\s+)?{_UNIT}(?P<many>s?){_NO_MORE}",
    re.IGNORECASE,
)
_THIS_PAST = re.compile(
    rf"this\s+(?P<way>past|coming)\s+(?:{_UNIT}|{_NAMED}){_NO_MORE}", re.IGNORECASE
)
_AGO = re.compile(rf"{_COUNT}\s+{_UNIT}s?\s+(?:ago|(?P<ahead>from now))\b", re.IGNORECASE)
_OTHER_DAY = re.compile(
    r"day\s+(?:(?P<before>before\s+yesterday)|after\s+tomorrow)\b", re.IGNORECASE
)
_MORE_THAN = re.compile(r"(?:more\s+than|over|at\s+least)\s+$", re.IGNORECASE)
_LESS_THAN = re.compile(r"(?:less\s+than|under|within)\s+$", re.IGNORECASE)
_BEFORE_WEEKDAY = re.compile(
    r"\b(?:black|good|ash|cyber|super|giving|shrove|casual|freaky|ruby|every|each|it|it['’]s|is|a|an"
    r"|the)\s+$",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"(?P<day>yesterday|today|tomorrow|tonight)(?:\s+(?P<part>morning|afternoon|evening|night))?"
    r"\b(?!-\w|\s+(?:shows?|program(?:me)?|fm|newspaper)\b)",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    rf"(?P<weekday>{'|'.join(_DAY_NAMES)})\b(?!-\w)"
    r"(?:\s+(?P<part>morning|afternoon|evening|night)\b)?(?P<own>['’]s\b(?!\s+child))?",
    re.IGNORECASE,
)
_HOURS = {"morning": (0, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (18, 30)}
_DAYS = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}
_WHICH = {"last": -1, "this": 0, "next": 1}


def relative_at(reading: Reading, position: int, word: str, *, is_led: bool) -> Core | None:
    """Return the time that begins with a word in small letters at a position.

    is_led: a preposition stands before it, so that a weekday alone is a time and no name.
    """
    if word in _DAY_NAMES:
        core = _weekday(reading, position, is_led=is_led)
    elif word == "weekend":
        core = _bare_weekend(reading, position) if is_led else None
    else:
        readers = _READERS.get("one" if "0" <= word[0] <= "9" else word, ())
        core = next((core for read in readers if (core := read(reading, position))), None)
    if core is None or not core.window.is_sound:
        return None
    return None if word not in _DAY_NAMES and _is_name(reading, position, core.end) else core


def _single(reading: Reading, position: int) -> Core | None:
    match = _SINGLE.match(reading.text, position)
    if match is None:
        return None
    which = _WHICH[match["which"].lower()]
    if match["unit"]:
        return _unit(reading, match, which)
    if match["part"] or match["night"]:
        return _part_of_day(reading, match, which)
    return _named(reading, match, which)


def _unit(reading: Reading, match: re.Match[str], which: int) -> Core | None:
    unit = _unit_of(match)
    if unit in {"second", "minute", "hour"} or (unit == "day" and which):
        return None
    if which and _follows_the(reading, match):
        return None
    window = reading.almanac.calendar_unit(unit, which)
    before = reading.text[max(0, match.start() - 8) : match.start()].lower()
    if before.endswith("earlier "):
        window = Window(window.after, reading.almanac.now)
    is_later = before.endswith("later ")
    if is_later:
        window = Window(reading.almanac.now, window.before)
    return Core(match.end(), window, is_future=is_later or which > 0)


def _follows_the(reading: Reading, match: re.Match[str]) -> bool:
    return reading.text[max(0, match.start() - 5) : match.start()].lower().endswith(" the ")


def _part_of_day(reading: Reading, match: re.Match[str], which: int) -> Core | None:
    part = (match["part"] or match["night"]).lower()
    if which and (part != "night" or _follows_the(reading, match)):
        return None
    return Core(match.end(), _hours(reading, which, part), is_future=which > 0)


def _hours(reading: Reading, offset: int, part: str) -> Window:
    start, end = _HOURS[part]
    almanac = reading.almanac
    day, next_day = (shifted(almanac.today, "day", offset + n) for n in (0, 1))
    until = almanac.at(day, end) if end < 24 else almanac.at(next_day, end - 24)
    return Window(almanac.at(day, start), until)


def _named(reading: Reading, match: re.Match[str], which: int) -> Core | None:
    if match["weekday"]:
        window = _day_of_week(reading, match["weekday"], which)
        return Core(match.end(), window, is_future=which > 0)
    if match["weekend"]:
        return Core(match.end(), _weekend(reading, which), is_future=which > 0)
    if match["season"]:
        return Core(match.end(), _season(reading, match["season"], which), Strength.WEAK)
    is_verb = match["month"] in {"may", "march"} and which >= 0
    return None if is_verb else _month(reading, match, which)


def _day_of_week(reading: Reading, name: str, which: int) -> Window:
    today = reading.almanac.today
    days = _DAY_NAMES.index(name.lower()) - today.weekday()
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


def _bare_weekend(reading: Reading, position: int) -> Core:
    is_behind = reading.almanac.today.weekday() < 5 and not reading.is_ahead
    return Core(position + len("weekend"), _weekend(reading, -1 if is_behind else 0))


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


def _rolling(reading: Reading, position: int) -> Core | None:
    match = _ROLLING.match(reading.text, position)
    if match is None:
        return None
    unit, count = _unit_of(match), _count(match["count"])
    is_bare = match["count"] is None
    if is_bare and (match["many"] or unit in {"second", "minute"}):
        return None
    is_ahead = match["way"].lower() in {"next", "coming"}
    if is_bare and unit == "day" and match["way"].lower() != "past":
        return None
    return Core(match.end(), _from_now(reading, unit, count, is_ahead=is_ahead), is_future=is_ahead)


def _this_past(reading: Reading, position: int) -> Core | None:
    match = _THIS_PAST.match(reading.text, position)
    if match is None:
        return None
    is_ahead = match["way"].lower() == "coming"
    if match["unit"]:
        window = _from_now(reading, _unit_of(match), 1, is_ahead=is_ahead)
        return Core(match.end(), window, is_future=is_ahead)
    return (
        None if match["part"] or match["night"] else _named(reading, match, 1 if is_ahead else -1)
    )


def _from_now(reading: Reading, unit: Unit, count: int, *, is_ahead: bool) -> Window:
    now = reading.almanac.now
    if is_ahead:
        return Window(now, reading.almanac.shifted_now(unit, count))
    return Window(reading.almanac.shifted_now(unit, -count), now)


def _ago(reading: Reading, position: int) -> Core | None:
    match = _AGO.match(reading.text, position)
    if match is None:
        return None
    unit, count = _unit_of(match), _count(match["count"])
    is_ahead = match["ahead"] is not None
    before = reading.text[max(0, position - 12) : position]
    if _MORE_THAN.search(before) and not is_ahead:
        window = Window(None, reading.almanac.shifted_now(unit, -count))
    elif match["count"].lower().split()[0] in _VAGUE or _LESS_THAN.search(before):
        window = _from_now(reading, unit, count, is_ahead=is_ahead)
    else:
        window = _around(reading, unit, count if is_ahead else -count)
    return Core(match.end(), window, is_future=is_ahead)


def _around(reading: Reading, unit: Unit, count: int) -> Window:
    """Return a day as it is; of anything else the unit before and after, which people mean too."""
    almanac = reading.almanac
    if unit == "day":
        return almanac.day(count)
    return Window(almanac.shifted_now(unit, count - 1), almanac.shifted_now(unit, count + 1))


def _day_word(reading: Reading, position: int) -> Core | None:
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
    offset = _DAYS[day]
    window = _hours(reading, offset, part) if part else reading.almanac.day(offset)
    return Core(match.end(), window, is_future=offset > 0)


def _weekday(reading: Reading, position: int, *, is_led: bool) -> Core | None:
    match = _WEEKDAY.match(reading.text, position)
    if match is None or (match["part"] and not match["part"].islower() and reading.has_case):
        return None
    if not (is_led or _stands_alone(reading, match)):
        return None
    today = reading.almanac.today
    days = _DAY_NAMES.index(match["weekday"].lower()) - today.weekday()
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


def _other_day(reading: Reading, position: int) -> Core | None:
    match = _OTHER_DAY.match(reading.text, position)
    if match is None:
        return None
    offset = -2 if match["before"] else 2
    return Core(match.end(), reading.almanac.day(offset), is_future=offset > 0)


def _is_name(reading: Reading, start: int, end: int) -> bool:
    """Whether its capitals make it a name: This Morning, USA Today, Apocalypse Now."""
    if not reading.has_case:
        return False
    words = [word for word in reading.text[start:end].split() if word.lower() not in _PROPER]
    if words and begins_sentence(reading.text, start):
        words = words[1:] if not words[0].isupper() else words
    return any(word[0].isupper() for word in words)


def _unit_of(match: re.Match[str]) -> Unit:
    unit: Unit = match["unit"].lower()  # type: ignore[assignment] # the pattern admits no other
    return unit


def _count(words: str | None) -> int:
    if words is None:
        return 1
    return int(words) if words.isdigit() else _NUMBERS[words.lower().split()[0]]


_PROPER = MONTHS | WEEKDAYS


def _upcoming(reading: Reading, position: int) -> Core:
    window = Window(reading.almanac.now, None)
    return Core(position + len("upcoming"), window, Strength.WEAK, is_future=True)


_Read = Callable[[Reading, int], Core | None]
_READERS: Mapping[str, tuple[_Read, ...]] = {
    "this": (_this_past, _single),
    "last": (_single, _rolling),
    "next": (_single, _rolling),
    **dict.fromkeys(("past", "coming"), (_rolling,)),
    **dict.fromkeys(_DAYS, (_day_word,)),
    **dict.fromkeys(_NUMBERS, (_ago,)),
    "upcoming": (_upcoming,),
    "day": (_other_day,),
}
RELATIVE_WORDS = frozenset(_READERS) | WEEKDAYS | {"weekend"}
