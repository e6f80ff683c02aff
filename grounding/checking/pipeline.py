"""The way of an answer through its check.

    answer ─▶ claims ─▶ what each may rest on ─┬▶ facts: numbers, dates, names ────┐
                                               ├▶ support: words, meaning, judge ──┼▶ weigh
                                               └▶ standing at the check, conflicts ┘    │
                                                                     Verdict ◀──────────┘

Everything here is decided from what is passed in; the database is read before, in `evidence`.
"""

from collections.abc import Sequence

from grounding.checking.claims import claims
from grounding.checking.conflicts import conflicts
from grounding.checking.facts.findings import findings
from grounding.checking.records import Basis, Claim, ClaimVerdict, Shown, Verdict
from grounding.checking.support.scorer import Embed, supports
from grounding.checking.weigh import claim_verdict, verdict


def check(answer: str, basis: Basis, embed: Embed) -> Verdict:
    """Say of each claim of an answer, and of the whole, whether its evidence bears it out."""
    made = claims(answer)
    stated = [claim for claim in made if claim.needs_evidence]
    rests = [resting_on(claim, basis.shown) for claim in stated]
    weighed = dict(zip(stated, supports(stated, rests, embed), strict=True))
    verdicts: list[ClaimVerdict] = []
    for claim in made:
        support = weighed.get(claim)
        if support is None:
            verdicts.append(ClaimVerdict(claim, None, None))
            continue
        items = resting_on(claim, basis.shown)
        found = findings(answer, claim, items, basis.when)
        against = conflicts(claim, basis.shown, support)
        verdicts.append(claim_verdict(claim, basis, support, found, against))
    return verdict(verdicts, basis)


def resting_on(claim: Claim, shown: Sequence[Shown]) -> list[Shown]:
    """Return the items a claim may rest on: those it cites, or all where it cites none."""
    cited = [item for item in shown if item.number in claim.citations]
    return cited if claim.citations else list(shown)
