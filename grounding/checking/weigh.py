"""Weigh what was found of a claim, and of all claims, into one outcome with its reasons.

The order is that of what a reader has to know first: that there is no evidence, that evidence
contradicts itself or the claim, that it does not bear the claim out, that it holds no longer.
"""

from collections.abc import Iterable, Sequence
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
from grounding.checking.support.scorer import shipped

_HOLDS: Final = frozenset({StandingStatus.CURRENT, StandingStatus.UNKNOWN})
_WORST: Final = (
    Outcome.CONTRADICTED,
    Outcome.CONFLICT,
    Outcome.STALE,
    Outcome.UNSUPPORTED,
    Outcome.INSUFFICIENT,
    Outcome.PARTLY,
    Outcome.SUPPORTED,
)
_SILENT: Final = frozenset({Outcome.UNSUPPORTED, Outcome.INSUFFICIENT})


def claim_verdict(
    claim: Claim,
    basis: Basis,
    support: Support,
    found: Sequence[Finding],
    against: Sequence[Conflict],
) -> ClaimVerdict:
    """Return what is said of one claim by the evidence as it was shown."""
    found = (*_unresolved(claim, basis), *found)
    outcome, reasons = _outcome(basis, support, found, against)
    if outcome is Outcome.INSUFFICIENT:
        reasons += _lost(claim, basis)
    numbers = _supporting(claim, basis, support, found)
    return ClaimVerdict(
        claim=claim,
        outcome=outcome,
        score=0.0 if outcome is Outcome.INSUFFICIENT else round(support.supported, 4),
        reasons=tuple(reasons),
        findings=found,
        support=support,
        supported_by=numbers if outcome in {Outcome.SUPPORTED, Outcome.PARTLY} else (),
        standings=tuple(basis.standings[each] for each in numbers if each in basis.standings),
        conflicts=tuple(against),
    )


def lapsed(verdict: ClaimVerdict) -> tuple[Standing, ...]:
    """Return the standings of what a supported claim rests on, if none of it holds any more."""
    if not verdict.supported_by or not verdict.standings:
        return ()
    over = [each for each in verdict.standings if each.status not in _HOLDS]
    return tuple(over) if len(over) == len(verdict.standings) else ()


def says_when(verdict: ClaimVerdict) -> bool:
    """Whether a claim names the time of its evidence, so that it stays true for that time."""
    return any(
        each.kind is FactKind.DATE
        and each.match is Match.MATCHED
        and each.number in verdict.supported_by
        and each.place is None
        for each in verdict.findings
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
        reasons=tuple(dict.fromkeys(reasons)) if outcomes else ("the answer states nothing",),
        newest_at=max(dated, default=None),
    )


def _outcome(
    basis: Basis,
    support: Support,
    found: Sequence[Finding],
    against: Sequence[Conflict],
) -> tuple[Outcome, list[str]]:
    missing, threshold = _with(found, Match.MISSING), shipped().supported
    if not basis.shown:
        return Outcome.INSUFFICIENT, ["there is no evidence to hold it against"]
    if open_ones := [each.reason for each in against if not each.is_settled]:
        return Outcome.CONFLICT, open_ones
    if (differing := _with(found, Match.DIFFERS)) or support.contradicted >= threshold:
        return Outcome.CONTRADICTED, _reasons(differing) or ["the evidence says otherwise"]
    if support.supported < threshold:
        return _unborne(support, found)
    if missing:
        is_some = any(each.kind is not FactKind.CITATION for each in _with(found, Match.MATCHED))
        return Outcome.PARTLY if is_some else Outcome.UNSUPPORTED, _reasons(missing)
    return Outcome.SUPPORTED, []


def _lost(claim: Claim, basis: Basis) -> list[str]:
    """Return what of a claim's evidence cannot be looked at any more."""
    return [
        standing.reason
        for number, standing in basis.standings.items()
        if standing.status is StandingStatus.ERASED
        and (not claim.citations or number in claim.citations)
    ]


def _unborne(support: Support, found: Sequence[Finding]) -> tuple[Outcome, list[str]]:
    """Tell evidence that is about something else from evidence that does not say it."""
    missing = _reasons(_with(found, Match.MISSING))
    if not shipped().is_related(support) and not _with(found, Match.MATCHED):
        return Outcome.INSUFFICIENT, [*missing, "no evidence is about it"]
    return Outcome.UNSUPPORTED, [*missing, "the evidence does not say it"]


def _supporting(
    claim: Claim, basis: Basis, support: Support, found: Sequence[Finding]
) -> tuple[int, ...]:
    """Return the numbers of the items that a claim rests on, best first."""
    aligned = sorted(support.aligned, key=lambda each: -each.score)
    matched = [each.number for each in _with(found, Match.MATCHED) if each.number is not None]
    named = tuple(dict.fromkeys([*(each.number for each in aligned), *matched]))
    shown = {item.number for item in basis.shown}
    return named or tuple(number for number in claim.citations if number in shown)


def _unresolved(claim: Claim, basis: Basis) -> tuple[Finding, ...]:
    """Return a finding for each number that is cited and that no evidence has."""
    known = {item.number for item in basis.shown}
    return tuple(
        Finding(
            kind=FactKind.CITATION,
            match=Match.MISSING,
            start=claim.start,
            end=claim.end,
            text=f"[{number}]",
            reason=f"[{number}] is cited, and no evidence has that number",
        )
        for number in claim.citations
        if number not in known
    )


def _with(found: Iterable[Finding], match: Match) -> list[Finding]:
    return [each for each in found if each.match is match]


def _reasons(found: Iterable[Finding]) -> list[str]:
    return [each.reason for each in found]


def _whole(outcomes: set[Outcome]) -> Outcome:
    if not outcomes:
        return Outcome.INSUFFICIENT
    worst = next(each for each in _WORST if each in outcomes)
    is_mixed = Outcome.SUPPORTED in outcomes or Outcome.PARTLY in outcomes
    return Outcome.PARTLY if worst in _SILENT and is_mixed else worst
