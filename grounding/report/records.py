"""What a report says; the same on a page, on a terminal and as JSON.

Offsets are Unicode code points, the end exclusive. Every instant is aware UTC.
"""

from dataclasses import dataclass
from datetime import datetime

from grounding.checking.records import Outcome, StandingStatus


@dataclass(frozen=True, slots=True)
class Said:
    """A turn of the conversation as it was asked; pictures and other parts are left out."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Newer:
    """What stands in the place of an item now.

    value: of a series, as it is written; None for a document.
    """

    id: str
    title: str
    text: str
    value: str | None
    published_at: datetime | None
    valid_from: datetime | None
    observed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Since:
    """How an item stands at the report.

    since: from when on that is so; None where that is not known.
    doubt: why even that may be outdated; "" where it is not.
    """

    status: StandingStatus
    reason: str
    since: datetime | None
    newer: Newer | None
    doubt: str


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of evidence as the llm was shown it.

    text: None where it cannot be shown again; `gone` says why, and is "" otherwise.
    age_seconds: of what it says, at the instant of the prompt; None where it has no time.
    freshness: how its source kept its promise then; state: how the item itself stood then.
    flags: what is doubtful about the times that its source gave.
    """

    number: int
    id: str
    title: str
    source: str
    kind: str
    url: str | None
    text: str | None
    gone: str
    value: str | None
    published_at: datetime | None
    updated_at: datetime | None
    observed_at: datetime | None
    valid_from: datetime | None
    valid_until: datetime | None
    age_seconds: float | None
    freshness: str
    state: str
    flags: tuple[str, ...]
    corroborated_by: tuple[str, ...]
    now: Since


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of an item's text that bears on a claim."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Then:
    """How an item that a claim rests on stood when the claim was checked."""

    number: int
    status: StandingStatus
    reason: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Two items that contradict each other on a claim, with the time of each."""

    numbers: tuple[int, int]
    at: tuple[datetime | None, datetime | None]
    says: tuple[str, str]
    agreeing: int
    reason: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A claim of the answer, and what the check said of it.

    outcome: None for what states nothing and needs no evidence.
    supported_by: numbers of the items that bear it out.
    still_true: whether it also followed from what held at the check; None where nobody looked.
    """

    start: int
    end: int
    text: str
    outcome: Outcome | None
    score: float | None
    reasons: tuple[str, ...]
    citations: tuple[int, ...]
    supported_by: tuple[int, ...]
    places: tuple[Place, ...]
    standings: tuple[Then, ...]
    conflicts: tuple[Clash, ...]
    still_true: bool | None


@dataclass(frozen=True, slots=True)
class Outward:
    """Something in the answer that leads outward; offsets are of the answer, or of a call."""

    kind: str
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check said of an answer."""

    outcome: Outcome
    score: float | None
    checked_at: datetime
    reasons: tuple[str, ...]
    claims: tuple[Marked, ...]
    outward: tuple[Outward, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to the prompt, and its check; None where it was not checked."""

    text: str
    checked: Checked | None


@dataclass(frozen=True, slots=True)
class Seal:
    """Whether the receipt is as it was made.

    is_whole: whether its name is still the digest of its bytes.
    redacted_at: when words of an erased document were taken out of it.
    """

    is_whole: bool
    redacted_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known of a prompt.

    created_at: of the prompt; as_of, known_at: the instants that it was made for.
    made_at: of this report; what has changed since is seen from there.
    answer: None where none is known.
    notes: what a reader has to know first, in sentences.
    """

    receipt_id: str
    made_at: datetime
    created_at: datetime
    as_of: datetime
    known_at: datetime
    timezone: str
    question: str
    conversation: tuple[Said, ...]
    evidence: tuple[Item, ...]
    answer: Answer | None
    seal: Seal
    notes: tuple[str, ...]
