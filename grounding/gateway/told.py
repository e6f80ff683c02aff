"""What a caller is told beside the answer: headers, and the member `grounding` of the body."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from grounding.gateway.checks import Checked
from grounding.gateway.preparing import Prepared
from grounding.gateway.records import Headers, Upstream
from grounding.query.question import Found
from grounding.query.records import Freshness, FreshnessStatus

_WORST_FIRST: Final = (
    FreshnessStatus.ERROR,
    FreshnessStatus.UNKNOWN,
    FreshnessStatus.WARN,
    FreshnessStatus.PASS,
)


def headers_of(prepared: Prepared, upstream: Upstream | None) -> Headers:
    """Return the headers that say whether and on what an answer is grounded, and who gave it.

    upstream: None for an answer that was given before.
    """
    grounded, kept = prepared.grounded, prepared.kept
    headers = [
        ("x-grounding-evidence", str(len(grounded.citations))),
        ("x-grounding-cache", prepared.cache.value),
    ]
    name = _answered_by(prepared, None if upstream is None else upstream.name)
    if name is not None:
        headers.append(("x-grounding-upstream", name))
    if grounded.receipt_id is not None:
        headers.append(("x-grounding-receipt", grounded.receipt_id))
    if grounded.found is not None:
        headers.append(("x-grounding-freshness", worst(grounded.found.freshness.values()).value))
    if kept is not None:
        headers.append(("age", str(int(_age_seconds(prepared)))))
    return tuple(headers)


def worst(sources: Iterable[Freshness]) -> FreshnessStatus:
    """Return how the stalest source stands; unknown where there is none."""
    found = {each.status for each in sources}
    return next((status for status in _WORST_FIRST if status in found), FreshnessStatus.UNKNOWN)


def extra_of(
    prepared: Prepared, upstream: str | None, checked: Checked | None = None
) -> dict[str, Any]:
    """Return the member of the body that says what headers say, in full.

    upstream: the name of the one that answered; None for an answer that was given before.
    """
    grounded, kept = prepared.grounded, prepared.kept
    told: dict[str, Any] = {
        "is_grounded": grounded.is_grounded,
        "reason": grounded.reason,
        "question": grounded.question,
        "upstream": _answered_by(prepared, upstream),
        "check": _check(prepared, checked),
        "receipt_id": grounded.receipt_id,
        "decision": prepared.decision.as_json(),
        "cache": {
            "status": prepared.cache.value,
            "age_seconds": None if kept is None else _age_seconds(prepared),
        },
    }
    if grounded.found is not None:
        told |= _of_search(grounded.found)
        told["freshness"] = worst(grounded.found.freshness.values()).value
    return {"grounding": told}


def with_check(extra: Mapping[str, Any], checked: Checked) -> dict[str, Any]:
    """Return what `extra_of` said before an answer was checked, with the verdict."""
    return {**extra, "grounding": {**extra["grounding"], "check": checked.as_json}}


def _check(prepared: Prepared, checked: Checked | None) -> Mapping[str, Any] | None:
    if checked is not None:
        return checked.as_json
    return None if prepared.kept is None else prepared.kept.verdict


def _answered_by(prepared: Prepared, upstream: str | None) -> str | None:
    if upstream is not None:
        return upstream
    return None if prepared.kept is None else prepared.kept.upstream


def _age_seconds(prepared: Prepared) -> float:
    """Return how long ago an answer was given for the first time."""
    kept, found = prepared.kept, prepared.grounded.found
    if kept is None or found is None:
        return 0.0
    return max(0.0, (found.moment.now - kept.answered_at).total_seconds())


def _of_search(found: Found) -> Mapping[str, Any]:
    at, enough = found.moment, found.sufficiency
    return {
        "as_of": at.as_of.isoformat(),
        "known_at": at.known_at.isoformat(),
        "seq": found.seq,
        "sources": [_source(each) for _, each in sorted(found.freshness.items())],
        "warnings": list(found.warnings),
        "sufficiency": {
            "is_enough": enough.is_enough,
            "probability": round(enough.probability, 4),
            "reasons": list(enough.reasons),
        },
    }


def _source(source: Freshness) -> dict[str, Any]:
    read_at = source.last_success_at
    return {
        "name": source.name,
        "status": source.status.value,
        "age_seconds": source.age_seconds,
        "last_success_at": read_at and read_at.isoformat(),
    }
