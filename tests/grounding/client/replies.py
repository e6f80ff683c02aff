"""What a service answers, as JSON."""

from typing import Any

VALUE: dict[str, Any] = {
    "series": "brent",
    "title": "Brent crude oil spot price",
    "value": "84.12",
    "unit": "barrel",
    "currency": "USD",
    "valid_from": "2026-11-20T00:00:00Z",
    "valid_until": None,
    "published_at": None,
    "observed_at": "2026-11-20T18:00:00.123456Z",
    "previous": {"value": "83.90", "valid_from": "2026-11-19T00:00:00Z"},
    "change": "0.22",
    "change_percent": "0.26",
}

EVIDENCE: dict[str, Any] = {
    "id": "0123456789abcdef01234567@2#3",
    "document_id": "0123456789abcdef01234567",
    "version": 2,
    "kind": "series",
    "title": "Brent crude oil spot price",
    "url": None,
    "text": "Brent crude oil spot price: 84.12 USD per barrel",
    "section": "",
    "start": 0,
    "end": 48,
    "source": "eia",
    "collection": "default",
    "published_at": None,
    "updated_at": None,
    "valid_from": "2026-11-20T00:00:00Z",
    "valid_until": None,
    "observed_at": "2026-11-20T18:00:00Z",
    "checked_at": "2026-11-21T06:00:00+01:00",
    "age_seconds": None,
    "score": 1,
    "scores": {"dense": 0.5, "lexical": None, "fused": 0.9, "recency": 0.1},
    "digest": "sha256:00",
    "metadata": {"nested": {"a": [1]}},
    "observation": VALUE,
}

FRESHNESS: dict[str, Any] = {
    "name": "eia",
    "status": "pass",
    "age_seconds": 12.5,
    "last_success_at": "2026-11-21T06:00:00Z",
    "next_read_at": None,
    "warn_after_seconds": 3600,
    "error_after_seconds": None,
}

MOMENT: dict[str, Any] = {
    "server_time": "2026-11-21T06:30:00Z",
    "as_of": "2026-11-21T06:30:00Z",
    "known_at": "2026-11-21T06:30:00Z",
    "seq": 7,
}

SEARCH: dict[str, Any] = {
    **MOMENT,
    "query": "brent",
    "results": [EVIDENCE],
    "sources": [FRESHNESS],
    "warnings": ["stale"],
}

AUGMENT: dict[str, Any] = {
    **MOMENT,
    "messages": [{"role": "system", "content": "RULES"}, {"role": "user", "content": "..."}],
    "text": "RULES ...",
    "evidence": [{**EVIDENCE, "cite": "1"}],
    "receipt_id": "rcpt_00",
    "token_count": 99,
    "tokenizer": "o200k_base",
    "dialect": "anthropic",
    "system": [{"type": "text", "text": "RULES"}],
    "documents": [{"id": "1", "data": {"text": "> ..."}}],
    "sources": [FRESHNESS],
    "warnings": [],
}

PUSHED: dict[str, Any] = {
    "seq": 8,
    "source": "push",
    "new": 1,
    "changed": 0,
    "unchanged": 2,
    "removed": 1,
    "failures": [{"key": None, "reason": "no key"}],
}

VERSION: dict[str, Any] = {
    "document_id": "0123456789abcdef01234567",
    "version": 2,
    "source": "eia",
    "title": "Brent",
    "text": "Brent crude",
    "observed_at": "2026-11-20T18:00:00Z",
    "superseded_at": None,
    "published_at": None,
}

SOURCE: dict[str, Any] = {
    "name": "eia",
    "kind": "json",
    "options": {"url": "https://example.org"},
    "collection": "default",
    "schedule": "every 15m",
    "jitter_seconds": 30.0,
    "enabled": True,
    "semantics": "series",
    "origin": "api",
    "freshness": FRESHNESS,
    "failures_in_row": 0,
    "last_error": None,
    "documents": 1,
    "observations": 400,
}

RUN: dict[str, Any] = {
    "id": 5,
    "source": "eia",
    "trigger": "manual",
    "status": "ok",
    "queued_at": "2026-11-21T06:00:00Z",
    "started_at": "2026-11-21T06:00:01Z",
    "finished_at": "2026-11-21T06:00:02Z",
    "duration_seconds": 1,
    "new": 3,
    "failures": [{"key": "a", "reason": "no title"}],
}
