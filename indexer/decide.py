"""Decide what a batch does to what is stored: pure functions, records in, records out.

    documents + newest stored versions   ->  Decision(new, changed, unchanged, ...)
    observations + current observations  ->  ValueDecision(new, revised, unchanged)

A version is identified by a digest of what a reader can see. `updated_at` is left out of it:
a file that was touched, or a feed that stamps every entry afresh, says nothing new. So are the
metadata that the connector calls volatile.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from connectors.records import Document, Observation
from indexer.published import counting
from indexer.records import StoredObservation, StoredVersion

READS_BEFORE_REMOVAL = 2

Standing: TypeAlias = tuple[int, bool] | None
"""A key's newest stored row and whether it is current; None if nothing is stored of it."""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version to store. `replaces` is the row that is current until then, if any."""

    document: Document
    uid: str
    version: int
    content_hash: str
    replaces: int | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a batch of documents does: versions to add, rows to retire, to confirm, to count.

    `basis` is what was decided on: how each key concerned stood.
    """

    versions: tuple[NewVersion, ...]
    unchanged: tuple[int, ...]
    removed: tuple[int, ...]
    basis: Mapping[str, Standing]

    @property
    def replaced(self) -> tuple[int, ...]:
        """The rows that end because a new version takes their place."""
        return tuple(one.replaces for one in self.versions if one.replaces is not None)


@dataclass(frozen=True, slots=True)
class ValueDecision:
    """What observations do: values to add, and rows they revise."""

    new: tuple[Observation, ...]
    revised: tuple[tuple[int, Observation], ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class Absence:
    """What a complete snapshot read says of items it did not list, or lists again."""

    removed: tuple[int, ...] = ()
    absent: tuple[int, ...] = ()
    returned: tuple[int, ...] = ()

    @property
    def says_nothing(self) -> bool:
        return not (self.removed or self.absent or self.returned)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long what does not say so itself holds, and the present it is counted from."""

    ttl: timedelta
    now: datetime


def decide(
    documents: Iterable[Document],
    *,
    stored: Mapping[str, StoredVersion],
    source: str,
    removed: Collection[str] = (),
    lifetime: Lifetime | None = None,
) -> Decision:
    """Return what these documents and explicit removals do; the last of equal keys counts.

    With a lifetime an unchanged document that says of itself neither since nor until when it holds
    begins anew once half of its time is over: its source still says it.
    """
    latest = {document.key: document for document in documents}
    versions: list[NewVersion] = []
    unchanged: list[int] = []
    for key, document in latest.items():
        known = stored.get(key)
        digest = content_hash(document)
        is_same = known is not None and known.is_current and known.content_hash == digest
        if known is not None and is_same and not _begins_anew(document, known, lifetime):
            unchanged.append(known.row)
        else:
            versions.append(_next_version(document, digest, known, source))
    gone = [stored[key] for key in removed if key in stored and key not in latest]
    return Decision(
        versions=tuple(versions),
        unchanged=tuple(unchanged),
        removed=tuple(version.row for version in gone if version.is_current),
        basis={key: standing(stored.get(key)) for key in {*latest, *removed}},
    )


def decide_values(
    observations: Iterable[Observation],
    *,
    stored: Mapping[tuple[str, datetime], StoredObservation],
) -> ValueDecision:
    """Return which values are new and which revise a stored one; the last of equals counts."""
    latest = {(one.series, one.valid_from): one for one in observations}
    new: list[Observation] = []
    revised: list[tuple[int, Observation]] = []
    unchanged = 0
    for identity, one in latest.items():
        known = stored.get(identity)
        if known is None:
            new.append(one)
        elif _is_same(one, known):
            unchanged += 1
        else:
            revised.append((known.row, one))
    return ValueDecision(tuple(new), tuple(revised), unchanged)


def decide_absence(current: Sequence[StoredVersion], seen: Collection[str]) -> Absence:
    """Return what a complete read that listed `seen` does to current items it did not list.

    A read that listed nothing says nothing: it removes nothing and counts nothing.
    """
    if not seen:
        return Absence()
    missing = [version for version in current if version.key not in seen]
    return Absence(
        removed=tuple(
            version.row for version in missing if version.absent_reads + 1 >= READS_BEFORE_REMOVAL
        ),
        absent=tuple(
            version.row for version in missing if version.absent_reads + 1 < READS_BEFORE_REMOVAL
        ),
        returned=tuple(
            version.row for version in current if version.key in seen and version.absent_reads
        ),
    )


def _begins_anew(document: Document, known: StoredVersion, lifetime: Lifetime | None) -> bool:
    if lifetime is None or known.valid_until is None:
        return False
    published = counting(document.published_at, lifetime.now)
    if document.valid_from or document.valid_until or published:
        return False
    return known.valid_until - lifetime.now <= lifetime.ttl / 2


def standing(version: StoredVersion | None) -> Standing:
    return None if version is None else (version.row, version.is_current)


def content_hash(document: Document) -> str:
    """Return the SHA-256 of what makes a version of this document a different one."""
    volatile = frozenset(document.volatile)
    parts = [
        document.title,
        document.text,
        document.url,
        document.author,
        _moment(document.published_at),
        _moment(document.valid_from),
        _moment(document.valid_until),
        {name: value for name, value in document.metadata.items() if name not in volatile},
        *(
            [span.start, span.end, _moment(span.valid_from), _moment(span.valid_until)]
            for span in document.spans
        ),
    ]
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def document_uid(source: str, key: str) -> str:
    """Return the public identity of a document: the same wherever that source is read."""
    return hashlib.sha256(f"{source}\n{key}".encode()).hexdigest()[:24]


def _next_version(
    document: Document, digest: str, known: StoredVersion | None, source: str
) -> NewVersion:
    if known is None:
        return NewVersion(document, document_uid(source, document.key), 1, digest, None)
    replaces = known.row if known.is_current else None
    return NewVersion(document, known.uid, known.version + 1, digest, replaces)


def _is_same(one: Observation, known: StoredObservation) -> bool:
    return (one.value, one.valid_until, one.published_at) == (
        known.value,
        known.valid_until,
        known.published_at,
    )


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
