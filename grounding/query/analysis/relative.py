"""Times told from the present: yesterday, last week, in the past 24 hours, on Tuesday.

"Last week" is the one before this on the calendar, while "the
last week" and "the past 3 weeks" end now. A vague number is read widely, for a window that is too
narrow loses what was asked for.
"""

import re
from collections.abc import Callable, Mapping

from grounding.query.analysis.almanac import Unit, Window
from grounding.query.analysis.named_times import (
    BARE,
    DAY_NAMES,
    DAYS,
    NAMED,
    bare,
    day_word,
    follows_the,
    named,
    other_day,
    part_of_day,
    weekday,
)
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
_NO_MORE = r"\b(?!-\w|\s+of\b)"

_SINGLE = re.compile(rf"(?P<which>this|last|next)\s+(?:{_UNIT}|{NAMED}){_NO_MORE}", re.IGNORECASE)
_ROLLING = re.compile(
    rf"(?P<way>last|past|next|coming)\s+(?:{_COUNT}\s+)?{_UNIT}(?P<many>s?){_NO_MORE}",
    re.IGNORECASE,
)
_THIS_PAST = re.compile(
    rf"this\s+(?P<way>past|coming)\s+(?:{_UNIT}|{NAMED}){_NO_MORE}", re.IGNORECASE
)
_AGO = re.compile(rf"{_COUNT}\s+{_UNIT}s?\s+(?:ago|(?P<ahead>from now))\b", re.IGNORECASE)
_MORE_THAN = re.compile(r"(?:more\s+than|over|at\s+least)\s+$", re.IGNORECASE)
_LESS_THAN = re.compile(r"(?:less\s+than|under|within)\s+$", re.IGNORECASE)
_WHICH = {"last": -1, "this": 0, "next": 1}


def relative_at(reading: Reading, position: int, word: str, *, is_led: bool) -> Core | None:
    """Return the time that begins with a word in small letters at a position.

    is_led: a preposition stands before it, so that a weekday alone is a time and no name.
    """
    if word in DAY_NAMES:
        core = weekday(reading, position, is_led=is_led)
    elif word in BARE:
        core = bare(reading, position, word) if is_led else None
    else:
        readers = _READERS.get("one" if "0" <= word[0] <= "9" else word, ())
        core = next((core for read in readers if (core := read(reading, position))), None)
    if core is None or not core.window.is_sound:
        return None
    return None if word not in DAY_NAMES and _is_name(reading, position, core.end) else core


def _single(reading: Reading, position: int) -> Core | None:
    match = _SINGLE.match(reading.text, position)
    if match is None:
        return None
    which = _WHICH[match["which"].lower()]
    if match["unit"]:
        return _unit(reading, match, which)
    if match["part"] or match["night"]:
        return part_of_day(reading, match, which)
    return named(reading, match, which)


def _unit(reading: Reading, match: re.Match[str], which: int) -> Core | None:
    unit = _unit_of(match)
    if unit in {"second", "minute", "hour", "day"}:
        return None
    if which and follows_the(reading, match):
        return None
    window = reading.almanac.calendar_unit(unit, which)
    before = reading.text[max(0, match.start() - 8) : match.start()].lower()
    if before.endswith("earlier "):
        window = Window(window.after, reading.almanac.now)
    is_later = before.endswith("later ")
    if is_later:
        window = Window(reading.almanac.now, window.before)
    return Core(match.end(), window, is_future=is_later or which > 0)


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
    if match["part"] or match["night"]:
        return None
    return named(reading, match, 1 if is_ahead else -1)


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
    **dict.fromkeys(DAYS, (day_word,)),
    **dict.fromkeys(_NUMBERS, (_ago,)),
    "upcoming": (_upcoming,),
    "day": (other_day,),
}
RELATIVE_WORDS = frozenset(_READERS) | WEEKDAYS | frozenset(BARE)
