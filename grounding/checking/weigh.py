"""Weigh what was found of a claim, and of all claims, into one outcome with its reasons.

The order is that of what a reader has to know first: that there is no evidence, that evidence
contradicts itself or the claim, that it does not bear the claim out, that it holds no longer.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import Final

from grounding.checking.records import (
    Basis,
    Claim,
    ClaimVerdict,
    Conflict,
    FactKind,
    Finding,
    Match,
    Outcome,
    Standing,
    StandingStatus,
    Support,
    Verdict,
)

SUPPORTED: Final = 0.5
"""What `Support.supported` must reach; it is calibrated, so that at this as many are as are not."""
_RELATED: Final = 0.25
_HOLDS: Final = frozenset({StandingStatus.CURRENT, StandingStatus.UNKNOWN})
_WORST: Final = (
    Outcome.CONTRADICTED,
    Outcome.CONFLICT,
    Outcome.UNSUPPORTED,
    Outcome.INSUFFICIENT,
    Outcome.STALE,
    Outcome.PARTLY,
    Outcome.SUPPORTED,
)


def claim_verdict(
    claim: Claim,
    basis: Basis,
    support: Support,
    found: Sequence[Finding],
    against: Sequence[Conflict],
) -> ClaimVerdict:
    """Return what is said of one claim."""
    unknown = _unresolved(claim, basis)
    numbers = supported_by(claim, basis, support, found)
    standings = [basis.standings[each] for each in numbers if each in basis.standings]
    outcome, reasons = _outcome(claim, basis, support, [*unknown, *found], against, standings)
    return ClaimVerdict(
        claim=claim,
        outcome=outcome,
        score=round(support.supported if outcome is not Outcome.INSUFFICIENT else 0.0, 4),
        reasons=tuple(reasons),
        findings=(*unknown, *found),
        support=support,
        supported_by=numbers,
        standings=tuple(standings),
        conflicts=tuple(against),
    )


def verdict(verdicts: Sequence[ClaimVerdict], basis: Basis) -> Verdict:
    """Return what is said of a whole answer: as its worst claim, or partly if others stand."""
    outcomes = {each.outcome for each in verdicts if each.outcome is not None}
    scores = [each.score for each in verdicts if each.score is not None]
    dated = [item.dated_at for item in basis.shown if item.dated_at is not None]
    reasons = [reason for each in verdicts for reason in each.reasons]
    return Verdict(
        outcome=_whole(outcomes),
        score=round(fmean(scores), 4) if scores else None,
        claims=tuple(verdicts),
        shown=tuple(basis.shown),
        answered_at=basis.when.now,
        checked_at=basis.checked_at,
        reasons=tuple(dict.fromkeys(reasons)) or ("the answer states nothing",) * (not outcomes),
        newest_at=max(dated, default=None),
    )


def supported_by(
    claim: Claim, basis: Basis, support: Support, found: Sequence[Finding]
) -> tuple[int, ...]:
    """Return the numbers of the items that a claim rests on, best first."""
    aligned = sorted(support.aligned, key=lambda each: -each.score)
    matched = [each.number for each in found if each.number is not None]
    named = dict.fromkeys([*(each.number for each in aligned), *matched])
    cited = [number for number in claim.citations if any(number == i.number for i in basis.shown)]
    return tuple(named) or tuple(cited)


def _unresolved(claim: Claim, basis: Basis) -> tuple[Finding, ...]:
    known = {item.number for item in basis.shown}
    return tuple(
        Finding(
            FactKind.CITATION,
            Match.MISSING,
            claim.start,
            claim.end,
            f"[{number}]",
            f"[{number}] is cited, and no evidence has that number",
        )
        for number in claim.citations
        if number not in known
    )


def _outcome(
    claim: Claim,
    basis: Basis,
    support: Support,
    found: Sequence[Finding],
    against: Sequence[Conflict],
    standings: Sequence[Standing],
) -> tuple[Outcome, list[str]]:
    differing = [each for each in found if each.match is Match.DIFFERS]
    missing = [each for each in found if each.match is Match.MISSING]
    reasons = [each.reason for each in (*differing, *missing)]
    if not basis.shown:
        return Outcome.INSUFFICIENT, ["there is no evidence to hold it against"]
    if against:
        return Outcome.CONFLICT, [each.reason for each in against]
    if differing or support.contradicted >= SUPPORTED:
        return Outcome.CONTRADICTED, reasons or ["the evidence says otherwise"]
    if support.related < _RELATED and not any(e.match is Match.MATCHED for e in found):
        return Outcome.INSUFFICIENT, [*reasons, "no evidence is about it"]
    if support.supported < SUPPORTED:
        return Outcome.UNSUPPORTED, [*reasons, "the evidence does not say it"]
    if missing:
        is_some = any(each.match is Match.MATCHED for each in found)
        return Outcome.PARTLY if is_some else Outcome.UNSUPPORTED, reasons
    lapsed = [each for each in standings if each.status not in _HOLDS]
    if lapsed and len(lapsed) == len(standings):
        return Outcome.STALE, [each.reason for each in lapsed]
    return Outcome.SUPPORTED, []


def _whole(outcomes: set[Outcome]) -> Outcome:
    if not outcomes:
        return Outcome.INSUFFICIENT
    worst = next(each for each in _WORST if each in outcomes)
    is_mixed = Outcome.SUPPORTED in outcomes or Outcome.PARTLY in outcomes
    if worst in {Outcome.UNSUPPORTED, Outcome.INSUFFICIENT} and is_mixed:
        return Outcome.PARTLY
    return worst
