"""Read what a question says about time, in English, without guessing.

    question ─▶ words that can begin a time ─▶ [since|before|in|…] + core ─▶ windows ─▶ the one
                                               a date, or a time told                   that counts
                                               from the present

What can be read two ways (5/3/2024) and what is a name (Friday Night Lights, "This Week") is no
time. Where a year is missing, the latest one is meant, or the next if the question looks ahead.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from grounding.query.analysis.almanac import Window
from grounding.query.analysis.calendar_dates import RESTRICTING, date_at, range_at
from grounding.query.analysis.dates import WORDS
from grounding.query.analysis.deciding import deciding
from grounding.query.analysis.newest import NEWEST_WORDS, newest_at
from grounding.query.analysis.quotes import quoted
from grounding.query.analysis.reading import Core, Reading, reading
from grounding.query.analysis.records import Strength, TimeExpression, Times
from grounding.query.analysis.relative import RELATIVE_WORDS, relative_at
from grounding.query.analysis.vocabulary import words

_WORD = re.compile(r"(?<![\w.@/#$€£_])(?<![0-9],)[^\W_]+")
_LIMIT = re.compile(
    r"(?P<limit>on\s+or\s+(?:before|after)|no\s+(?:later|earlier)\s+than|since|after|before"
    r"|prior\s+to|(?:up\s+)?until|till|by|as\s+of|as\s+at|from|between|in|on"
    r"|at(?=\s+the\s+weekend)|over|during|throughout|within|through)\s+(?:the\s+)?"
    r"(?:(?:early|late|mid|(?:the\s+)?(?:end|start|beginning|middle)\s+of)[\s-]+(?:the\s+)?)?"
    r"(?:['’](?=[0-9]))?",
    re.IGNORECASE,
)
_HEAD = re.compile(r"[^\W_]+")
_LIMITS = words(
    "since after before prior up until till by as from between in on at over during throughout"
    " within through no"
)
_HEADS = _LIMITS | WORDS | RELATIVE_WORDS | NEWEST_WORDS
_NEVER_BEFORE_A_DAY = frozenset({"", "in", "by", "until", "up until", "till"})
_BEFORE = frozenset({"before", "prior to"})
_FROM_THE_START = frozenset({"since", "on or after", "no earlier than"})
_UP_TO_THE_END = frozenset(
    {"until", "up until", "till", "by", "as of", "as at", "on or before", "no later than"}
)
_ONWARDS = re.compile(
    r"\s+(?:onwards?\b|on\b(?!\s+\w)"
    r"|(?:to|until|till|through)\s+(?:the\s+)?(?:present|now|today|date)\b)",
    re.IGNORECASE,
)
_NAMED_YEAR = re.compile(r"\bthe\s+(?!.*\bof\b)[^-]*[12][0-9]{3}$", re.IGNORECASE)
_PUBLISHED = words(
    "published posted articles article news headlines stories reports posts coverage papers"
)
_LAST_TWO = re.compile(r"(\w+)(?:\s+(\w+))?['’s]*\s*$")
_NEXT_WORD = re.compile(r"(?:['’]s)?\s+(\w+)")


MOST_TIMES = 32
"""How many times are read out of one question, the first ones."""


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    limit: str
    core: Core


def read_times(question: str, *, now: datetime, zone: ZoneInfo) -> Times:
    """Return every time a question names, in order, and the window that counts.

    `zone` is where the question is asked: its midnights bound the days.

    Raises:
        ValueError: `now` has no zone.
    """
    read = reading(question, now=now, zone=zone)
    found = tuple(
        expression
        for one in islice(_found(read), MOST_TIMES)
        if (expression := _expression(read, one)) is not None
    )
    return Times(found, deciding(found), any(one.wants_newest for one in found))


def time_window(question: str, *, now: datetime, zone: ZoneInfo) -> TimeExpression | None:
    """Return the window that counts; None where a question has none, or contradicts itself.

    Raises:
        ValueError: `now` has no zone.
    """
    return read_times(question, now=now, zone=zone).window


def _found(read: Reading) -> Iterator[_Found]:
    quotations = [span for span in quoted(read.text) if span[1] - span[0] < len(read.text) - 3]
    end = 0
    for match in _WORD.finditer(read.text):
        word = match[0].lower()
        if not (word in _HEADS or "0" <= word[0] <= "9") or match.start() < end:
            continue
        found = _found_at(read, match.start(), word)
        if found is None or _is_quoted(quotations, found.start, found.core.end):
            continue
        end = found.core.end
        yield found


def _is_quoted(quotations: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    i = bisect_left(quotations, (end, 0))
    return i > 0 and start < quotations[i - 1][1]


def _found_at(read: Reading, position: int, word: str) -> _Found | None:
    if word in _LIMITS and (match := _LIMIT.match(read.text, position)):
        limit = " ".join(match["limit"].lower().split())
        core = _limited(read, match.end(), limit)
        return None if core is None else _Found(position, limit, core)
    core = _core_at(read, position, word, limit="") or newest_at(read, position, word)
    return None if core is None else _Found(position, "", core)


def _limited(read: Reading, position: int, limit: str) -> Core | None:
    if limit in {"from", "between"} and (core := range_at(read, position)):
        return core
    head = _HEAD.match(read.text, position)
    return head and _core_at(read, position, head[0].lower(), limit=limit)


def _core_at(read: Reading, position: int, word: str, *, limit: str) -> Core | None:
    is_date = "0" <= word[0] <= "9" or word in WORDS
    if is_date and (core := range_at(read, position, by_dash=True)):
        return core
    if is_date and (core := date_at(read, position, limit=limit)):
        return core
    return relative_at(read, position, word, is_led=limit not in _NEVER_BEFORE_A_DAY)


def _expression(read: Reading, found: _Found) -> TimeExpression | None:
    core, now = found.core, read.almanac.now
    window = _limited_window(read, found)
    if not (window.is_sound or core.wants_newest):
        return None
    starts_later = window.after is not None and (core.is_future or window.after > now)
    return TimeExpression(
        text=read.text[found.start : core.end],
        start=found.start,
        end=core.end,
        after=window.after,
        before=window.before,
        strength=_strength(read, found),
        is_about=not _is_about_publication(read.text, found.start, core.end),
        is_future=starts_later,
        is_as_of=found.limit in {"as of", "as at"},
        wants_newest=core.wants_newest,
    )


def _is_about_publication(text: str, start: int, end: int) -> bool:
    before = _LAST_TWO.search(text[max(0, start - 40) : start])
    after = _NEXT_WORD.match(text, end)
    beside = (*(before.groups() if before else ()), after[1] if after else None)
    return any(word is not None and word.lower() in _PUBLISHED for word in beside)


def _limited_window(read: Reading, found: _Found) -> Window:
    """Cut the window as its preposition says: `since` leaves its beginning, `until` its end.

    "After the 2020 election" names an event somewhere in 2020, so nothing of that year is cut off.
    """
    window, limit = found.core.window, found.limit
    is_wide = _names_an_event(read, found)
    if limit in _FROM_THE_START or (limit == "after" and is_wide) or _is_onwards(read, found):
        return Window(window.after, None)
    if limit == "after":
        return Window(window.before, None)
    if limit in _UP_TO_THE_END or (limit in _BEFORE and is_wide):
        return Window(None, window.before)
    return Window(None, window.after) if limit in _BEFORE else window


def _names_an_event(read: Reading, found: _Found) -> bool:
    is_limit = found.limit in RESTRICTING
    return is_limit and _NAMED_YEAR.search(read.text, found.start, found.core.end) is not None


def _is_onwards(read: Reading, found: _Found) -> bool:
    return found.limit == "from" and _ONWARDS.match(read.text, found.core.end) is not None


def _strength(read: Reading, found: _Found) -> Strength:
    if _names_an_event(read, found):
        return Strength.WEAK
    return Strength.STRONG if _is_onwards(read, found) else found.core.strength
