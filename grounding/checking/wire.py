"""A verdict as JSON: what the API answers, what a receipt of an answer holds, what a report shows.

The names of what Google's check of grounding also has are its names, in small letters:
`support_score`, `cited_chunks`, `claims` with `start_pos`, `end_pos`, `claim_text`,
`citation_indices` and `grounding_check_required`. Offsets are Unicode code points.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from connectors.records import JsonValue
from grounding.checking.records import (
    Aligned,
    ClaimVerdict,
    Conflict,
    Finding,
    Flag,
    Shown,
    Standing,
    Support,
    Verdict,
)
from grounding.query.statement import plain


def as_json(
    verdict: Verdict, *, with_texts: bool = True, threshold: float = 0.0
) -> dict[str, JsonValue]:
    """Write a verdict.

    with_texts: whether the evidence's own text is in it; what is stored holds none.
    threshold: the least score at which a claim is given citations.
    """
    places = {item.number: i for i, item in enumerate(verdict.shown)}
    claims = [_at_least(each, threshold) for each in verdict.claims]
    return {
        "outcome": verdict.outcome.value,
        "support_score": verdict.score,
        "answered_at": _written(verdict.answered_at),
        "checked_at": _written(verdict.checked_at),
        "newest_at": _written(verdict.newest_at),
        "reasons": list(verdict.reasons),
        "cited_chunks": [_chunk(item, with_texts=with_texts) for item in verdict.shown],
        "claims": [_claim(each, places, with_texts=with_texts) for each in claims],
        "flags": flags_as_json(verdict.flags),
    }


def flags_as_json(flags: Iterable[Flag]) -> list[JsonValue]:
    """Write what leads outward; `call` is the place of a tool call, null in a text."""
    return [
        {
            "kind": flag.kind.value,
            "start_pos": flag.start,
            "end_pos": flag.end,
            "call": flag.call,
            "reason": flag.reason,
        }
        for flag in flags
    ]


def _at_least(verdict: ClaimVerdict, threshold: float) -> ClaimVerdict:
    reaches = verdict.score is not None and verdict.score >= threshold
    return verdict if reaches else replace(verdict, supported_by=())


def _chunk(item: Shown, *, with_texts: bool) -> JsonValue:
    return {
        "cite": str(item.number),
        "id": item.id,
        "source": item.source,
        "kind": item.kind.value,
        "title": item.title if with_texts else None,
        "chunk_text": item.text if with_texts else None,
        "published_at": _written(item.published_at),
        "updated_at": _written(item.updated_at),
        "valid_from": _written(item.valid_from),
        "valid_until": _written(item.valid_until),
        "observed_at": _written(item.observed_at),
        "value": None if item.value is None else plain(item.value.value),
        "state": item.state.value,
        "freshness": item.freshness.value,
    }


def _claim(verdict: ClaimVerdict, places: Mapping[int, int], *, with_texts: bool) -> JsonValue:
    claim = verdict.claim
    indices: list[JsonValue] = [places[each] for each in verdict.supported_by if each in places]
    return {
        "start_pos": claim.start,
        "end_pos": claim.end,
        "claim_text": claim.text,
        "citations": [str(number) for number in claim.citations],
        "citation_indices": indices,
        "grounding_check_required": claim.needs_evidence,
        "outcome": verdict.outcome and verdict.outcome.value,
        "score": verdict.score,
        "reasons": list(verdict.reasons),
        "still_true": verdict.still_true,
        "findings": [_finding(each) for each in verdict.findings],
        "support": None if verdict.support is None else _support(verdict.support),
        "standings": [_standing(each, with_texts=with_texts) for each in verdict.standings],
        "conflicts": [_conflict(each) for each in verdict.conflicts],
    }


def _finding(finding: Finding) -> JsonValue:
    place = finding.place
    return {
        "kind": finding.kind.value,
        "match": finding.match.value,
        "start_pos": finding.start,
        "end_pos": finding.end,
        "text": finding.text,
        "cite": None if finding.number is None else str(finding.number),
        "chunk_start_pos": None if place is None else place.start,
        "chunk_end_pos": None if place is None else place.end,
        "says": finding.says,
        "reason": finding.reason,
    }


def _support(support: Support) -> JsonValue:
    return {
        "supported": round(support.supported, 4),
        "contradicted": round(support.contradicted, 4),
        "related": round(support.related, 4),
        "judged_by": support.judged_by,
        "features": {name: round(value, 4) for name, value in support.features.items()},
        "aligned": [_aligned(each) for each in support.aligned],
    }


def _aligned(aligned: Aligned) -> JsonValue:
    return {
        "cite": str(aligned.number),
        "chunk_start_pos": aligned.start,
        "chunk_end_pos": aligned.end,
        "score": round(aligned.score, 4),
    }


def _standing(standing: Standing, *, with_texts: bool) -> JsonValue:
    newer = standing.newer
    return {
        "cite": str(standing.number),
        "status": standing.status.value,
        "at": _written(standing.at),
        "since": _written(standing.since),
        "reason": standing.reason,
        "newer": None if newer is None else _chunk(newer, with_texts=with_texts),
    }


def _conflict(conflict: Conflict) -> JsonValue:
    return {
        "cites": [str(number) for number in conflict.numbers],
        "at": [_written(each) for each in conflict.at],
        "says": list(conflict.says),
        "agrees": str(conflict.agreeing),
        "reason": conflict.reason,
    }


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()
