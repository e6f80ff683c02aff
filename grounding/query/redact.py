"""Take the words of an erased document out of receipts.

A receipt names what was shown and holds none of its text, but a caller's conversation is in it,
and that may quote an earlier prompt. Digests go as well: those of short texts can be guessed.
What is left still says that there was a prompt, when, and from which sources.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from connectors.records import JsonValue
from grounding.query import neutralise
from grounding.query.receipt import Receipt, receipt_bytes
from indexer.catalogue import erasures, slices

ERASED = "[erased]"
_SHORTEST_LINE = 20
_SHORTEST_TEXT = 8
_AT_ONCE = 200


def redact_receipts(session: Session, uid: str, texts: Sequence[str], *, at: datetime) -> int:
    """Rewrite every receipt that names the document or quotes it; return how many those are."""
    words = fragments(texts)
    wanted = [uid.encode(), *map(_as_in_json, words)]
    count = 0
    for some in slices(erasures.receipt_ids(session), _AT_ONCE):
        for receipt_id, body in erasures.receipt_bodies(session, some).items():
            if any(each in body for each in wanted):
                cleared = redacted(json.loads(body), uid, words, at=at)
                erasures.replace_receipt(session, receipt_id, receipt_bytes(cleared))
                count += 1
    return count


def fragments(texts: Iterable[str]) -> tuple[str, ...]:
    """Return what betrays that something was quoted: its lines, raw and as a prompt shows them."""
    found: dict[str, None] = {}
    for text in texts:
        shown = neutralise.block(text, max_chars=len(text) + 1)
        if len(text.strip()) >= _SHORTEST_TEXT:
            found |= dict.fromkeys((text.strip(), shown))
        for line in (*text.splitlines(), *shown.splitlines()):
            if len(line.strip()) >= _SHORTEST_LINE:
                found[line.strip()] = None
    return tuple(found)


def redacted(receipt: Receipt, uid: str, words: Sequence[str], *, at: datetime) -> Receipt:
    entries = receipt["evidence"]
    evidence = [_without_digest(each, uid) for each in _listed(entries)]
    return {
        **receipt,
        "messages": _cleared(receipt["messages"], words),
        "evidence": evidence,
        "redacted_at": at.isoformat(),
    }


def _without_digest(entry: JsonValue, uid: str) -> JsonValue:
    if not isinstance(entry, dict) or not str(entry.get("id")).startswith(f"{uid}@"):
        return entry
    return {**entry, "digest": None, "is_erased": True}


def _cleared(value: JsonValue, words: Sequence[str]) -> JsonValue:
    if isinstance(value, str):
        return ERASED if any(each in value for each in words) else value
    if isinstance(value, list):
        return [_cleared(each, words) for each in value]
    if isinstance(value, dict):
        return {name: _cleared(each, words) for name, each in value.items()}
    return value


def _listed(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _as_in_json(words: str) -> bytes:
    return json.dumps(words, ensure_ascii=False)[1:-1].encode("utf-8", "replace")
