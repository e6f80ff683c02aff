"""Take the words of an erased document out of receipts.

A receipt names what was shown and holds none of its text, but a caller's conversation is in it,
and that may quote an earlier prompt. Whatever has `RUN` letters and digits in a row in common with
the document goes, whole, whichever part of it was quoted. Digests go as well: those of short texts
can be guessed. What is left still says that there was a prompt, when, and from which sources.
"""

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from connectors.records import JsonValue
from grounding.query.receipt import Receipt, receipt_bytes
from grounding.receipts.chain import Chain, Recorded
from grounding.receipts.entries import Kind, digest_of
from indexer.catalogue import erasures, slices

ERASED = "[erased]"
RUN = 31
_LENGTH = 24
_STEP = RUN - _LENGTH + 1
_SHORTEST = 8
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a text is recognised by: hashes of every stretch of it, or all of a short one."""

    stretches: frozenset[int]
    short: frozenset[str]

    def is_quoted_in(self, text: str) -> bool:
        said = _letters(text)
        return any(
            hash(said[start : start + _LENGTH]) in self.stretches
            for start in range(0, max(1, len(said) - _LENGTH + 1), _STEP)
        ) or any(each in said for each in self.short)


def redact_receipts(
    session: Session, uid: str, texts: Iterable[str], *, at: datetime, chain: Chain
) -> int:
    """Rewrite every receipt that names the document or quotes it; return how many those are.

    The chain records of each what its body was and is, so that it stays valid.
    """
    secret = fingerprint(texts)
    done: list[Recorded] = []
    for some in slices(erasures.receipt_ids(session), _AT_ONCE):
        for receipt_id, body in erasures.receipt_bodies(session, some).items():
            receipt: Receipt = json.loads(body)
            cleared = redacted(receipt, uid, secret)
            if cleared != receipt:
                stamped = receipt_bytes({**cleared, "redacted_at": at.isoformat()})
                erasures.replace_receipt(session, receipt_id, stamped)
                was: dict[str, JsonValue] = {"was": digest_of(body)}
                done.append(Recorded(Kind.REDACTION, at, receipt_id, stamped, was))
    chain.append(session, done)
    return len(done)


def fingerprint(texts: Iterable[str]) -> Fingerprint:
    stretches: set[int] = set()
    short: set[str] = set()
    for letters in {_letters(text) for text in texts}:
        if len(letters) >= RUN:
            last = len(letters) - _LENGTH + 1
            stretches.update(hash(letters[start : start + _LENGTH]) for start in range(last))
        elif len(letters) >= _SHORTEST:
            short.add(letters)
    return Fingerprint(frozenset(stretches), frozenset(short))


def redacted(receipt: Receipt, uid: str, secret: Fingerprint) -> Receipt:
    """Return the receipt without what the document said; the same if it says nothing of it."""
    if receipt.get("kind") == "answer":
        return _answer_without(receipt, uid, secret)
    entries = receipt["evidence"]
    evidence = [_without(each, uid) for each in entries] if isinstance(entries, list) else []
    return {**receipt, "messages": _cleared(receipt["messages"], secret), "evidence": evidence}


def _answer_without(receipt: Receipt, uid: str, secret: Fingerprint) -> Receipt:
    """Take out of an answer what quotes the document, and its verdict if that rests on it."""
    cleared: Receipt = {**receipt, "answer": _cleared(receipt["answer"], secret)}
    verdict = receipt.get("verdict")
    chunks = verdict.get("cited_chunks") if isinstance(verdict, dict) else None
    if isinstance(chunks, list) and any(_is_of(chunk, uid) for chunk in chunks):
        return {**cleared, "answer": ERASED, "answer_sha256": None, "verdict": None}
    return {**cleared, "verdict": _cleared(verdict, secret)}


def _without(entry: JsonValue, uid: str) -> JsonValue:
    if not isinstance(entry, dict):
        return entry
    if _is_of(entry, uid):
        return {**entry, "digest": None, "is_erased": True}
    others = entry.get("also_in")
    if not isinstance(others, list):  # an older receipt
        return entry
    return {**entry, "also_in": [each for each in others if not _is_of(each, uid)]}


def _is_of(entry: JsonValue, uid: str) -> bool:
    return isinstance(entry, dict) and str(entry.get("id")).startswith(f"{uid}@")


def _cleared(value: JsonValue, secret: Fingerprint) -> JsonValue:
    if isinstance(value, str):
        return ERASED if secret.is_quoted_in(value) else value
    if isinstance(value, list):
        return [_cleared(each, secret) for each in value]
    if isinstance(value, dict):
        return {name: _cleared(each, secret) for name, each in value.items()}
    return value


def _letters(text: str) -> str:
    """Return what no rendering changes: letters and digits, in one case and width."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
