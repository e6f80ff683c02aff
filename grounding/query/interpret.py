"""Read a question before it is searched for: what to look for literally, and when.

    question ─▶ terms ─▶ the lexical leg, where standing in a row counts for more
             └▶ times ─▶ filter      clearly about publication: "articles from March 2024"
                         preference  clearly about events: "what happened yesterday"; "latest"
                         as_of       "as of 1 May"
                         nothing     vague, ahead, or the request says it itself

A preference never hides anything, and of a time at which something happened only its beginning
counts, for reports go on appearing.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from grounding.query.analysis.records import Strength, TimeExpression
from grounding.query.analysis.terms import terms
from grounding.query.analysis.times import read_times
from grounding.query.interpretation import NOT_INTERPRETED, Interpretation, ReadTime, Use
from grounding.query.question import Filters

MOST_TERMS = 32
"""How many terms are looked for, the first ones."""
LONGEST = 4_000
"""How many characters of a question are read, the first ones."""

_Decided: TypeAlias = tuple[TimeExpression, Use, str]

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_EXCLUDED = "another time in the question excludes it"


def interpret(question: str, filters: Filters, *, now: datetime, zone: ZoneInfo) -> Interpretation:
    """Return what a question says by itself; nothing where `filters.interpret` is false.

    Its times are told from the request's `as_of`, else from `now`, in the zone it is asked in.
    What the request filters by itself goes before what its question says.
    """
    if not filters.interpret:
        return NOT_INTERPRETED
    read = question[:LONGEST]
    at = filters.as_of or now
    found = read_times(read, now=at, zone=zone).found
    decided = _reconciled([(each, *_decided(each, filters)) for each in found])
    after, before = _common(_used(decided, Use.FILTER))
    preferred = [each for each in _used(decided, Use.PREFERENCE) if not each.wants_newest]
    as_of = next((_end(each, at) for each in _used(decided, Use.AS_OF)), None)
    return Interpretation(
        terms=terms(read)[:MOST_TERMS],
        times=tuple(
            ReadTime(each.text, each.after, each.before, use, why) for each, use, why in decided
        ),
        as_of=as_of,
        published_after=None if after == _FIRST else after,
        published_before=None if before == _LAST else before,
        preferred_from=_common(preferred)[0] if preferred else None,
        prefers_newest=any(each.wants_newest for each in _used(decided, Use.PREFERENCE)),
    )


def _decided(one: TimeExpression, filters: Filters) -> tuple[Use, str]:
    if one.wants_newest:
        return Use.PREFERENCE, "asks for the newest: recency counts twice"
    if one.is_future:
        return Use.NONE, "lies ahead: nothing was published then"
    if one.strength is not Strength.STRONG:
        return Use.NONE, "too vague to search by"
    return _of_state(filters) if one.is_as_of else _of_publication(one, filters)


def _of_state(filters: Filters) -> tuple[Use, str]:
    if filters.as_of is not None:
        return Use.NONE, "the request gives as_of itself"
    return Use.AS_OF, "asks how things stood then"


def _of_publication(one: TimeExpression, filters: Filters) -> tuple[Use, str]:
    given = (filters.published_after, filters.published_before, filters.max_age)
    if any(each is not None for each in given):
        return Use.NONE, "the request says itself when it was published"
    if not one.is_about:
        return Use.FILTER, "says when it was published"
    if one.after is None:
        return Use.NONE, "says only when it happened at the latest; reports may come later"
    return Use.PREFERENCE, "says when it happened: reports since then are preferred"


def _reconciled(decided: Sequence[_Decided]) -> list[_Decided]:
    """Make no use of times of one use that have no instant in common."""
    excluded = {
        use
        for use in (Use.FILTER, Use.PREFERENCE, Use.AS_OF)
        if not _agree([each for each in _used(decided, use) if not each.wants_newest], use)
    }
    return [
        (each, Use.NONE, _EXCLUDED)
        if use in excluded and not each.wants_newest
        else (each, use, why)
        for each, use, why in decided
    ]


def _agree(times: Sequence[TimeExpression], use: Use) -> bool:
    if use is Use.AS_OF:
        return len({each.before for each in times}) <= 1
    after, before = _common(times)
    return after < before


def _used(decided: Iterable[_Decided], use: Use) -> list[TimeExpression]:
    return [each for each, used, _ in decided if used is use]


def _common(times: Iterable[TimeExpression]) -> tuple[datetime, datetime]:
    """Return the window that all of these have in common."""
    listed = list(times)
    after = max((each.after or _FIRST for each in listed), default=_FIRST)
    return after, min((each.before or _LAST for each in listed), default=_LAST)


def _end(one: TimeExpression, now: datetime) -> datetime | None:
    """Return the last instant of a time; None where that is the present or later."""
    return one.before - _TICK if one.before is not None and one.before < now else None
