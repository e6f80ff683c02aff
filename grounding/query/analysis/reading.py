"""One question as it is being read, and what its letters and verbs say on the whole."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from grounding.query.analysis.almanac import Almanac, Window
from grounding.query.analysis.records import Strength
from grounding.query.analysis.vocabulary import words

_RAISED = re.compile(r"(?<=\w )[A-Z][a-z]*\b")
_SHOUTED = re.compile(r"[A-Z]{2} +[A-Z]{2}")
_SMALL_WORDS = words(
    "a an and are at be by did do does for from had has have how in is it of on or that the this"
    " to was were what when where which who why will with"
)
_AHEAD = re.compile(
    r"\b(?:will|won['’]t|shall|forecast|scheduled|upcoming|going to)\b|['’]ll\b", re.IGNORECASE
)
_PLANNED = re.compile(r"\b(?:weather|open|closed|due)\b", re.IGNORECASE)
_PAST = re.compile(r"\b(?:was|were|did|had|opened)\b", re.IGNORECASE)
_SENTENCE_END = '.!?:;\n"“„«(–—…'


class Reading:
    """A question with its calendar; what only some times need is worked out when one is met."""

    def __init__(self, text: str, almanac: Almanac) -> None:
        self.text = text
        self.almanac = almanac

    @cached_property
    def is_ahead(self) -> bool:
        """Whether it speaks of what is to come, so that "on Sunday" is the next one."""
        if _AHEAD.search(self.text):
            return True
        return _PLANNED.search(self.text) is not None and not _PAST.search(self.text)

    @cached_property
    def has_case(self) -> bool:
        """Whether its capitals mark names, as they do not in a headline or in all capitals."""
        return has_case(self.text)


@dataclass(frozen=True, slots=True)
class Core:
    """A time without its preposition, and where it ends in the question."""

    end: int
    window: Window
    strength: Strength = Strength.STRONG
    is_future: bool = False
    wants_newest: bool = False


def reading(question: str, *, now: datetime, zone: ZoneInfo) -> Reading:
    """Begin to read a question.

    Raises:
        ValueError: `now` has no zone.
    """
    if now.tzinfo is None:
        raise ValueError(f"now {now.isoformat()}: expected a time with a zone")
    return Reading(question, Almanac(now.astimezone(UTC), zone))


def has_case(question: str) -> bool:
    """Whether capitals set names apart: not in all capitals, and not In A Question Like This."""
    if question.islower() or question.isupper():
        return False
    if _SHOUTED.search(question) and _lower_share(question) < 0.25:
        return False
    raised = [word for word in _RAISED.findall(question) if word.lower() in _SMALL_WORDS]
    return len(raised) < 2 or len(raised) <= len(_SMALL_WORDS.intersection(question.split()))


def begins_sentence(text: str, position: int) -> bool:
    before = text[max(0, position - 8) : position].rstrip()
    return position == 0 or before[-1:] in _SENTENCE_END


def _lower_share(question: str) -> float:
    letters = sum(map(str.isalpha, question))
    return sum(map(str.islower, question)) / letters if letters else 0.0
