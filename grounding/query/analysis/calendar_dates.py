"""Dates and ranges of dates in a question, told from numbers and words that only look like them.

May and March are verbs, 1984 is a novel, 2000 may be patients: a year or month alone is a time
only where its neighbours do not speak against it, and weak even then.
"""

import re
from dataclasses import replace
from datetime import date

from grounding.query.analysis.almanac import shifted, start_of
from grounding.query.analysis.dates import Parts, bounds, parts_at, with_nearest_year
from grounding.query.analysis.reading import Core, Reading, begins_sentence
from grounding.query.analysis.records import Strength
from grounding.query.analysis.relative import relative_at
from grounding.query.analysis.vocabulary import words

RESTRICTING = frozenset(
    {"since", "after", "before", "prior to", "until", "up until", "till", "as of", "as at"}
    | {"between", "on or before", "on or after", "no later than", "no earlier than"}
)
"""Prepositions that make even a year alone a clear restriction."""

_OF_MONTHS = RESTRICTING | {"in", "by", "from", "during", "throughout", "through", "within"}
_OLDEST_BARE_YEAR, _LAST_YEAR = 1900, 2099
_NOT_A_YEAR_AFTER = words(
    "windows office excel word access outlook exchange server visual studio area formula flight"
    " room route highway page no number model iso rfc din blade runner cyberpunk fallout fifa"
    " version reads read wrote novel book film movie song album about nearly almost over under"
    " than exactly roughly x first next last top approximately some unit pep volume chapter"
    " section article act"
)
_COUNTED = (
    r"by|people|men|women|children|patients|participants|cases|deaths|jobs|users|members|times"
    r"|dollars|euros|pounds|percent|years?|months|weeks|days|hours|minutes|miles|kilomet\w+|met\w+"
    r"|feet|calories|words|votes|points|base|baise|pairs|m|km|kg|g|mg|ml|l|rpm|hz|mhz|mb|gb|w|kw"
    r"|mw|usd|eur|gbp|degrees|tons|tonnes|troops|soldiers|units|acres|homes|flights"
)
_NOT_A_YEAR_BEFORE = re.compile(rf"\s+(?:{_COUNTED})\b|\s+(?:million|billion)\b", re.IGNORECASE)
_PLURAL = re.compile(r"\s+[a-z]+s\b")
_LAST_WORD = re.compile(r"([^\W_]+)['’s]*[\s(]+$")
_SEASON = re.compile(r"[-–/](?P<short>[0-9]{2})\b(?![-–/.]?[0-9])")
_YEAR_AND_MORE = re.compile(r"\s?[-–/.]\s?[0-9]|-\w+-")
_WEEK_OF = re.compile(r"\bweek\s+of\s+$", re.IGNORECASE)
_DASHED = re.compile(
    r"[0-9]{1,2}(?:st|nd|rd|th)?\s?[-–—]\s?[0-9]{1,2}(?:st|nd|rd|th)?\s+[A-Za-z]{2}"
    r"|[0-9]{4}\s?[-–—]\s?[0-9]|[A-Za-z]{3,9}\.?(?:\s[0-9]{1,2})?(?:st|nd|rd|th)?\s?[-–—]"
)
_DASH = re.compile(r"\s?[-–—]\s?")
_TO = re.compile(r"\s+(?:to|and|until|till|through|thru)\s+(?:the\s+)?|\s?[-–—]\s?", re.IGNORECASE)
_BARE_DAY = re.compile(r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?\b(?![.,:]?[0-9%])", re.IGNORECASE)
_NAME_GOES_ON = re.compile(r"\s+(?![IQH]\b|I['’])[^\W\d_]*[A-Z]|['’]s\b|-\w")
_HEAD = re.compile(r"[^\W_]+")


def date_at(reading: Reading, position: int, *, limit: str) -> Core | None:
    """Return the date at a position, where a word or number begins.

    limit: the preposition before it in small letters, or "".
    """
    found = parts_at(reading.text, position)
    if found is None:
        return None
    parts, end = found
    if parts.kind == "year":
        return _year(reading, position, parts, end, limit)
    if not _is_meant(reading, position, end, parts, limit):
        return None
    if parts.day and _WEEK_OF.search(reading.text, max(0, position - 12), position):
        return _week(reading, parts, end)
    is_clear = parts.kind in {"full", "month", "part"} or limit in RESTRICTING
    return _core(reading, parts, end, Strength.STRONG if is_clear else Strength.WEAK)


def range_at(reading: Reading, position: int, *, by_dash: bool = False) -> Core | None:
    """Return the time from one date to another that begins at a position.

    by_dash: only "3-7 May 2024", not "3 to 7 May 2024".
    """
    if by_dash and not _DASHED.match(reading.text, position):
        return None
    between = _DASH if by_dash else _TO
    first = _edge_at(reading.text, position)
    mark = first and between.match(reading.text, first[1])
    if first is None or mark is None:
        return None if by_dash else _relative_range(reading, position)
    last = _edge_at(reading.text, mark.end())
    if last is None or _may_be_verb(reading, position, last[1], last[0]):
        return None
    return _spanning(reading, first[0], last[0], last[1], by_dash=by_dash)


def _week(reading: Reading, parts: Parts, end: int) -> Core | None:
    found = bounds(with_nearest_year(parts, reading.almanac.today, is_ahead=reading.is_ahead))
    if found is None:
        return None
    monday = start_of(found[0], "week")
    return Core(end, reading.almanac.days(monday, shifted(monday, "week", 1)))


def _core(reading: Reading, parts: Parts, end: int, strength: Strength) -> Core | None:
    almanac = reading.almanac
    found = bounds(with_nearest_year(parts, almanac.today, is_ahead=reading.is_ahead))
    return None if found is None else Core(end, almanac.days(*found), strength)


def _year(reading: Reading, position: int, parts: Parts, end: int, limit: str) -> Core | None:
    year = parts.year or 0
    if season := _SEASON.match(reading.text, end):
        return _season(reading, year, season)
    if _YEAR_AND_MORE.match(reading.text, end) or not _is_year(reading, position, end, year, limit):
        return None
    strength = Strength.STRONG if limit in RESTRICTING else Strength.WEAK
    return _core(reading, parts, end, strength)


def _season(reading: Reading, year: int, match: re.Match[str]) -> Core | None:
    """Read 2023-24 as both years; 2024-03 is a month, for no season ends in the year 3."""
    short = int(match["short"])
    if short == (year + 1) % 100:
        days = reading.almanac.days(date(year, 1, 1), shifted(date(year, 1, 1), "year", 2))
        return Core(match.end(), days, Strength.WEAK)
    return _core(reading, Parts("month", year, short), match.end(), Strength.STRONG)


def _is_year(reading: Reading, position: int, end: int, year: int, limit: str) -> bool:
    text = reading.text
    if year > _LAST_YEAR or _NOT_A_YEAR_BEFORE.match(text, end):
        return False
    if year < _OLDEST_BARE_YEAR:
        return limit in _OF_MONTHS and not _PLURAL.match(text, end)
    if limit in _OF_MONTHS:
        return True
    before = text[max(0, position - 20) : position]
    if before.endswith("-"):
        return before[-4:].lower() == "mid-"
    last = _LAST_WORD.search(before)
    return last is None or last[1].lower() not in _NOT_A_YEAR_AFTER


def _is_meant(reading: Reading, position: int, end: int, parts: Parts, limit: str) -> bool:
    if parts.kind == "alone":
        return _is_month(reading, position, end, limit)
    if parts.kind == "day":
        return not _is_a_count(reading, position, end, limit)
    return parts.kind != "decade" or _is_decade(reading, position, end, parts)


def _is_month(reading: Reading, position: int, end: int, limit: str) -> bool:
    name = reading.text[position:end]
    if limit not in _OF_MONTHS or (len(name) < 4 and name.lower() != "may"):
        return False
    if not reading.has_case:
        return True
    return name[0].isupper() and not _NAME_GOES_ON.match(reading.text, end)


def _is_a_count(reading: Reading, position: int, end: int, limit: str) -> bool:
    """Whether "May 5" or "5 may" has no year and is no date: in "May 5 people …?", say."""
    text = reading.text[position:end]
    if _NOT_A_YEAR_BEFORE.match(reading.text, end):
        return True
    if limit:
        return False
    is_verb = "may" in text.lower() or "march" in text.lower()
    has_capital = any(map(str.isupper, text))
    return is_verb and (not has_capital or begins_sentence(reading.text, position))


def _is_decade(reading: Reading, position: int, end: int, parts: Parts) -> bool:
    if end - position > 4:
        return True
    before = reading.text[max(0, position - 5) : position].lower().rstrip("'’")
    return before.endswith("the ") and (parts.year or 0) >= 1950


def _may_be_verb(reading: Reading, position: int, end: int, last: Parts) -> bool:
    said = reading.text[position:end]
    goes_on = _HEAD.match(reading.text, end + 1) is not None
    return last.year is None and said.endswith("may") and (reading.has_case or goes_on)


def _edge_at(text: str, position: int) -> tuple[Parts, int] | None:
    if found := parts_at(text, position):
        return found
    match = _BARE_DAY.match(text, position)
    return (Parts("day", day=int(match["day"])), match.end()) if match else None


def _spanning(
    reading: Reading, first: Parts, last: Parts, end: int, *, by_dash: bool
) -> Core | None:
    if not (first.month or first.year or last.month or last.year):
        return None
    is_bare = by_dash and first.kind == "year" == last.kind
    first, last = _completed(first, last)
    if any(edge.month is None and (edge.year is None or edge.day) for edge in (first, last)):
        return None
    if last.year is None:
        first = with_nearest_year(first, reading.almanac.today, is_ahead=reading.is_ahead)
        last = _following(last, first)
    starts, ends = bounds(first), bounds(last)
    if starts is None or ends is None or not _are_years(reading, first, last, end):
        return None
    strength = Strength.WEAK if is_bare else Strength.STRONG
    return Core(end, reading.almanac.days(starts[0], ends[1]), strength)


def _completed(first: Parts, last: Parts) -> tuple[Parts, Parts]:
    """Let each edge borrow from the other what it leaves out."""
    if first.day and last.day:
        first = replace(first, month=first.month or last.month)
        last = replace(last, month=last.month or first.month)
    if first.year is None and last.year is not None:
        first = replace(first, year=last.year - (first.order > last.order > (0, 0)))
    elif last.year is None and first.year is not None:
        last = _following(last, first)
    return first, last


def _following(last: Parts, first: Parts) -> Parts:
    return replace(last, year=(first.year or 0) + (first.order > last.order))


def _are_years(reading: Reading, first: Parts, last: Parts, end: int) -> bool:
    """Whether two numbers of four digits, if that is all there is, are years."""
    if first.kind != "year" or last.kind != "year":
        return True
    is_counted = _NOT_A_YEAR_BEFORE.match(reading.text, end) is not None
    return not is_counted and 1000 <= (first.year or 0) <= (last.year or 0) <= _LAST_YEAR


def _relative_range(reading: Reading, position: int) -> Core | None:
    first = _relative_edge(reading, position)
    mark = first and _TO.match(reading.text, first.end)
    last = mark and _relative_edge(reading, mark.end())
    if first is None or last is None:
        return None
    window = replace(first.window, before=last.window.before)
    return Core(last.end, window) if window.is_sound else None


def _relative_edge(reading: Reading, position: int) -> Core | None:
    head = _HEAD.match(reading.text, position)
    return head and relative_at(reading, position, head[0].lower(), is_led=True)
