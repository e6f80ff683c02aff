"""Verify a chain, link by link, and name the first fault of each kind of tampering precisely.

    entries, bodies ─▶ in order? ─▶ digests? ─▶ signatures, by keys that are trusted? ─▶ bodies?

Nothing here needs a database or a network. What is proven: that nothing was changed, left out, put
in or moved between the first and the last entry, by anybody who does not have the key. What is not:
that the last entry seen is the last there was, unless its digest was written down elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from grounding.receipts.entries import START, Entry, Kind, Sealed, digest_of, read_entry, to_sign
from grounding.receipts.keys import is_signed, name_of

MOST_FAULTS: Final = 100


@dataclass(frozen=True, slots=True)
class Link:
    """An entry with the body of its receipt, if there is one left."""

    sealed: Sealed
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found.

    unchained: receipts of the database from before there was a chain.
    head: digest of the last entry. keys: names of those that signed.
    is_independent: whether the keys were given from outside, not by the chain itself.
    """

    entries: int
    signed: int
    receipts: int
    redacted: int
    deleted: int
    unchained: int
    head: str
    keys: tuple[str, ...]
    is_independent: bool
    faults: tuple[str, ...]

    @property
    def is_valid(self) -> bool:
        return not self.faults


@dataclass
class Verifier:
    """Takes links one after the other.

    trusted: public keys by name, from outside; empty to take those that the chain names.
    first, previous: what the first link has to be: its position, and the digest before it.
    must_contain: a digest that was written down elsewhere.
    """

    trusted: Mapping[str, str] = field(default_factory=dict)
    first: int = 1
    previous: str = START
    must_contain: str | None = None

    def __post_init__(self) -> None:
        self._known = dict(self.trusted)
        self._position = self.first - 1
        self._bodies: dict[str, tuple[str, int, datetime]] = {}
        self._seen: dict[str, str | None] = {}
        self._deleted_before: datetime | None = None
        self._faults: list[str] = []
        self._count = self._signed = self._redacted = 0
        self._keys: dict[str, None] = {}
        self._contains = self.must_contain is None
        self._unchained = 0
        self.began: datetime | None = None
        """When the first entry was made."""

    def take(self, link: Link) -> None:
        """Verify one link."""
        sealed = link.sealed
        self._count += 1
        place = f"entry {self._position + 1}"
        try:
            entry = read_entry(sealed.content)
        except ValueError as error:
            self._fault(f"{place}: {error}")
            self._position += 1
            self.previous = sealed.digest
            return
        self.began = self.began or entry.created_at
        self._require_place(entry, place)
        digest = digest_of(sealed.content)
        if digest != sealed.digest:
            self._fault(f"{place}: its content is not that of its digest")
        self._require_signature(entry, sealed, place)
        self._note(entry, link.body)
        self._contains = self._contains or digest == self.must_contain
        self._position, self.previous = entry.position, digest

    def take_unchained(self, older: int, strange: Sequence[str]) -> None:
        """Take what no entry is about: how many receipts from before the first one, and others."""
        self._unchained = older
        for receipt in strange:
            self._fault(f"the receipt {receipt} is in no entry")

    def report(self, *, expected_head: str | None = None) -> Report:
        """Return what was found, after the last link."""
        if expected_head is not None and expected_head != self.previous:
            self._fault(f"the last entry is not the one that was named: {expected_head}")
        if not self._contains:
            self._fault(f"no entry has the digest {self.must_contain}")
        deleted = self._require_bodies()
        return Report(
            entries=self._count,
            signed=self._signed,
            receipts=len(self._bodies),
            redacted=self._redacted,
            deleted=deleted,
            unchained=self._unchained,
            head=self.previous,
            keys=tuple(self._keys),
            is_independent=bool(self.trusted),
            faults=tuple(self._faults),
        )

    def _require_place(self, entry: Entry, place: str) -> None:
        if entry.position != self._position + 1:
            self._fault(f"{place}: has the position {entry.position}: one is missing or moved")
        elif entry.previous != self.previous:
            self._fault(f"{place}: does not follow the one before it")

    def _require_signature(self, entry: Entry, sealed: Sealed, place: str) -> None:
        if sealed.key is None or sealed.signature is None:
            if self._keys or self.trusted or sealed.key or sealed.signature:
                self._fault(f"{place}: is not signed")
            return
        self._learn(entry, sealed, place)
        public = self._known.get(sealed.key)
        if public is None:
            self._fault(f"{place}: is signed by {sealed.key}, a key that nobody vouched for")
        elif not is_signed(public, sealed.signature, to_sign(digest_of(sealed.content))):
            self._fault(f"{place}: its signature is not that of key {sealed.key}")
        else:
            self._signed += 1
        self._keys[sealed.key] = None

    def _learn(self, entry: Entry, sealed: Sealed, place: str) -> None:
        """Take over a key that the chain names, if who signed may name it."""
        if entry.kind is not Kind.KEY:
            return
        key, public = str(entry.facts.get("key")), str(entry.facts.get("public"))
        try:
            is_named = name_of(public) == key
        except ValueError:
            is_named = False
        if not is_named:
            self._fault(f"{place}: its key is not called {key}")
            return
        is_vouched = entry.facts.get("vouched_by") == sealed.key and sealed.key in self._known
        if is_vouched or not self.trusted:
            self._known.setdefault(key, public)

    def _note(self, entry: Entry, body: bytes | None) -> None:
        """Remember what the body of a receipt has to be."""
        if entry.kind is Kind.RETENTION:
            self._deleted_before = datetime.fromisoformat(str(entry.facts["before"]))
        if entry.receipt is None or entry.body_sha256 is None:
            return
        self._redacted += entry.kind is Kind.REDACTION
        made_at = self._bodies.get(entry.receipt, ("", 0, entry.created_at))[2]
        self._bodies[entry.receipt] = (entry.body_sha256, entry.position, made_at)
        seen = None if body is None else digest_of(body)
        if self._seen.get(entry.receipt, seen) != seen:
            self._fault(f"entry {entry.position}: the receipt {entry.receipt} is there twice")
        self._seen[entry.receipt] = seen

    def _require_bodies(self) -> int:
        """Compare bodies with the last entries about them; return how many were deleted."""
        deleted = 0
        for receipt, (digest, position, made_at) in self._bodies.items():
            seen = self._seen[receipt]
            if seen is None and self._deleted_before and made_at < self._deleted_before:
                deleted += 1
            elif seen is None:
                self._fault(f"entry {position}: the receipt {receipt} is missing")
            elif seen != digest:
                self._fault(f"entry {position}: the receipt {receipt} is not what it was")
        return deleted

    def _fault(self, text: str) -> None:
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(text)


def verified(links: Iterable[Link], verifier: Verifier | None = None) -> Report:
    """Verify all links."""
    taking = verifier or Verifier()
    for link in links:
        taking.take(link)
    return taking.report()
