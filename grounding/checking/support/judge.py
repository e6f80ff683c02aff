"""The seam for judges: whoever can read a claim and its evidence and say what follows.

claims, what the scorer says ─▶ those in doubt ─▶ (premise, claim) ─▶ judge ─▶ Support
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from grounding.checking.records import Aligned, Claim, Shown, Support

ALL: Final = (0.0, 1.0)
"""The band that holds every claim."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Probabilities that a premise entails a claim, and that it contradicts it."""

    entailed: float
    contradicted: float


class Judge(Protocol):
    """Reads pairs of premise and claim.

    A caller may assume one judgement for each pair, in order, each in [0, 1]; it may not assume
    that it is quick. It must catch `JudgeFailed` and go on without.
    """

    @property
    def name(self) -> str: ...

    def judgements(self, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        """Judge (premise, claim) pairs.

        Raises:
            JudgeFailed: it cannot, now or at all.
        """
        ...


def judged(
    claims: Sequence[Claim],
    shown: Sequence[Sequence[Shown]],
    supports: Sequence[Support],
    judge: Judge,
    band: tuple[float, float] = ALL,
) -> list[Support]:
    """Let a judge replace what the scorer says of the claims that it is in doubt of.

    shown, supports: for each claim its items, and how far they bear it out. A premise is made of
    the stretches that the scorer aligned; a claim without any has nothing to be judged by.
    band: the lowest and the highest `Support.supported` that is given to the judge.

    Raises:
        JudgeFailed: the judge cannot; what the scorer said stands.
    """
    low, high = band
    asked = [i for i, each in enumerate(supports) if each.aligned and low <= each.supported <= high]
    pairs = [(premise(supports[i].aligned, shown[i]), claims[i].text) for i in asked]
    found = list(supports)
    for i, said in zip(asked, judge.judgements(pairs) if pairs else [], strict=True):
        found[i] = replace(
            found[i],
            supported=said.entailed,
            contradicted=said.contradicted,
            judged_by=judge.name,
        )
    return found


def premise(aligned: Sequence[Aligned], items: Sequence[Shown]) -> str:
    """Return the aligned stretches in the order they stand, each item's under its title."""
    parts = []
    for item in items:
        spans = sorted({(each.start, each.end) for each in aligned if each.number == item.number})
        said = " ".join(item.text[start:end].strip() for start, end in spans)
        if said:
            parts.append(f"{item.title}: {said}" if item.title else said)
    return "\n".join(parts)
