"""What is read, what a suite says should come of it, and where the two differ."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from connectors.records import Document, Failure, Observation

SITE = b"http://site.invalid/"
Value = str | datetime | None


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded file, and the source that reads it.

    name: path within its suite, which also is its path on the site.
    media_type: the content type it is served with.
    body: what is served instead of the whole file, where an answer was recorded inside another.
    now: when the source is read, where that matters: some reports name no month.
    pages: what else has to be on the site, by path.

    `SITE` in what is served stands for the address of the site.
    """

    suite: str
    name: str
    file: Path
    kind: str
    media_type: str
    options: Mapping[str, object] = field(default_factory=dict)
    body: bytes | None = None
    now: datetime | None = None
    pages: Mapping[str, bytes] = field(default_factory=dict)

    def served(self) -> bytes:
        return self.file.read_bytes() if self.body is None else self.body


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading one recording once.

    address: where it was served. refusal: what the connector said when it gave up on purpose.
    crash: the traceback of anything else that it raised.
    """

    address: str = ""
    documents: tuple[Document, ...] = ()
    observations: tuple[Observation, ...] = ()
    failures: tuple[Failure, ...] = ()
    refusal: str | None = None
    crash: str | None = None
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0

    @property
    def is_parsed(self) -> bool:
        return self.refusal is None and self.crash is None


@dataclass(frozen=True, slots=True)
class Expected:
    """What a suite says of one entry, by the name of the field.

    position: where among the feed's entries, None where that does not matter.
    """

    claims: Mapping[str, Value]
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Expectations:
    """What a suite says of one file.

    count: number of entries, None where it does not say. feed_title: likewise.
    values: of series, by the series' key and the start of validity; None where it says nothing
        of values. are_all_values: others than these are wrong.
    unusable: statements about something else than what is compared.
    """

    entries: Sequence[Expected] = ()
    count: int | None = None
    feed_title: str | None = None
    values: Mapping[tuple[str, datetime], Decimal] | None = None
    are_all_values: bool = True
    unusable: int = 0


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One statement of a suite that does not hold for what was read.

    name: of the field. document: what the statement was compared with, None where nothing was
        read for it. claims: all that the suite says of the same entry.
    """

    recording: Recording
    reading: Reading
    name: str
    expected: Value
    found: Value
    document: Document | None = None
    claims: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """A class of disagreements that is right as it is; `explains` says if one belongs to it."""

    name: str
    explains: Callable[[Disagreement], bool]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A class of files that are rightly not read, by what their refusal says."""

    name: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Suite:
    """Recordings that are judged alike. `expectations` returns None where a file has none."""

    name: str
    recordings: Sequence[Recording]
    expectations: Callable[[Recording], Expectations | None]
    rules: Sequence[Rule] = ()
    refusals: Sequence[Refusal] = ()
