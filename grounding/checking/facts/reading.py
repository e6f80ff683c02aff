"""Read a text once: its words, and every fact in it. What was read lately is kept."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Final, TypeVar

from grounding.checking.facts.days import clock_times, days
from grounding.checking.facts.directions import tells_a_fall
from grounding.checking.facts.names import names
from grounding.checking.facts.nearby import Nearby
from grounding.checking.facts.polarity import Side, side
from grounding.checking.facts.quantities import quantities
from grounding.checking.facts.quotations import Ink
from grounding.checking.facts.records import Bound, Day, Name, Number, Quantity, TimeOfDay
from grounding.checking.facts.units import named
from grounding.checking.facts.words import Words
from grounding.checking.records import Shown
from grounding.query.packing.sentences import spans
from grounding.query.records import ValueAt

MOST_FACTS: Final = 1000
"""Of one kind in one text, the first ones: a chunk has a few dozen."""
_TEXTS_KEPT: Final = 512
_STEM: Final = 6
_NEAR: Final = 30
"""Letters on either side of a fact in which words stand around it."""
_Fact = TypeVar("_Fact", Quantity, Day, Name)


@dataclass(frozen=True)
class Reading:
    """A text with its facts; offsets are into it."""

    text: str

    @cached_property
    def days(self) -> list[Day]:
        return days(self.text)[:MOST_FACTS]

    @cached_property
    def clock_times(self) -> list[TimeOfDay]:
        return clock_times(self.text)[:MOST_FACTS]

    @cached_property
    def quantities(self) -> list[Quantity]:
        return quantities(self.text, self._timed)[:MOST_FACTS]

    @cached_property
    def nearby(self) -> Nearby:
        return Nearby.among(self.quantities)

    @cached_property
    def numbers(self) -> dict[Decimal, Quantity]:
        """The first quantity of each value, whatever it counts."""
        found: dict[Decimal, Quantity] = {}
        for each in self.quantities:
            for value in each.number.values:
                found.setdefault(value, each)
        return found

    def days_like(self, said: Day) -> Sequence[Day]:
        """Return the dates that might agree with one, in their order: those of its month or day."""
        if said.month is None or said.month_count > 1:
            return self.days
        return self._dates.get((said.month, said.day), ())

    @cached_property
    def _dates(self) -> dict[tuple[int, int | None], list[Day]]:
        """The dates of each month, and of each day of a month."""
        found: dict[tuple[int, int | None], list[Day]] = {}
        for day in self.days:
            if day.month is not None:
                for key in {(day.month, None), (day.month, day.day)}:
                    found.setdefault(key, []).append(day)
        return found

    @cached_property
    def years(self) -> frozenset[int]:
        return frozenset(day.year for day in self.days if day.year is not None)

    @cached_property
    def days_of_months(self) -> frozenset[int]:
        return frozenset(day.day for day in self.days if day.day is not None)

    @cached_property
    def names(self) -> list[Name]:
        measured = [(each.start, each.end) for each in self.quantities if each.unit is not None]
        return names(self.text, sorted([*self._timed, *measured]))[:MOST_FACTS]

    @cached_property
    def words(self) -> Words:
        return Words.of(self.text)

    @cached_property
    def ink(self) -> Ink:
        return Ink.of(self.text)

    @cached_property
    def sentences(self) -> list["Sentence"]:
        return [Sentence(self, start, end) for start, end in spans(self.text)]

    def around(self, start: int, end: int) -> frozenset[str]:
        """Return the words that stand near a place, cut short."""
        found = self._around.get((start, end))
        if found is None:
            near = self.words.within(start - _NEAR, end + _NEAR)
            stems = (word.text[:_STEM] for word in near if word.end <= start or word.start >= end)
            found = self._around[start, end] = frozenset(stems)
        return found

    @cached_property
    def _around(self) -> dict[tuple[int, int], frozenset[str]]:
        return {}

    def sentence_at(self, place: int) -> "Sentence":
        """Return the sentence that holds a place of the text."""
        i = bisect_right(self._sentence_starts, place) - 1
        return self.sentences[max(0, i)]

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [sentence.start for sentence in self.sentences]

    @property
    def _timed(self) -> list[tuple[int, int]]:
        dates = [(each.start, each.end) for each in self.days]
        return sorted([*dates, *((each.start, each.end) for each in self.clock_times)])


@dataclass(frozen=True)
class Sentence:
    """A sentence of a text that was read; side: how it affirms and denies."""

    of: Reading
    start: int
    end: int

    @cached_property
    def side(self) -> Side:
        return side(self.of.text[self.start : self.end])

    @cached_property
    def tells_a_fall(self) -> bool:
        return tells_a_fall(self.of.text[self.start : self.end])

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(word.text[:_STEM] for word in self.of.words.within(self.start, self.end))

    @cached_property
    def quantities(self) -> list[Quantity]:
        return _starting(self.of.quantities, self.start, self.end)

    @cached_property
    def days(self) -> list[Day]:
        return _starting(self.of.days, self.start, self.end)

    @cached_property
    def names(self) -> list[Name]:
        return _starting(self.of.names, self.start, self.end)


def _starting(facts: Sequence[_Fact], start: int, end: int) -> list[_Fact]:
    """Return those of a list in order that start in a stretch of the text."""
    first, last = (bisect_left(facts, at, key=lambda fact: fact.start) for at in (start, end))
    return list(facts[first:last])


@lru_cache(maxsize=_TEXTS_KEPT)
def reading(text: str) -> Reading:
    return Reading(text)


@dataclass(frozen=True)
class Held:
    """An item of evidence as it was read: its text and its title, each with its facts."""

    item: Shown
    text: Reading
    title: Reading

    @classmethod
    def of(cls, item: Shown) -> "Held":
        return cls(item, reading(item.text), reading(item.title))

    @property
    def both(self) -> Sequence[Reading]:
        return (self.text, self.title) if self.item.title else (self.text,)

    @cached_property
    def typed(self) -> Quantity | None:
        """The exact value of an observation, without a place in the text."""
        return None if self.item.value is None else _typed(self.item.value)

    @cached_property
    def years(self) -> frozenset[int]:
        dated = (self.item.published_at, self.item.updated_at, self.item.valid_from)
        own = {at.year for at in dated if at is not None}
        return self.text.years | self.title.years | own


def _typed(value: ValueAt) -> Quantity:
    exponent = value.value.as_tuple().exponent
    step = Decimal(10) ** exponent if isinstance(exponent, int) else Decimal(1)
    number = Number(0, 0, (value.value,), min(step, Decimal(1)))
    unit = named(value.currency or "") or named(value.unit or "")
    return Quantity(0, 0, number, unit, 0, 0, Bound.EXACT)
