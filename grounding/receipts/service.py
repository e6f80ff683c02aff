"""What the service does with receipts: verify, replay, prune, rotate keys."""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from connectors.clock import Clock
from connectors.records import JsonValue
from grounding.errors import NotFound
from grounding.query.recall import stored
from grounding.query.receipt import rendered_sha256
from grounding.query.records import Rendered
from grounding.query.replay import replay
from grounding.receipts.chain import Chain, Recorded, announced
from grounding.receipts.entries import Kind, Sealed, digest_of, read_entry
from grounding.receipts.errors import KeyUnusable
from grounding.receipts.keys import prepared_key, put_in_use
from grounding.receipts.verify import MOST_FAULTS, Link, Report, Verifier
from indexer.catalogue import receipts
from indexer.catalogue.receipts import StoredEntry
from indexer.database import Database

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one receipt stands in the chain.

    position: of its first entry; None where it has none.
    redacted_at: when words of erased documents were taken out of it, if they were.
    faults: what is wrong; none means that it is what it was, as far as the chain tells.
    """

    id: str
    position: int | None
    is_signed: bool
    key: str | None
    body_sha256: str
    redacted_at: datetime | None
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A prompt made again. reason: why it is not, or not the same."""

    id: str
    matches: bool
    expected_sha256: str | None
    rendered_sha256: str | None
    reason: str
    rendered: Rendered | None


@dataclass(frozen=True, slots=True)
class Receipts:
    """The receipts of a database, and their chain.

    keep: after how long their bodies are deleted; None never.
    """

    database: Database
    chain: Chain
    clock: Clock
    keep: timedelta | None = None

    def verified(self, receipt_id: str) -> Standing:
        """Verify one receipt, and the links that hold it.

        Raises:
            NotFound: there is none of that name.
        """
        with self.database.reading() as session:
            body_of(session, receipt_id)
            content = receipts.body(session, receipt_id) or b""
            entries = receipts.entries_of(session, receipt_id)
            if not entries:
                fault = "it is not in the chain: it was made before there was one, or put in"
                return Standing(receipt_id, None, False, None, digest_of(content), None, (fault,))
            faults = [fault for each in entries for fault in _faults(session, each)]
        last = read_entry(entries[-1].content)
        if last.body_sha256 != digest_of(content):
            faults.append("it is not what it was when it was chained")
        is_redacted = last.kind is Kind.REDACTION
        return Standing(
            id=receipt_id,
            position=entries[0].position,
            is_signed=all(each.signature is not None for each in entries),
            key=entries[0].key,
            body_sha256=digest_of(content),
            redacted_at=last.created_at if is_redacted else None,
            faults=tuple(faults),
        )

    def all_verified(
        self, trusted: Mapping[str, str] | None = None, must_contain: str | None = None
    ) -> Report:
        """Verify the whole chain of the database, and that it holds every receipt."""
        verifier = Verifier(trusted or {}, must_contain=must_contain)
        with self.database.reading() as session:
            for link in links(session):
                verifier.take(link)
            older, strange = receipts.unchained(session, since=verifier.began, most=MOST_FAULTS)
        verifier.take_unchained(older, strange)
        return verifier.report()

    def replayed(self, receipt_id: str) -> Replayed:
        """Make the prompt of a receipt again, from the stored versions that it names.

        Raises:
            NotFound: there is no such receipt.
        """
        with self.database.reading() as session:
            receipt = prompt_of(session, receipt_id)
            found = stored(session, receipt)
        expected = receipt.get("rendered_sha256")
        try:
            rendered = replay(receipt, found.passages, found.texts)
        except ValueError as error:
            return Replayed(receipt_id, False, expected, None, str(error), None)
        digest = rendered_sha256(rendered)
        matches = digest == expected
        reason = "" if matches else "the conversation or the evidence was redacted or changed"
        return Replayed(receipt_id, matches, expected, digest, reason, rendered)

    def prune(self) -> None:
        """Delete the bodies of receipts that are older than is to be kept."""
        if self.keep is None:
            return
        try:
            self.prune_before(self.clock() - self.keep)
        except (SQLAlchemyError, KeyUnusable) as error:
            logger.error("old receipts not deleted, it will be tried again: %s", error)

    def prune_before(self, before: datetime) -> int:
        """Delete the bodies of receipts made before an instant; the chain says that it was done."""
        with self.database.writing() as session:
            count = receipts.delete_before(session, before)
            if count:
                facts: dict[str, JsonValue] = {"before": before.isoformat(), "deleted": count}
                self.chain.append(session, [Recorded(Kind.RETENTION, self.clock(), facts=facts)])
        if count:
            logger.info("receipts deleted: %d", count)
        return count

    def rotate(self) -> tuple[str, str]:
        """Let another key sign from here on, vouched for by the one before; return both names.

        It is in use once the chain names it. If that fails, the one before goes on to sign.

        Raises:
            KeyUnusable: no key is configured, or it cannot be used.
        """
        keys = self.chain.keys
        if keys is None:
            raise KeyUnusable('no keys are configured: set `keys = "data/keys"` under [receipts]')
        with self.database.writing() as session:
            old = keys.current()
            new, prepared = prepared_key(keys.directory)
            entry = announced(new, self.clock(), vouched_by=old.name)
            is_known = receipts.last_key(session) == old.name
            first = [] if is_known else [announced(old, self.clock(), vouched_by=None)]
            self.chain.append_signed(session, [*first, entry], old)
        put_in_use(keys.directory, old, prepared)
        return old.name, new.name


def body_of(session: Session, receipt_id: str) -> dict[str, Any]:  # Any: JSON
    """Return a receipt: of a prompt, or of an answer.

    Raises:
        NotFound: there is none of that name, or its body was deleted.
    """
    content = receipts.body(session, receipt_id)
    if content is None:
        gone = receipts.entries_of(session, receipt_id)
        why = "; its body was deleted, its entry in the chain is kept" if gone else ""
        raise NotFound(f"no receipt is named {receipt_id}{why}")
    found: dict[str, Any] = json.loads(content)
    return found


def prompt_of(session: Session, receipt_id: str) -> dict[str, Any]:  # Any: JSON
    """Return the receipt of a prompt.

    Raises:
        NotFound: as `body_of`, or it is that of an answer.
    """
    found = body_of(session, receipt_id)
    if found.get("kind") == "answer":
        raise NotFound(f"{receipt_id} is an answer: name its prompt {found['receipt']}")
    return found


def links(session: Session, *, first: int = 1, last: int | None = None) -> Iterator[Link]:
    """Yield the chain of a database as what is verified and exported."""
    for each in receipts.entries(session, first=first, last=last):
        yield Link(_sealed(each), each.body)


def _faults(session: Session, stored_entry: StoredEntry) -> list[str]:
    """Verify one link, and that its neighbours hold it."""
    position = stored_entry.position
    before = receipts.entry_at(session, position - 1)
    after = receipts.entry_at(session, position + 1)
    keys = _keys_until(session, position)
    start = {} if before is None else {"previous": before.digest}
    verifier = Verifier(keys, first=position, **start)
    verifier.take(Link(_sealed(stored_entry)))
    faults = [each for each in verifier.report().faults if "is missing" not in each]
    if not keys and stored_entry.signature is None:
        faults = [each for each in faults if "is not signed" not in each]
    if after is not None and read_entry(after.content).previous != stored_entry.digest:
        faults.append(f"entry {position + 1}: does not follow this one")
    return faults


def _sealed(stored_entry: StoredEntry) -> Sealed:
    return Sealed(
        stored_entry.content, stored_entry.digest, stored_entry.key, stored_entry.signature
    )


def _keys_until(session: Session, position: int) -> dict[str, str]:
    """Return the public keys that the chain names up to a position."""
    found: dict[str, str] = {}
    for each in receipts.key_entries(session, until=position):
        facts = read_entry(each.content).facts
        found[str(facts.get("key"))] = str(facts.get("public"))
    return found
