"""Entries of the chain: one for each receipt, each naming the digest of the one before.

    entry 1 ◀── previous ── entry 2 ◀── previous ── entry 3
      │ body_sha256           │                       │
    receipt                 receipt                 redaction of a receipt

An entry is canonical JSON (RFC 8785); its digest is the SHA-256 of these bytes, and its signature
is Ed25519 (RFC 8032) over a prefix and that digest. What is changed, left out, put in or moved
changes a digest that the next entry names.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import rfc8785

from connectors.records import JsonValue

FORMAT: Final = 1
START: Final = "0" * 64
"""What the first entry names as the one before."""
_SIGNED: Final = b"grounding receipt entry 1\n"
_NAMES: Final = frozenset(
    {"format", "position", "kind", "receipt", "created_at", "body_sha256", "previous", "facts"}
)


class Kind(StrEnum):
    """What an entry records."""

    CONTEXT = "context"
    """A prompt was made."""
    ANSWER = "answer"
    """An answer to it was given."""
    REDACTION = "redaction"
    """Words of an erased document were taken out of a receipt."""
    RETENTION = "retention"
    """The bodies of all receipts made before some time were deleted."""
    KEY = "key"
    """From here on another key signs."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One link.

    receipt: its id; None for entries that are about no one receipt.
    body_sha256: of the receipt's body, after a redaction of what is left; None without one.
    facts: what else is recorded, by the kind.
    """

    position: int
    kind: Kind
    receipt: str | None
    created_at: datetime
    body_sha256: str | None
    previous: str
    facts: Mapping[str, JsonValue]

    def canonical(self) -> bytes:
        """The bytes that the digest is taken of."""
        return rfc8785.dumps(
            {
                "format": FORMAT,
                "position": self.position,
                "kind": self.kind.value,
                "receipt": self.receipt,
                "created_at": self.created_at.astimezone(UTC).isoformat(),
                "body_sha256": self.body_sha256,
                "previous": self.previous,
                "facts": dict(self.facts),
            }
        )


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry as it is stored. signature: by `key`; both None where nobody signed."""

    content: bytes
    digest: str
    key: str | None = None
    signature: bytes | None = None


def read_entry(content: bytes) -> Entry:
    """Read an entry back.

    Raises:
        ValueError: it is none, or is not written in canonical form.
    """
    try:
        entry = _entry(json.loads(content))
        is_canonical = entry.canonical() == content
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError) as error:
        raise ValueError(f"no entry: {error}") from error
    if not is_canonical:
        raise ValueError("no entry: not in canonical form")
    return entry


def _entry(found: Any) -> Entry:  # Any: JSON
    if not isinstance(found, dict) or found.keys() != _NAMES or found["format"] != FORMAT:
        raise ValueError("not of this format")
    return Entry(
        position=int(found["position"]),
        kind=Kind(found["kind"]),
        receipt=found["receipt"],
        created_at=datetime.fromisoformat(found["created_at"]),
        body_sha256=found["body_sha256"],
        previous=str(found["previous"]),
        facts=dict(found["facts"]),
    )


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def to_sign(digest: str) -> bytes:
    """The bytes that a key signs for an entry of this digest."""
    return _SIGNED + digest.encode()
