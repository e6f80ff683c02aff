"""The nouns of comparing facts: what is read out of a claim, or out of evidence, at which place."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Unit:
    """What a number counts; units of one dimension convert by `base = value * factor + offset`.

    name: as it is put in reasons.
    """

    name: str
    dimension: str
    factor: Decimal
    offset: Decimal = Decimal(0)


class Bound(StrEnum):
    """How a number is hedged by the words before it."""

    EXACT = "exact"
    ABOUT = "about"
    OVER = "over"
    UNDER = "under"


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written.

    values: its readings, the likeliest first: 1.234 may be a thousand and more elsewhere.
    step: the weight of the last digit that is written.
    is_ordinal: third, 3rd. is_share: half, two thirds.
    is_times: doubled, by which something became more.
    counts: both numbers of a share that is told by two, as in one out of five.
    """

    start: int
    end: int
    values: tuple[Decimal, ...]
    step: Decimal
    is_word: bool = False
    is_ordinal: bool = False
    is_share: bool = False
    is_times: bool = False
    counts: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what it counts; unit_start, unit_end: where that is written, if it is.

    noun: the word after it, cut short, where that is no unit; lead: the word before it, likewise.
    ordered: of an ordinal, the words after it, cut short: what it is the third of.
    """

    start: int
    end: int
    number: Number
    unit: Unit | None
    unit_start: int
    unit_end: int
    bound: Bound
    noun: str = ""
    lead: str = ""
    ordered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """A date, as fine as it is written; last_year: of a decade or of a span of years."""

    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    month_count: int = 1
    last_year: int | None = None


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """Minutes after midnight; zone: minutes east of UTC, None where it is not said."""

    start: int
    end: int
    minute: int
    zone: int | None = None


@dataclass(frozen=True, slots=True)
class Relative:
    """A time told from the present: the window [after, before), None is open."""

    start: int
    end: int
    text: str
    after: datetime | None
    before: datetime | None


@dataclass(frozen=True, slots=True)
class Name:
    """words: in no case and without accents, titles and small words; is_plain: all of them."""

    start: int
    end: int
    words: tuple[str, ...]
    is_acronym: bool = False
    is_plain: bool = True

    def shares_word(self, other: "Name") -> bool:
        """Whether both may be of the same: Biden, Joe Biden."""
        return not set(self.words).isdisjoint(other.words)
