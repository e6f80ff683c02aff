"""What a caller is told beside the answer: headers, and the member `grounding` of the body."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

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


def headers_of(prepared: Prepared, upstream: Upstream) -> Headers:
    """Return the headers that say whether and on what an answer is grounded, and who gave it."""
    headers = [("x-grounding-upstream", upstream.name)]
    augmented = prepared.grounded.augmented
    if augmented is None:
        return (*headers, ("x-grounding-evidence", "0"))
    return (
        *headers,
        ("x-grounding-evidence", str(len(prepared.grounded.citations))),
        ("x-grounding-receipt", augmented.receipt_id),
        ("x-grounding-freshness", worst(augmented.found.freshness.values()).value),
    )


def worst(sources: Iterable[Freshness]) -> FreshnessStatus:
    """Return how the stalest source stands; unknown where there is none."""
    found = {each.status for each in sources}
    return next((status for status in _WORST_FIRST if status in found), FreshnessStatus.UNKNOWN)


def extra_of(prepared: Prepared, upstream: Upstream) -> dict[str, Any]:
    """Return the member of the body that says what headers say, in full."""
    grounded = prepared.grounded
    told: dict[str, Any] = {
        "is_grounded": grounded.augmented is not None,
        "reason": grounded.reason,
        "question": grounded.question,
        "upstream": upstream.name,
    }
    if grounded.augmented is not None:
        told |= {"receipt_id": grounded.augmented.receipt_id}
        told |= _of_search(grounded.augmented.found)
    return {"grounding": told}


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
