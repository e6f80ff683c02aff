"""Quantities told by two numbers, or by a number and a word: 5'10", 1h 30m, 10 degrees below zero.

Two numbers next to each other whose units convert are one quantity: 5 feet 10 inches, 2 lb 3 oz.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from grounding.checking.facts.aliases import numerals
from grounding.checking.facts.records import Bound, Number, Quantity
from grounding.checking.facts.units import named

_FEET: Final = re.compile(r"(?<![\w.,'’])(\d{1,2})['’′]\s?(\d{1,2})(?:[\"”″]|['’]{2})")
_HOURS: Final = re.compile(
    r"(?<![\w.,:])(\d{1,3})\s?h(?:rs?)?[\s,]{0,2}(\d{1,2})\s?m(?:in)?\b(?!\s?[/\d])"
)
_EPISODE: Final = re.compile(r"\bS(\d{1,2})\s?E(\d{1,3})\b")
_LABELLED: Final = re.compile(
    r"\b(level|type|phase|stage|class|chapter|part|article|title|act|volume|book|category|tier"
    r"|division|schedule|appendix|annex|season|episode)\s([IVX]{1,5})\b(?!\.\w)",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(r"[\s,]{1,3}(?:and\s)?")
_BELOW_ZERO: Final = re.compile(r"\s+below\s+(?:zero|0)\b")
STEM: Final = 5
"""Letters that are kept of the words around a number."""
_TOLD_APART: Final = frozenset({"length", "mass", "clock", "months"})
"""Dimensions in which people tell one quantity by two units."""


def marked(text: str) -> Iterator[Quantity]:
    """Yield what is told by two numbers and their marks."""
    for pattern, large, small in ((_FEET, "feet", "inches"), (_HOURS, "hours", "minutes")):
        for match in pattern.finditer(text):
            one, other = named(large), named(small)
            if one is None or other is None:
                continue
            value = Decimal(match[1]) * (one.factor / other.factor) + Decimal(match[2])
            start, end = match.span()
            number = Number(start, end, (value,), Decimal(1))
            yield Quantity(start, end, number, other, end, end, Bound.EXACT)


def labelled(text: str) -> Iterator[Quantity]:
    """Yield numbers that a letter or a Roman numeral stands for: S3E5, Level III."""
    for match in _EPISODE.finditer(text):
        for group, lead in ((1, "season"), (2, "episode")):
            yield _number(match.span(group), int(match[group]), lead)
    for match in _LABELLED.finditer(text):
        value = next((int(each) for each in numerals(match[2].lower()) if each.isdecimal()), 0)
        if value and match[2].isupper():
            yield _number(match.span(2), value, match[1])


def _number(place: tuple[int, int], value: int, lead: str) -> Quantity:
    start, end = place
    number = Number(start, end, (Decimal(value),), Decimal(1))
    return Quantity(start, end, number, None, end, end, Bound.EXACT, lead=lead.lower()[:STEM])


def joined(text: str, found: Sequence[Quantity]) -> list[Quantity]:
    """Return quantities in their order, those that tell one together made one."""
    made: list[Quantity] = []
    end = 0
    for each in found:
        if each.start < end:
            continue
        whole = _below_zero(text, each)
        if made and (both := _both(text, made[-1], whole)) is not None:
            made[-1] = whole = both
        else:
            made.append(whole)
        end = whole.end
    return made


def negated(of: Quantity) -> Quantity:
    """Return a quantity on the other side of zero."""
    values = tuple(-value for value in of.number.values)
    return replace(of, number=replace(of.number, values=values))


def _below_zero(text: str, said: Quantity) -> Quantity:
    is_warmth = said.unit is not None and said.unit.dimension in {"warmth", "degree"}
    below = _BELOW_ZERO.match(text, said.end) if is_warmth else None
    if below is None:
        return said
    return replace(negated(said), end=below.end())


def _both(text: str, one: Quantity, other: Quantity) -> Quantity | None:
    """Return a quantity of a larger and a smaller unit that stand beside each other."""
    if one.unit is None or other.unit is None or one.unit.dimension not in _TOLD_APART:
        return None
    is_finer = one.unit.dimension == other.unit.dimension and one.unit.factor > other.unit.factor
    many, few = one.number.values[0], other.number.values[0]
    if not is_finer or many != many.to_integral_value():
        return None
    in_small = one.unit.factor / other.unit.factor
    if not 0 <= few < in_small or not _BETWEEN.fullmatch(text[one.end : other.start]):
        return None
    number = replace(
        other.number,
        start=one.number.start,
        values=(many * in_small + few,),
    )
    return replace(other, start=one.start, number=number, bound=one.bound)
