"""What the words of a question do to its search, said so that a caller can see it and refuse it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from connectors.records import JsonValue
from grounding.query.analysis.records import Term, TermKind


class Use(StrEnum):
    """What came of a time that a question names."""

    FILTER = "filter"
    """Only what was published in it is found, or without a date not at all."""
    PREFERENCE = "preference"
    """What was published since then, or lately, counts for a little more; nothing is hidden."""
    AS_OF = "as_of"
    """The world is seen as of its end."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ReadTime:
    """A time that a question names: the window [after, before), what came of it, and why."""

    text: str
    after: datetime | None
    before: datetime | None
    used: Use
    reason: str


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What was read out of a question, and what follows for its search.

    terms: looked for as they are written, the first ones.
    as_of, published_after, published_before: what its times filter by; None does not.
    preferred_from: what was published then or later is preferred.
    prefers_newest: recency counts twice.
    """

    terms: tuple[Term, ...] = ()
    times: tuple[ReadTime, ...] = ()
    as_of: datetime | None = None
    published_after: datetime | None = None
    published_before: datetime | None = None
    preferred_from: datetime | None = None
    prefers_newest: bool = False

    @property
    def literals(self) -> dict[str, float]:
        """What is looked for word for word, and how much finding it so counts."""
        return {term.text: _WEIGHTS.get(term.kind, 1.0) for term in self.terms}

    @property
    def can_hide(self) -> bool:
        """Whether something may not be found because of it."""
        return any((self.as_of, self.published_after, self.published_before))


_WEIGHTS = {TermKind.NAME: 0.1}
"""Less for names: much of what is written of someone names him, and answers something else."""

NOT_INTERPRETED = Interpretation()


def loosened(read: Interpretation) -> Interpretation:
    """Return the interpretation without what hides, because that left nothing."""
    reason = "nothing was found so; searched without it"
    times = tuple(
        replace(each, used=Use.NONE, reason=reason)
        if each.used in {Use.FILTER, Use.AS_OF}
        else each
        for each in read.times
    )
    return replace(read, times=times, as_of=None, published_after=None, published_before=None)


def effects_as_json(read: Interpretation) -> Mapping[str, JsonValue]:
    """Return what it did to the search, for a receipt: no word of the question is in it."""
    return {
        "as_of": _written(read.as_of),
        "published_after": _written(read.published_after),
        "published_before": _written(read.published_before),
        "preferred_from": _written(read.preferred_from),
        "prefers_newest": read.prefers_newest,
    }


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
