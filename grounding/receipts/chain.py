"""Add entries to the chain, in the transaction that stores what they are about.

Writers of one database take turns, so that the last entry a writer sees is the last there is, and
positions have no gaps, however many processes serve.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from connectors.records import JsonValue
from grounding.receipts.entries import START, Entry, Kind, Sealed, digest_of, to_sign
from grounding.receipts.keys import KeyRing, SigningKey
from indexer.catalogue import receipts


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is to become an entry."""

    kind: Kind
    created_at: datetime
    receipt: str | None = None
    body: bytes | None = None
    facts: Mapping[str, JsonValue] = field(default_factory=dict)


class Chain:
    """Appends to the chain of a database. keys: None leaves entries unsigned."""

    def __init__(self, keys: KeyRing | None = None) -> None:
        self.keys = keys

    def append(self, session: Session, some: Iterable[Recorded]) -> None:
        """Write entries, in order, in a writing session; the caller commits.

        Raises:
            KeyUnusable: entries are to be signed and the key is gone.
        """
        given = list(some)
        if not given:
            return
        key = None if self.keys is None else self.keys.current()
        if key is not None and receipts.last_key(session) != key.name:
            given.insert(0, announced(key, given[0].created_at, vouched_by=None))
        self.append_signed(session, given, key)

    def append_signed(
        self, session: Session, some: Iterable[Recorded], key: SigningKey | None
    ) -> None:
        """Write entries signed by a key, or by none."""
        position, previous = receipts.head(session) or (0, START)
        rows: list[dict[str, object]] = []
        for one in some:
            position += 1
            entry = Entry(
                position=position,
                kind=one.kind,
                receipt=one.receipt,
                created_at=one.created_at,
                body_sha256=None if one.body is None else digest_of(one.body),
                previous=previous,
                facts=one.facts,
            )
            sealed = seal(entry, key)
            previous = sealed.digest
            rows.append(_row(entry, sealed))
        receipts.add_entries(session, rows)


def seal(entry: Entry, key: SigningKey | None) -> Sealed:
    content = entry.canonical()
    digest = digest_of(content)
    if key is None:
        return Sealed(content, digest)
    return Sealed(content, digest, key.name, key.sign(to_sign(digest)))


def announced(key: SigningKey, at: datetime, *, vouched_by: str | None) -> Recorded:
    """Return the entry from which on a key signs.

    vouched_by: the key that signs this entry, where that is the one before; None where the new key
        speaks for itself, as the first one does and the one after a lost key.
    """
    facts: dict[str, JsonValue] = {
        "key": key.name,
        "public": key.public,
        "vouched_by": vouched_by,
    }
    return Recorded(Kind.KEY, at, facts=facts)


def _row(entry: Entry, sealed: Sealed) -> dict[str, object]:
    return {
        "position": entry.position,
        "receipt_id": entry.receipt,
        "content": sealed.content,
        "digest": sealed.digest,
        "key": sealed.key,
        "signature": sealed.signature,
    }
