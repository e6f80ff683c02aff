"""How outcomes and standings are put: a sign and a word for each, so that no colour is needed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from grounding.checking.records import Outcome, StandingStatus
from grounding.report.records import Item, Marked


class Word(NamedTuple):
    """sign: one character. said: for a person to read. tone: good, warn, bad or plain."""

    sign: str
    said: str
    tone: str


OUTCOMES: Final[Mapping[Outcome, Word]] = {
    Outcome.SUPPORTED: Word("✓", "supported", "good"),
    Outcome.PARTLY: Word("◐", "partly supported", "warn"),
    Outcome.UNSUPPORTED: Word("?", "unsupported", "warn"),
    Outcome.CONTRADICTED: Word("✗", "contradicted", "bad"),
    Outcome.STALE: Word("◷", "stale", "warn"),
    Outcome.CONFLICT: Word("≠", "in conflict", "bad"),
    Outcome.INSUFFICIENT: Word("∅", "no evidence", "warn"),
}
STANDINGS: Final[Mapping[StandingStatus, Word]] = {
    StandingStatus.CURRENT: Word("✓", "still current", "good"),
    StandingStatus.NOT_YET: Word("◷", "not yet valid", "warn"),
    StandingStatus.EXPIRED: Word("◷", "expired", "warn"),
    StandingStatus.SUPERSEDED: Word("↻", "superseded", "warn"),
    StandingStatus.REMOVED: Word("−", "removed by its source", "bad"),
    StandingStatus.OVERDUE: Word("?", "source overdue", "warn"),
    StandingStatus.ERASED: Word("∅", "erased", "bad"),
    StandingStatus.UNKNOWN: Word("?", "unknown", "plain"),
}
SEALS: Final[Mapping[bool, Word]] = {
    True: Word("✓", "unaltered", "good"),
    False: Word("✗", "not as it was made", "bad"),
}
_STEPS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def ago(seconds: float | None) -> str:
    """Say an age in its largest whole unit."""
    if seconds is None:
        return "unknown"
    for length, name in _STEPS:
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "less than a second"


def tally(claims: Sequence[Marked]) -> list[tuple[Outcome, int]]:
    """Count claims by outcome, in the order that outcomes are listed in."""
    counts = Counter(each.outcome for each in claims)
    return [(outcome, counts[outcome]) for outcome in Outcome if counts[outcome]]


def changed(items: Sequence[Item]) -> str:
    """Count in a sentence how the evidence stands now."""
    if not items:
        return "Nothing was shown, so nothing can have changed."
    counts = Counter(each.now.status for each in items)
    said = [f"{counts[each]} {STANDINGS[each].said}" for each in StandingStatus if counts[each]]
    return f"Of what was shown: {', '.join(said)}."
