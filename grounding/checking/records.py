"""The check's nouns: what is claimed, what it is held against, and what is said of it.

    answer ── split ──▶ Claim ── facts ──▶ Finding ┐
                                 support ─▶ Support ├─ weigh ──▶ ClaimVerdict ──▶ Verdict
                        Shown ── standing ─▶ Standing, Conflict ┘

Offsets are Unicode code points, the end exclusive. Every instant is aware UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from grounding.query.records import EvidenceKind, EvidenceState, FreshnessStatus, ValueAt


class Outcome(StrEnum):
    """What a check comes to, for a claim and for a whole answer."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    """The evidence bears some of it out and is silent on the rest."""
    UNSUPPORTED = "unsupported"
    """The evidence is about it, and does not say it."""
    CONTRADICTED = "contradicted"
    """The evidence says otherwise."""
    STALE = "stale"
    """It was so, and the evidence holds no longer, or nobody has looked for too long."""
    CONFLICT = "conflict"
    """Pieces of evidence contradict each other on it."""
    INSUFFICIENT = "insufficient"
    """There is no evidence about it."""


class Span(NamedTuple):
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of an answer.

    start, end: where it stands in the answer, without white space around it.
    text: what is checked: `answer[start:end]` without its citation marks.
    citations: the numbers that its marks name, in order, each once.
    needs_evidence: whether it states anything; a greeting or a question does not.
    """

    start: int
    end: int
    text: str
    citations: tuple[int, ...] = ()
    needs_evidence: bool = True


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of evidence as the answer's author was shown it.

    number: what it is cited by.
    urls: the addresses that were shown with it.
    id: the evidence's, or one made of its text where a caller gave it.
    source: None where a caller gave it.
    freshness, state: as they were when it was shown.
    """

    number: int
    id: str
    text: str
    title: str = ""
    source: str | None = None
    kind: EvidenceKind = EvidenceKind.DOCUMENT
    published_at: datetime | None = None
    updated_at: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    observed_at: datetime | None = None
    value: ValueAt | None = None
    freshness: FreshnessStatus = FreshnessStatus.UNKNOWN
    state: EvidenceState = EvidenceState.CURRENT
    urls: tuple[str, ...] = ()

    @property
    def dated_at(self) -> datetime | None:
        """The latest time that it gives to what it says; None if it gives none."""
        if self.value is not None:
            return self.value.valid_from
        return self.updated_at or self.published_at


class FactKind(StrEnum):
    """What can be compared letter by letter, or digit by digit."""

    CITATION = "citation"
    NUMBER = "number"
    UNIT = "unit"
    DATE = "date"
    NAME = "name"
    QUOTATION = "quotation"
    POLARITY = "polarity"
    """That something is so, or is not."""


class Match(StrEnum):
    """How a fact of a claim stands in the evidence."""

    MATCHED = "matched"
    MISSING = "missing"
    """The evidence has none like it."""
    DIFFERS = "differs"
    """The evidence has another in its place."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one fact of a claim.

    start, end: where it stands in the answer; text: how it is written there.
    number: of the item that has it, or has another in its place; None where none has.
    place: where that stands in the item's text; says: how it is written there.
    reason: for a person to read.
    """

    kind: FactKind
    match: Match
    start: int
    end: int
    text: str
    reason: str
    number: int | None = None
    place: Span | None = None
    says: str | None = None


@dataclass(frozen=True, slots=True)
class Aligned:
    """A stretch of an item's text that bears on a claim; score: in [0, 1], how much."""

    number: int
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Support:
    """How far evidence bears a claim out.

    supported: calibrated probability that it says so; contradicted: that it says otherwise.
    related: in [0, 1], how much it is about the same at all.
    features: what was weighed, by name.
    judged_by: who said so: "scorer", or the name of a judge.
    """

    supported: float
    contradicted: float
    related: float
    aligned: tuple[Aligned, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)
    judged_by: str = "scorer"


class StandingStatus(StrEnum):
    """How a piece of evidence stands at an instant."""

    CURRENT = "current"
    NOT_YET = "not_yet"
    """It holds from a later time on."""
    EXPIRED = "expired"
    """Its validity has ended."""
    SUPERSEDED = "superseded"
    """There is a newer version, or a newer value."""
    REMOVED = "removed"
    """Its source has taken it away."""
    OVERDUE = "overdue"
    """Its source has not been read for longer than it promised: nobody knows."""
    ERASED = "erased"
    """It was erased on demand and is not stored any more."""
    UNKNOWN = "unknown"
    """It was given by the caller, and says nothing of when it holds."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an item stands at an instant.

    since: from when on that is so; None where that is not known.
    newer: what stands in its place then, for what is superseded.
    doubt: why that may be outdated itself: its source has not been read for too long.
    reason: for a person to read.
    """

    number: int
    status: StandingStatus
    at: datetime
    reason: str
    since: datetime | None = None
    newer: Shown | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class When:
    """What relative dates of an answer are read by.

    now: the clock that its author was shown; timezone: IANA name, likewise.
    """

    now: datetime
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Basis:
    """What an answer is held against.

    shown: what its author was shown, in the order of its numbers.
    standings: how each item stands at the check, by number; none where that is not looked at.
    checked_at: the instant of the check.
    asked: what the user said, all turns of it.
    """

    shown: Sequence[Shown]
    when: When
    checked_at: datetime
    standings: Mapping[int, Standing] = field(default_factory=dict)
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two items that contradict each other on what a claim says, the later one second.

    at: the time of each; None where it is unknown.
    says: how each of them puts it. agreeing: the number of the one that says what is claimed.
    """

    numbers: tuple[int, int]
    at: tuple[datetime | None, datetime | None]
    says: tuple[str, str]
    agreeing: int
    reason: str

    @property
    def is_settled(self) -> bool:
        """Whether the claim goes with the later one, so that the other is only the past."""
        first, second = self.at
        is_later = first is not None and second is not None and first < second
        return is_later and self.agreeing == self.numbers[1]


class FlagKind(StrEnum):
    """What is doubtful, the worst last."""

    LINK = "link"
    """It leads to a host that neither the evidence nor the question names."""
    IMAGE = "image"
    """It loads by itself, from an address that neither gives."""
    SCHEME = "scheme"
    """It is no address but a program or a file: `javascript:`, `data:`."""
    LINK_CARRIES = "link_carries"
    """It leads somewhere with words of the evidence or of the conversation."""
    CALL = "call"
    """A tool is to send such words to somebody whom the user did not name."""
    IMAGE_CARRIES = "image_carries"
    """It loads by itself, and carries such words."""


CARRYING: Final = frozenset(
    {FlagKind.SCHEME, FlagKind.LINK_CARRIES, FlagKind.CALL, FlagKind.IMAGE_CARRIES}
)


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that leads outward.

    start, end: where, in code points: in the answer, or in the arguments of a call.
    call: the place of the call in the list of calls; None in an answer.
    """

    kind: FlagKind
    start: int
    end: int
    reason: str
    call: int | None = None


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """What is said of a claim.

    score: in [0, 1], how well it is borne out; None where nothing is to be borne out.
    outcome: None likewise.
    supported_by: the numbers of the items that bear it out.
    still_true: whether it also follows from what holds at the check; None where that was not
        looked at.
    """

    claim: Claim
    outcome: Outcome | None
    score: float | None
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    support: Support | None = None
    supported_by: tuple[int, ...] = ()
    standings: tuple[Standing, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    still_true: bool | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of an answer.

    answered_at: the instant whose world it speaks of; checked_at: the instant of the check.
    score: the mean of its claims' scores; None without any.
    newest_at: the latest time that any of the evidence gives.
    flags: what in the answer leads outward.
    """

    outcome: Outcome
    score: float | None
    claims: tuple[ClaimVerdict, ...]
    shown: tuple[Shown, ...]
    answered_at: datetime
    checked_at: datetime
    reasons: tuple[str, ...] = ()
    newest_at: datetime | None = None
    flags: tuple[Flag, ...] = ()

    @property
    def carries_outward(self) -> bool:
        """Whether it takes words of the evidence or of the conversation somewhere else."""
        return any(flag.kind in CARRYING for flag in self.flags)
