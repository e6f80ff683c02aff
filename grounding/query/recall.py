"""Read the evidence of a receipt again, as it was shown, from the stored versions it names."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from connectors.records import JsonValue
from grounding.query.candidates import cited_as
from grounding.query.moments import Moment
from grounding.query.records import Evidence
from grounding.query.replay import entries_of, frame_of, restored
from indexer.catalogue import evidence


@dataclass(frozen=True, slots=True)
class Gone:
    """An item of a receipt that cannot be shown again, and why."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What `replay` asks for: passages and cards by evidence id, whole texts by version."""

    passages: Mapping[str, Evidence]
    texts: Mapping[tuple[str, int], str]


def stored(session: Session, receipt: Mapping[str, JsonValue]) -> Stored:
    """Return what is stored of the versions that a receipt names."""
    frame = frame_of(receipt)
    at = Moment(frame.as_of, frame.as_of, frame.known_at)
    names = {_name(str(entry["id"])) for entry in entries_of(receipt)}
    cited = [
        cited_as(passage, standing, at)
        for passage, standing in evidence.passages_named(session, names)
    ]
    versions = {(uid, version) for uid, version, _ in names}
    return Stored({each.id: each for each in cited}, evidence.texts(session, versions))


def recalled(session: Session, receipt: Mapping[str, JsonValue]) -> list[Evidence | Gone]:
    """Return the items of a receipt in the order of their numbers.

    An item that was erased, or is stored no more, is `Gone`.
    """
    found = stored(session, receipt)
    return [_recalled(entry, found) for entry in entries_of(receipt)]


def _recalled(entry: Mapping[str, JsonValue], found: Stored) -> Evidence | Gone:
    try:
        return restored(entry, found.passages, found.texts)
    except ValueError as error:
        return Gone(str(entry["id"]), str(error))


def _name(evidence_id: str) -> tuple[str, int, int]:
    """Take an id apart: document, version, ordinal."""
    uid, _, rest = evidence_id.partition("@")
    version, _, ordinal = rest.partition("#")
    return uid, int(version), int(ordinal)
