"""Receipts: the record of what a model was shown, from which the prompt can be made again.

A receipt is JSON in canonical form (RFC 8785), so equal receipts are equal bytes, and its id is
taken from those bytes. It names every item by document, version and passage with the digest of
its text, and holds everything else that the rendering depended on. The texts of documents are not
in it: they are read again from the stored versions; values of series are, since their statement
is made at query time.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias

import rfc8785

from connectors.records import JsonValue
from grounding.query.datamarks import told
from grounding.query.dialects.registry import DIALECTS
from grounding.query.records import (
    Context,
    DialectName,
    Elsewhere,
    Evidence,
    Frame,
    FreshnessStatus,
    PreviousValue,
    Rendered,
    ScreeningFlag,
    ValueAt,
)
from grounding.query.statement import plain

Receipt: TypeAlias = dict[str, JsonValue]

FORMAT = 3
"""2 named no dialect: it was OpenAI's. 1 had no start, end and passages: an item was one, whole.

Those without `rendering` went through the first neutraliser, and had no datamark.
"""


def build_receipt(
    context: Context, *, seq: int, created_at: datetime, options: Mapping[str, JsonValue]
) -> Receipt:
    """Record a context.

    options: what the caller asked for (token_budget, filters, ...), as JSON.

    Raises:
        ValueError: something in the caller's messages has no canonical form.
    """
    frame = context.frame
    dialect = DIALECTS[context.rendered.dialect]
    evidence = [candidate.evidence for candidate in context.packed.candidates]
    messages: list[JsonValue] = [dict(message) for message in context.asked]
    return {
        "format": FORMAT,
        "policy_version": dialect.policy_version,
        "dialect": dialect.name.value,
        "created_at": _written(created_at),
        "as_of": _written(frame.as_of),
        "known_at": _written(frame.known_at),
        "seq": seq,
        "timezone": frame.timezone,
        "nonce": frame.nonce,
        "base_url": frame.base_url,
        "rendering": {"neutraliser": frame.neutraliser, "datamark": frame.datamark},
        "options": dict(options),
        "messages": messages,
        "messages_sha256": _sha256(_canonical(messages)),
        "evidence": [_entry(item, i, frame) for i, item in enumerate(evidence, start=1)],
        "instructions_sha256": _sha256(told(dialect.instructions, frame).encode()),
        "context_sha256": _sha256(dialect.context(evidence, frame).encode()),
        "rendered_sha256": rendered_sha256(context.rendered),
        "token_count": context.packed.token_count,
    }


def receipt_bytes(receipt: Mapping[str, JsonValue]) -> bytes:
    """The canonical form: what is stored, and what an id or a signature is taken of.

    Raises:
        ValueError: something in it has no canonical form.
    """
    return _canonical(dict(receipt))


def receipt_id(canonical: bytes) -> str:
    return f"rcpt_{_sha256(canonical)[:24]}"


def rendered_sha256(rendered: Rendered) -> str:
    """Digest of what goes into a request, in canonical form: of OpenAI's the messages alone."""
    return _sha256(_canonical(_sent(rendered)))


def _sent(rendered: Rendered) -> JsonValue:
    messages: list[JsonValue] = [dict(message) for message in rendered.messages]
    match rendered.dialect:
        case DialectName.OPENAI:
            return messages
        case DialectName.ANTHROPIC:
            return {"system": [dict(each) for each in rendered.system], "messages": messages}
        case DialectName.COHERE:
            return {"messages": messages, "documents": [dict(each) for each in rendered.documents]}
        case DialectName.PLAIN:
            return {"text": rendered.text}


def _entry(evidence: Evidence, cite: int, frame: Frame) -> JsonValue:
    entry: dict[str, JsonValue] = {
        "cite": str(cite),
        "id": evidence.id,
        "kind": evidence.kind.value,
        "source": evidence.source,
        "digest": evidence.digest,
        "start": evidence.start,
        "end": evidence.end,
        "passages": list(evidence.passages or (evidence.ordinal,)),
        "published_at": _written(evidence.published_at),
        "updated_at": _written(evidence.updated_at),
        "valid_from": _written(evidence.valid_from),
        "valid_until": _written(evidence.valid_until),
        "observed_at": _written(evidence.observed_at),
        "superseded_at": _written(evidence.superseded_at),
        "state": evidence.state.value,
        "time_flags": list(evidence.time_flags),
        "freshness": frame.freshness.get(evidence.source, FreshnessStatus.UNKNOWN).value,
        "corroborated_by": list(evidence.corroborated_by),
        "also_in": [_elsewhere(each) for each in evidence.also_in],
        "observation": _value(evidence.observation),
    }
    return entry | ({"flags": [_flag(each) for each in evidence.flags]} if evidence.flags else {})


def _flag(flag: ScreeningFlag) -> JsonValue:
    return {
        "rule": flag.rule,
        "action": flag.action,
        "label": flag.label,
        "reason": flag.reason,
        "score": flag.score,
    }


def _elsewhere(passage: Elsewhere) -> JsonValue:
    return {
        "id": passage.id,
        "source": passage.source,
        "published_at": _written(passage.published_at),
    }


def _value(value: ValueAt | None) -> JsonValue:
    if value is None:
        return None
    return {
        "series": value.series,
        "title": value.title,
        "value": plain(value.value),
        "unit": value.unit,
        "currency": value.currency,
        "valid_from": _written(value.valid_from),
        "valid_until": _written(value.valid_until),
        "published_at": _written(value.published_at),
        "observed_at": _written(value.observed_at),
        "previous": _previous(value.previous),
    }


def _previous(previous: PreviousValue | None) -> JsonValue:
    if previous is None:
        return None
    return {"value": plain(previous.value), "valid_from": _written(previous.valid_from)}


def _written(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat() if time else None


def _canonical(value: JsonValue) -> bytes:
    try:
        return rfc8785.dumps(value)
    except ValueError as error:
        raise ValueError(f"receipt: no canonical form: {error}") from error


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
