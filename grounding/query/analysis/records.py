"""What is read out of a question: terms to be matched as they are written, and times.

Offsets count code points of the question as it was given: `question[start:end] == text`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TermKind(StrEnum):
    """Why a part of a question is to be matched as it is written."""

    QUOTE = "quote"
    ADDRESS = "address"
    """A URL or an e-mail address."""
    IDENTIFIER = "identifier"
    """Codes, versions, file names, names in programs: what no dictionary has."""
    TICKER = "ticker"
    """A symbol or currency pair that its mark or the words beside it show to be traded."""
    DATE = "date"
    QUANTITY = "quantity"
    """A number with its unit, currency or percent sign."""
    ACRONYM = "acronym"
    """A word in capitals; a symbol that nothing marks as traded is one of these."""
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a question to be matched literally, without the quotation marks around it."""

    text: str
    kind: TermKind
    start: int
    end: int


class Strength(StrEnum):
    """How clearly a question is restricted to a time: only a strong one is fit to filter by."""

    STRONG = "strong"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """A time that a question names.

    after, before: the window [after, before) in aware UTC; None is open.
    is_about: it says when what is asked about happened, and of that only `after` also bounds
    publication, for reports go on appearing; False if its own words are about publication
    ("articles from March").
    is_future: it begins after the present, so nothing can have been published in it.
    is_as_of: it asks for the state of the world at the end of the window ("as of 1 May").
    wants_newest: a preference for the newest without any window ("latest", "current").
    """

    text: str
    start: int
    end: int
    after: datetime | None
    before: datetime | None
    strength: Strength
    is_about: bool = True
    is_future: bool = False
    is_as_of: bool = False
    wants_newest: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """Everything a question says about time.

    window: the one that counts, or None where there is none or where they contradict each other.
    """

    found: tuple[TimeExpression, ...]
    window: TimeExpression | None
    wants_newest: bool
