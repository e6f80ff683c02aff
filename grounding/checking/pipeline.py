"""The way of an answer through its check.

    answer ─▶ claims ─▶ what each may rest on ─┬▶ facts: numbers, dates, names ────┐
                                               ├▶ support: words, meaning, judge ──┼▶ weigh
                                               └▶ conflicts between items ─────────┘    │
                                    what holds no longer: is it still true? ◀───────────┤
    links that lead outward ─────────────────────────────────────────▶ Verdict ◀─────────┘

Everything here is decided from what is passed in; the database is read before, in `evidence` and
`standing`.
"""

from collections.abc import Sequence
from dataclasses import replace

from grounding.checking.claims import claims
from grounding.checking.conflicts import conflicts
from grounding.checking.facts.findings import findings
from grounding.checking.outward import outward
from grounding.checking.records import (
    Basis,
    Claim,
    ClaimVerdict,
    Outcome,
    Shown,
    Standing,
    Verdict,
)
from grounding.checking.support.scorer import supports
from grounding.checking.weigh import claim_verdict, lapsed, says_when, verdict
from indexer.embed import Embedder


def check(answer: str, basis: Basis, embedder: Embedder) -> Verdict:
    """Say of each claim of an answer, and of the whole, whether its evidence bears it out."""
    made = claims(answer)
    stated = [claim for claim in made if claim.needs_evidence]
    judged = dict(zip(stated, _judged(answer, stated, basis, embedder), strict=True))
    timed = _with_times(answer, list(judged.values()), basis, embedder)
    said = dict(zip(stated, timed, strict=True))
    verdicts = [said.get(claim) or ClaimVerdict(claim, None, None) for claim in made]
    flags = outward(answer, basis.shown, basis.asked)
    return replace(verdict(verdicts, basis), flags=flags)


def resting_on(claim: Claim, shown: Sequence[Shown]) -> list[Shown]:
    """Return the items a claim may rest on: those it cites, or all where it cites none."""
    cited = [item for item in shown if item.number in claim.citations]
    return cited if claim.citations else list(shown)


def _judged(
    answer: str, stated: Sequence[Claim], basis: Basis, embedder: Embedder
) -> list[ClaimVerdict]:
    """Return what evidence says of each claim, as it was when it was shown."""
    rests = [resting_on(claim, basis.shown) for claim in stated]
    weighed = supports(stated, rests, embedder.embed_queries, embedder=embedder.identity)
    return [
        claim_verdict(
            claim,
            basis,
            support,
            findings(answer, claim, items, basis.when),
            conflicts(answer, claim, basis),
        )
        for claim, items, support in zip(stated, rests, weighed, strict=True)
    ]


def _with_times(
    answer: str, judged: Sequence[ClaimVerdict], basis: Basis, embedder: Embedder
) -> list[ClaimVerdict]:
    """Say of what rests on lapsed evidence whether it is still true."""
    over = {i: lapsed(each) for i, each in enumerate(judged)}
    newer = {
        i: [each.newer for each in standings if each.newer is not None]
        for i, standings in over.items()
    }
    asked = [i for i, items in newer.items() if items]
    now = supports(
        [judged[i].claim for i in asked],
        [newer[i] for i in asked],
        embedder.embed_queries,
        embedder=embedder.identity,
    )
    still: dict[int, bool] = {}
    for i, support in zip(asked, now, strict=True):
        claim = judged[i].claim
        held = replace(basis, shown=newer[i], standings={})
        found = findings(answer, claim, newer[i], basis.when)
        again = claim_verdict(replace(claim, citations=()), held, support, found, ())
        still[i] = again.outcome in {Outcome.SUPPORTED, judged[i].outcome}
    return [_timed(each, over[i], is_still=still.get(i)) for i, each in enumerate(judged)]


def _timed(
    judged: ClaimVerdict, over: Sequence[Standing], *, is_still: bool | None
) -> ClaimVerdict:
    """Return a verdict that knows how its evidence stands."""
    if not over:
        return replace(
            judged, still_true=True if judged.supported_by and judged.standings else None
        )
    reasons = tuple(each.reason for each in over)
    doubts = tuple(each.doubt for each in over if each.doubt)
    if is_still and not doubts:
        return replace(judged, still_true=True)
    if is_still:
        is_still, reasons = None, doubts
    if says_when(judged):
        return replace(judged, still_true=is_still)
    return replace(
        judged, outcome=Outcome.STALE, reasons=(*judged.reasons, *reasons), still_true=is_still
    )
