"""The seam for judges: whoever can read a claim and its evidence and say what follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


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
