"""The way of an answer through its check.

    answer ─▶ claims ─▶ what each may rest on ─┬▶ facts: numbers, dates, names ─┬──▶ weigh
                                               │                                ▼      ▲ │
                                               ├▶ support: words, facts, meaning, judge┤ │
                                               └▶ conflicts between items ─────────────┘ │
                                    what holds no longer: is it still true? ◀────────────┤
    links that lead outward ─────────────────────────────────────────▶ Verdict ◀─────────┘

Everything here is decided from what is passed in; the database is read before, in `evidence` and
`standing`.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from grounding.checking.claims import claims
from grounding.checking.conflicts import conflicts
from grounding.checking.errors import JudgeFailed
from grounding.checking.facts.findings import findings
from grounding.checking.outward import outward
from grounding.checking.records import (
    Basis,
    Claim,
    ClaimVerdict,
    FactKind,
    Finding,
    Match,
    Outcome,
    Shown,
    Standing,
    Support,
    Verdict,
)
from grounding.checking.support.judge import ALL, Judge, judged
from grounding.checking.support.scorer import supports
from grounding.checking.support.vectors import Vectors
from grounding.checking.weigh import claim_verdict, lapsed, says_when, verdict
from indexer.embed import Embedder

logger = logging.getLogger(__name__)

MOST_CLAIMS: Final = 1_000
"""Of an answer: what comes after is told apart and not looked at, so that nobody waits for it."""
_BEYOND: Final = f"not checked: it is beyond the first {MOST_CLAIMS:,} claims"


@dataclass(frozen=True, slots=True)
class Readers:
    """Who reads claims. judge: None leaves them to the scorer; band: as in `judged`."""

    embedder: Embedder
    judge: Judge | None = None
    band: tuple[float, float] = ALL
    vectors: Vectors = field(default_factory=Vectors)

    def supports(
        self,
        claims: Sequence[Claim],
        shown: Sequence[Sequence[Shown]],
        found: Sequence[Sequence[Finding]],
    ) -> list[Support]:
        """Return how far claims are borne out; what a judge cannot say, the scorer says."""
        embed = partial(self.vectors.of, embedder=self.embedder)
        said = supports(claims, shown, found, embed, embedder=self.embedder.identity)
        if self.judge is None:
            return said
        try:
            return judged(claims, shown, said, self.judge, self.band)
        except JudgeFailed as error:
            logger.warning("answer checked without its judge: %s", error)
            return said


def check(answer: str, basis: Basis, readers: Readers) -> Verdict:
    """Say of each claim of an answer, and of the whole, whether its evidence bears it out."""
    made = claims(answer)
    needing = [claim for claim in made if claim.needs_evidence]
    stated, beyond = needing[:MOST_CLAIMS], needing[MOST_CLAIMS:]
    found = dict(zip(stated, _judged(answer, stated, basis, readers), strict=True))
    timed = _with_times(answer, list(found.values()), basis, readers)
    said = dict(zip(stated, timed, strict=True))
    said |= {claim: ClaimVerdict(claim, Outcome.INSUFFICIENT, 0.0, (_BEYOND,)) for claim in beyond}
    verdicts = [said.get(claim) or ClaimVerdict(claim, None, None) for claim in made]
    flags = outward(answer, basis.shown, basis.asked)
    return replace(verdict(verdicts, basis), flags=flags)


def resting_on(claim: Claim, shown: Sequence[Shown]) -> list[Shown]:
    """Return the items a claim may rest on: those it cites, or all where it cites none."""
    cited = [item for item in shown if item.number in claim.citations]
    return cited if claim.citations else list(shown)


def _judged(
    answer: str, stated: Sequence[Claim], basis: Basis, readers: Readers
) -> list[ClaimVerdict]:
    """Return what evidence says of each claim, as it was when it was shown."""
    rests = [resting_on(claim, basis.shown) for claim in stated]
    found = [
        findings(answer, claim, items, basis.when)
        for claim, items in zip(stated, rests, strict=True)
    ]
    weighed = readers.supports(stated, rests, found)
    return [
        claim_verdict(claim, basis, support, facts, conflicts(answer, claim, basis))
        for claim, facts, support in zip(stated, found, weighed, strict=True)
    ]


def _with_times(
    answer: str, told: Sequence[ClaimVerdict], basis: Basis, readers: Readers
) -> list[ClaimVerdict]:
    """Say of what rests on lapsed evidence whether it is still true."""
    over = {i: lapsed(each) for i, each in enumerate(told)}
    newer = {
        i: [each.newer for each in standings if each.newer is not None]
        for i, standings in over.items()
    }
    asked = [i for i, items in newer.items() if items]
    stated, shown = [told[i].claim for i in asked], [newer[i] for i in asked]
    found = [
        findings(answer, claim, items, basis.when)
        for claim, items in zip(stated, shown, strict=True)
    ]
    now = readers.supports(stated, shown, found)
    still: dict[int, bool] = {}
    for i, facts, support in zip(asked, found, now, strict=True):
        held = replace(basis, shown=newer[i], standings={})
        claim = replace(told[i].claim, citations=())
        again = claim_verdict(claim, held, support, facts, ())
        still[i] = _says_the_same(again) or again.outcome is told[i].outcome
    return [_timed(each, over[i], is_still=still.get(i)) for i, each in enumerate(told)]


def _says_the_same(again: ClaimVerdict) -> bool:
    """Whether what is newer bears a claim out, or all of it but a name that it does not repeat."""
    missing = {each.kind for each in again.findings if each.match is Match.MISSING}
    is_all_but_names = again.outcome is Outcome.PARTLY and missing == {FactKind.NAME}
    return again.outcome is Outcome.SUPPORTED or is_all_but_names


def _timed(told: ClaimVerdict, over: Sequence[Standing], *, is_still: bool | None) -> ClaimVerdict:
    """Return a verdict that knows how its evidence stands."""
    if not over:
        return replace(told, still_true=True if told.supported_by and told.standings else None)
    reasons = tuple(each.reason for each in over)
    doubts = tuple(each.doubt for each in over if each.doubt)
    if is_still and not doubts:
        return replace(told, still_true=True)
    if is_still:
        is_still, reasons = None, doubts
    if says_when(told):
        return replace(told, still_true=is_still)
    return replace(
        told, outcome=Outcome.STALE, reasons=(*told.reasons, *reasons), still_true=is_still
    )
