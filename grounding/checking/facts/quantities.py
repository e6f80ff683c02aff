"""Numbers with what they count: read out of a text, and compared as a careful reader would.

A rounding of what is written agrees with it (84.1 of 84.12), a further digit does not. Units of one
dimension convert, to the last digit that either side writes.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Final

from grounding.checking.facts.joined import STEM, joined, labelled, marked
from grounding.checking.facts.numbers import numbers
from grounding.checking.facts.records import Bound, Number, Quantity, Unit
from grounding.checking.facts.stretches import apart
from grounding.checking.facts.units import as_told, in_base, unit_after, unit_before, unit_of_label
from grounding.query.analysis.vocabulary import words

_ABOUT: Final = re.compile(
    r"(?:about|around|approximately|approx\.?|roughly|nearly|almost|some|circa|ca\.|close to|~|≈"
    r"|an estimated|estimated at|up to|as (?:many|much|high|low) as)\s*(?:an?\s|the\s)?$",
    re.IGNORECASE,
)
_OVER: Final = re.compile(
    r"(?:more than|over|above|at least|exceed(?:s|ed|ing)?|greater than|higher than|in excess of"
    r"|upwards of|no less than|not less than|no fewer than|minimum of|>|≥)\s*(?:an?\s|the\s)?$",
    re.IGNORECASE,
)
_UNDER: Final = re.compile(
    r"(?:less than|fewer than|under|below|at most|lower than|smaller than|no more than"
    r"|not more than|maximum of|<|≤)\s*(?:an?\s|the\s)?$",
    re.IGNORECASE,
)
_OPEN: Final = re.compile(r"\+|\s+or more\b|\s+or so\b|\s+or less\b")
_NOUN: Final = re.compile(
    r"[\s-]{1,2}(?:(?:of the|of|more|new|different|other)\s+)?([^\W\d_]{2,30})"
)
_OF_A: Final = re.compile(r"\s+of\s+an?(?=\s)")
_ORDERED: Final = re.compile(r"(?:\s[^\W\d_]+){1,4}")
_LEAD: Final = re.compile(r"([^\W\d_]{3,20})[\s#]{1,2}$")
_NUMBERED: Final = re.compile(r"(?:\b[Nn]o\.?\s?|#)$")
_SMALL: Final = words(
    "the and for with from than about over under more most only some was were has had have are of"
    " nearly almost around least that this which into between within"
)
_RANGE: Final = re.compile(r"[-\s]{0,2}(?:[-–—]|to|and|or|,)\s?")
ABOUT_SHARE: Final = Decimal("0.12")
"""How far off "nearly half" may be, which is coarser than "nearly 50 %"."""
LOOSE: Final = {Bound.ABOUT: Decimal("0.06"), Bound.OVER: Decimal("0.35")}
_PLACE: Final = "numbe"
"""The lead of number 5, No. 5 and #5, which is the place of anything."""
_MARKER: Final = re.compile(r"[.)]\s+[^\W\d_]")
_LETTER: Final = re.compile(r"[A-Za-z_]")


def quantities(text: str, taken: Sequence[tuple[int, int]] = ()) -> list[Quantity]:
    """Return the numbers of a text with their units, but for those that stand in `taken`."""
    written = apart([*marked(text), *labelled(text)], taken)
    free = apart(numbers(text), [*taken, *((each.start, each.end) for each in written)])
    plain = [each for number in free if not _is_code(text, each := _quantity(text, number))]
    found = joined(text, sorted([*written, *plain], key=lambda each: each.start))
    return _with_shared_units(text, found)


def _is_code(text: str, found: Quantity) -> bool:
    """Whether it is a code (1e999, 5G, 3D) or what a list is numbered by."""
    if found.unit is None and _LETTER.match(text, found.number.end):
        return True
    start, end = found.start, found.number.end
    is_first = not text[text.rfind("\n", 0, start) + 1 : start].strip(" \t-*")
    return is_first and _MARKER.match(text, end) is not None


def _quantity(text: str, number: Number) -> Quantity:
    start, end = number.start, number.end
    found = unit_before(text, start)
    after = None if number.is_ordinal else _unit_after(text, number)
    unit, unit_start, unit_end = found or after or (None, end, end)
    noun = ""
    if unit is None and (match := _NOUN.match(text, end)):
        noun = noun_of(match[1])
    return Quantity(
        min(start, unit_start) if found else start,
        max(end, unit_end),
        number,
        unit,
        unit_start,
        unit_end,
        _bound(text, min(start, unit_start), end),
        noun,
        _lead(text, start),
        _ordered(text, end) if number.is_ordinal else (),
    )


def _unit_after(text: str, number: Number) -> tuple[Unit, int, int] | None:
    """Return the unit behind a number: of a share also as in "a quarter of a mile"."""
    if found := unit_after(text, number.end) or unit_of_label(text, number.start):
        return found
    of = _OF_A.match(text, number.end) if number.is_share else None
    return unit_after(text, of.end()) if of else None


def _ordered(text: str, end: int) -> tuple[str, ...]:
    match = _ORDERED.match(text, end)
    return tuple(word.casefold()[:STEM] for word in match[0].split()) if match else ()


def noun_of(word: str) -> str:
    """Return what a quantity holds of the word that it counts."""
    return word.casefold()[:STEM]


def _lead(text: str, start: int) -> str:
    if _NUMBERED.search(text[max(0, start - 5) : start]):
        return _PLACE
    match = _LEAD.search(text[max(0, start - 24) : start])
    return match[1].casefold()[:STEM] if match and match[1].casefold() not in _SMALL else ""


def _bound(text: str, start: int, end: int) -> Bound:
    before = text[max(0, start - 24) : start]
    if _OVER.search(before):
        return Bound.OVER
    if _UNDER.search(before):
        return Bound.UNDER
    return Bound.ABOUT if _ABOUT.search(before) or _OPEN.match(text, end) else Bound.EXACT


def _with_shared_units(text: str, found: list[Quantity]) -> list[Quantity]:
    """Let the first edge of a range borrow the unit of the second: 5 to 10 km."""
    for i in range(len(found) - 1, 0, -1):
        one, other = found[i - 1], found[i]
        if one.unit is None and other.unit is not None:
            between = text[one.end : other.start]
            if len(between) <= 6 and _RANGE.fullmatch(between):
                found[i - 1] = replace(one, unit=other.unit)
    return found


def agree(said: Quantity, held: Quantity) -> bool:
    """Whether evidence that has one quantity bears out a claim that has the other."""
    if said.number.is_ordinal != held.number.is_ordinal:
        return _is_labelled(said, held) or _is_labelled(held, said)
    said, held = _told(said, held), _told(held, said)
    if not _are_comparable(said, held):
        return False
    return any(
        _is_near(said, held, claimed, given)
        for claimed in said.number.values
        for given in held.number.values
    )


def _told(of: Quantity, beside: Quantity) -> Quantity:
    if of.unit is None or beside.unit is None:
        return of
    unit = as_told(of.unit, beside.unit)
    return of if unit is of.unit else replace(of, unit=unit)


def _is_labelled(ordinal: Quantity, held: Quantity) -> bool:
    """Whether one is the place of what the other numbers: fourth season, season 4."""
    is_one = bool(held.lead) and held.lead in ordinal.ordered
    return (is_one or held.lead == _PLACE) and held.unit is None and same_number(ordinal, held)


def same_number(said: Quantity, held: Quantity) -> bool:
    """Whether the bare numbers are equal, whatever they count."""
    return bool(set(said.number.values) & set(held.number.values))


def same_kind(said: Quantity, held: Quantity) -> bool:
    """Whether one could stand in the place of the other."""
    if said.number.is_ordinal != held.number.is_ordinal:
        return False
    if said.unit is not None and held.unit is not None:
        one, other = as_told(said.unit, held.unit), as_told(held.unit, said.unit)
        return one.dimension == other.dimension
    if said.unit is not None or held.unit is not None:
        return False
    is_same_noun = bool(said.noun) and said.noun == held.noun
    return is_same_noun or (bool(said.lead) and said.lead == held.lead)


def counted_alike(said: Quantity, held: Quantity) -> bool:
    """Whether both count the same noun, or have units of one dimension.

    An ordinal without a noun, as at the end of a sentence, counts what stands before it.
    """
    if said.unit is not None or held.unit is not None:
        return same_kind(said, held) or said.unit is None or held.unit is None
    return said.noun == held.noun or (held.number.is_ordinal and not held.noun)


def _are_comparable(said: Quantity, held: Quantity) -> bool:
    if said.unit is not None and held.unit is not None:
        return said.unit.dimension == held.unit.dimension
    if said.number.is_share or held.number.is_share:
        units = {each.unit.dimension for each in (said, held) if each.unit is not None}
        return units <= {"share"}
    return True


def _is_near(said: Quantity, held: Quantity, claimed: Decimal, given: Decimal) -> bool:
    try:
        one, step = _based(claimed, said, held)
        other, other_step = _based(given, held, said)
        is_converted = said.unit is not None and held.unit is not None and said.unit != held.unit
        slack = step / 2 + (other_step / 2 if is_converted or said.number.is_share else 0)
        if _is_within(one, other, slack, said.number.step == 1 and not is_converted):
            return not _contradict(said.bound, held.bound)
        return _is_bounded(said, held, one, other)
    except (InvalidOperation, OverflowError):
        return False


def _based(value: Decimal, own: Quantity, other: Quantity) -> tuple[Decimal, Decimal]:
    """Return a value and the weight of its last digit, in what both are compared in."""
    unit = own.unit
    if unit is None:
        return value, own.number.step
    if other.unit is None:
        if other.number.is_share and unit.dimension == "share":
            return value * unit.factor, own.number.step * unit.factor
        return value, own.number.step
    if unit == other.unit:
        return value, own.number.step
    return in_base(value, unit), own.number.step * unit.factor


def _is_within(one: Decimal, other: Decimal, slack: Decimal, is_whole: bool) -> bool:
    """Whether they are equal, or one is what the other is rounded to; a whole number counts."""
    if one == other:
        return True
    if is_whole and other == other.to_integral_value():
        return False
    return abs(one - other) <= slack


def _is_bounded(said: Quantity, held: Quantity, one: Decimal, other: Decimal) -> bool:
    if said.bound is Bound.ABOUT or held.bound is Bound.ABOUT:
        is_share = said.number.is_share or held.number.is_share
        return abs(one - other) <= abs(other) * (ABOUT_SHARE if is_share else LOOSE[Bound.ABOUT])
    if said.bound is Bound.OVER and held.bound is not Bound.UNDER:
        return one <= other <= one + abs(one) * LOOSE[Bound.OVER]
    if said.bound is Bound.UNDER and held.bound is not Bound.OVER:
        return one - abs(one) * LOOSE[Bound.OVER] <= other <= one
    return False


def _contradict(one: Bound, other: Bound) -> bool:
    return {one, other} == {Bound.OVER, Bound.UNDER}
