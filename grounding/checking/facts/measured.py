"""Hold the numbers of a claim against those of the evidence."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, DivisionByZero, InvalidOperation
from itertools import permutations
from typing import Final

from grounding.checking.facts import days
from grounding.checking.facts.asked import MOST_ASKED, MOST_NEAR, Asked
from grounding.checking.facts.directions import Turn, other_edge, turn_of
from grounding.checking.facts.joined import negated
from grounding.checking.facts.quantities import (
    agree,
    counted_alike,
    noun_of,
    same_kind,
    same_number,
)
from grounding.checking.facts.reading import Held, Reading
from grounding.checking.facts.records import Quantity
from grounding.checking.facts.units import may_be_confused
from grounding.checking.records import FactKind, Finding, Match, Span

_CHANGE: Final = re.compile(
    r"\b(?:r[io]se[sn]?|fell|falls?|fallen|increas\w+|decreas\w+|gain\w*|lost|drop\w*|grew|grow\w*"
    r"|up|down|more|less|fewer|higher|lower|differ\w+|by|difference|change\w*|older|younger"
    r"|after|later|earlier|total|together|combined|sum)\b",
    re.IGNORECASE,
)
_PAST: Final = re.compile(
    r"\b(?:previous\w*|before|earlier|prior|yesterday|last|ago|from|than|after|since)\b",
    re.IGNORECASE,
)
_AT: Final = re.compile(r"\b(?:at|by|from|to|until|till)\s$")
_OCLOCK: Final = re.compile(r"\s?o['’]clock\b")
_APART: Final = 12
"""Letters from a date to the last day that shares its month."""
_NO_COUNTS: Final = frozenset({"one half", "double"})
_SELDOM_COUNTS: Final = frozenset({"first", "a", "an"})
"""Words that are said without counting: evidence has to have another number in their place."""
_NONE: Final = re.compile(
    r"\b(?P<none>no|without|none|nobody|nil)\b(?:(?<=no|ut)(?P<what>(?:\s[^\W\d_]+){1,4}))?",
    re.IGNORECASE,
)
_SAME_KIND: Final = 0.35
"""How much less alike a sentence may be where the number counts the same."""
_MOST_DERIVED: Final = 8


def measured(asked: Asked) -> Iterator[Finding]:
    """Yield what became of each number of a claim, unless it is part of a name or of a time."""
    own = [(name.start, name.end) for name in asked.said.names]
    own += [(relative.start, relative.end) for relative in asked.relatives]
    for said in asked.said.quantities[:MOST_ASKED]:
        in_name = any(start <= said.start and said.end <= end for start, end in own)
        word = asked.said.text[said.number.start : said.number.end].lower()
        if in_name or word in _NO_COUNTS or (word == "one" and said.unit is None):
            continue
        found = _finding(asked, said)
        if word not in _SELDOM_COUNTS or found.match is not Match.MISSING:
            yield found


def _finding(asked: Asked, said: Quantity) -> Finding:
    span = (said.start, said.end)
    found = _agreeing(asked, said)
    if found is not None:
        return _displacing(asked, said, found) or found
    if (none := _none(asked, said)) is not None:
        return none
    if (found := _other_unit(asked, said)) is not None:
        return found
    if (held := _derived(asked, said) or _told_by_two(asked, said)) is not None:
        return asked.matched(FactKind.NUMBER, *span, held, None)
    if (other := _in_its_place(asked, said)) is not None:
        held, quantity = other
        return asked.differs(FactKind.NUMBER, span, held, Span(quantity.start, quantity.end))
    return asked.missing(FactKind.NUMBER, *span)


def _displacing(asked: Asked, said: Quantity, found: Finding) -> Finding | None:
    """Return the finding that what agrees with a number is not what the claim means, if so."""
    if found.match is not Match.MATCHED:
        return found
    return _displaced(asked, said, found) or _other_unit(asked, said, is_sure=True)


def _none(asked: Asked, said: Quantity) -> Finding | None:
    """Return the finding that evidence says in words that there is none."""
    if any(said.number.values):
        return None
    for held in asked.held:
        for match in _NONE.finditer(held.text.text):
            if _is_none_of(said, match["what"]):
                place = Span(match.start(), match.end("none"))
                return asked.matched(FactKind.NUMBER, said.start, said.end, held, place)
    return None


def _is_none_of(said: Quantity, what: str | None) -> bool:
    """Whether it is what a zero counts that evidence has none of; said is what follows "no"."""
    if what is None or not said.noun:
        return True
    return any(noun_of(word) == said.noun for word in what.split())


def _agreeing(asked: Asked, said: Quantity) -> Finding | None:
    """Return the finding of what agrees with a number, that which goes its way before all else."""
    own = turn_of(asked.said.text, said.start, said.end)
    best: tuple[tuple[bool, int], Held, Span | None] | None = None
    turned: tuple[Held, Span] | None = None
    for held in asked.held:
        for read, each in _like(asked, said, held):
            against = _against(asked, own, said, each, read) if read is held.text else None
            near = asked.nearness(said.start, said.end, read, (each.start, each.end))
            rank = (against is None, near)
            if best is None or rank > best[0]:
                place = Span(each.start, each.end) if read is held.text else None
                best = (rank, held, place)
                turned = None if against is None else (held, Span(*_with(against, each)))
        if best is None and (said_by := _beside(asked, said, held)):
            best = ((True, 0), said_by, None)
    if best is None:
        return None
    if own is not None and turned is not None:
        return asked.differs(FactKind.POLARITY, _with(own, said), *turned)
    return asked.matched(FactKind.NUMBER, said.start, said.end, best[1], best[2])


def _like(asked: Asked, said: Quantity, held: Held) -> Iterator[tuple[Reading, Quantity]]:
    """Yield what agrees with a number, and the text that it stands in."""
    for read in held.both:
        for each in read.nearby.of_size(said):
            is_like = agree(said, each) or _falls(asked, said, read, each)
            if is_like and not _is_past(asked, held, each):
                yield read, each


def _against(
    asked: Asked, own: Turn | None, said: Quantity, found: Quantity, held: Reading
) -> Turn | None:
    """Return the word by which evidence says that a number went, or was, the other way."""
    if own is None:
        return None
    if edge := other_edge(asked.said.text, said.start, held.text, found.start):
        return edge
    other = turn_of(held.text, found.start, found.end)
    return other if other and own.is_up is not other.is_up else None


def _with(turn: Turn, of: Quantity) -> tuple[int, int]:
    """Return where a number and the word by which it went stand together."""
    return min(turn.start, of.start), max(turn.end, of.end)


def _falls(asked: Asked, said: Quantity, held: Reading, found: Quantity) -> bool:
    """Whether one is told as a fall and the other as a number below zero: fell 2%, -2%."""
    one, other = said.number.values[0], found.number.values[0]
    if one * other >= 0 or not agree(negated(said), found):
        return False
    return asked.tells_a_fall if one > 0 else held.sentence_at(found.start).tells_a_fall


def _is_past(asked: Asked, held: Held, found: Quantity) -> bool:
    """Whether it is the value before, told beside an observation, and the claim means the value."""
    value = held.item.value
    if value is None or value.previous is None or _PAST.search(asked.said.text):
        return False
    before = value.previous.valid_from
    if any(days.holds(day, before) for day in asked.said.days):
        return False
    return value.previous.value in found.number.values and found.number.values[0] != value.value


def _counts_same(said: Quantity, held: Quantity) -> bool:
    is_bare = said.unit is None and held.unit is None
    return is_bare and bool(said.noun) and said.noun == held.noun and same_kind(said, held)


def _beside(asked: Asked, said: Quantity, held: Held) -> Held | None:
    """Return the item if its typed value agrees, or a year or day of its text is that number."""
    if held.typed is not None and agree(said, held.typed):
        return held
    if said.number.is_ordinal:
        is_day = _is_any(said, (read.days_of_months for read in held.both))
        return held if is_day or _as_quarter(said, held) else None
    bare = said.unit is None
    if bare and (_as_hour(asked, said, held) or _as_day(asked, said, held)):
        return held
    return held if bare and _is_any(said, (read.years for read in held.both)) else None


def _is_any(said: Quantity, sets: Iterable[frozenset[int]]) -> bool:
    return any(value in some for some in sets for value in said.number.values)


def _as_hour(asked: Asked, said: Quantity, held: Held) -> bool:
    """Whether it is a time of day without minutes, and evidence has it: at 7, 5 o'clock."""
    before = asked.said.text[max(0, said.start - 8) : said.start]
    if not (_AT.search(before) or _OCLOCK.match(asked.said.text, said.end)):
        return False
    hours = {Decimal(clock.minute) / 60 for clock in held.text.clock_times}
    return not hours.isdisjoint({value + half for value in said.number.values for half in (0, 12)})


def _as_day(asked: Asked, said: Quantity, held: Held) -> bool:
    """Whether it is a day that shares the month of another one: the 7 of May 5, 6 and 7."""
    before = [day for day in asked.said.days if day.day and 0 <= said.start - day.end <= _APART]
    return any(
        day.month == other.month and day.day == said.number.values[0]
        for other in before
        for day in held.text.days
    )


def _as_quarter(said: Quantity, held: Held) -> bool:
    """Whether evidence has Q3 where the claim has the third quarter."""
    is_quarter = said.ordered[:1] == (noun_of("quarter"),)
    return is_quarter and f"q{said.number.values[0]}" in held.text.words.places


def _displaced(asked: Asked, said: Quantity, found: Finding) -> Finding | None:
    """Return the finding that the number stands elsewhere, and another one in its place."""
    agreeing = [
        (held, each)
        for held in asked.held
        for each in held.text.nearby.of_size(said)
        if agree(said, each)
    ]
    if not agreeing:
        return None
    best = max(
        asked.likeness(said.start, said.end, held.text.sentence_at(each.start))
        + (_SAME_KIND if same_kind(said, each) else 0)
        for held, each in agreeing
    )
    counts_same = any(counted_alike(said, each) for _, each in agreeing)
    other = _in_its_place(asked, said, more_alike_than=best)
    if other is None and not counts_same and said.noun:
        other = _in_its_place(asked, said, by_noun=True)
    if other is None:
        return None
    held, quantity = other
    place = Span(quantity.start, quantity.end)
    return asked.differs(found.kind, (said.start, said.end), held, place)


def _other_unit(asked: Asked, said: Quantity, *, is_sure: bool = False) -> Finding | None:
    """Return the finding that evidence has the number with another unit.

    is_sure: only if it has the number with no unit that would do.
    """
    if said.unit is None or (is_sure and _has_unit(asked, said)):
        return None
    for held in asked.held:
        for each in held.text.nearby.of_size(said):
            if each.unit is None or not same_number(said, each):
                continue
            place = Span(each.unit_start, each.unit_end)
            found = asked.differs(FactKind.UNIT, (said.unit_start, said.unit_end), held, place)
            if may_be_confused(said.unit, each.unit) and asked.is_about_same(held):
                return found
    return None


def _has_unit(asked: Asked, said: Quantity) -> bool:
    """Whether evidence has the number with a unit, or beside its text."""
    return any(
        each.unit is not None and agree(said, each)
        for held in asked.held
        for read in held.both
        for each in (*read.nearby.of_size(said), *((held.typed,) if held.typed else ()))
    )


def _derived(asked: Asked, said: Quantity) -> Held | None:
    """Return the item of which two values make it: their difference, or the change in percent."""
    is_change = said.number.is_times or _CHANGE.search(asked.said.text)
    if said.number.is_ordinal or not is_change:
        return None
    for held in asked.held:
        values = [each for each in held.text.quantities if not each.number.is_ordinal]
        if 2 <= len(values) <= _MOST_DERIVED and any(
            _makes(said, one, other) for one, other in permutations(values, 2)
        ):
            return held
    return None


def _told_by_two(asked: Asked, said: Quantity) -> Held | None:
    """Return the item that has both numbers of a share apart: of ten homes, three burned."""
    if not said.number.counts:
        return None
    for held in asked.held:
        if all(count in held.text.numbers for count in said.number.counts):
            return held
    return None


def _makes(said: Quantity, one: Quantity, other: Quantity) -> bool:
    if one.unit != other.unit:
        return False
    first, last, step = one.number.values[0], other.number.values[0], said.number.step / 2
    claimed = abs(said.number.values[0])
    if said.number.is_times:
        return last == first * claimed and first != 0
    if said.unit is not None and said.unit.dimension == "share" and one.unit != said.unit:
        try:
            return abs(abs((last - first) / first * 100) - claimed) <= step
        except (DivisionByZero, InvalidOperation):
            return False
    if said.unit is not None and said.unit.dimension == "point" and _is_share(one):
        return abs(last - first) == claimed * said.unit.factor
    same = said.unit == one.unit or said.unit is None
    is_telling = claimed > 2 or said.number.step < 1
    return same and is_telling and abs(last - first) == claimed


def _is_share(of: Quantity) -> bool:
    return of.unit is not None and of.unit.dimension == "share"


def _in_its_place(
    asked: Asked, said: Quantity, more_alike_than: float = 0.0, *, by_noun: bool = False
) -> tuple[Held, Quantity] | None:
    """Return the number that a sentence with the claim's other words has instead."""
    for likeness, held, sentence in asked.alike(said.start, said.end):
        if likeness <= more_alike_than:
            break
        if not asked.is_about_same(held):
            continue
        of: Reading = held.text
        others = [
            each
            for each in sentence.quantities
            if (_counts_same(said, each) if by_noun else same_kind(said, each))
            and not _is_past(asked, held, each)
        ]
        if others:
            return held, max(
                others[:MOST_NEAR],
                key=lambda each: asked.nearness(said.start, said.end, of, (each.start, each.end)),
            )
    return None
