"""Find pieces of evidence that contradict each other on what a claim says."""

from collections.abc import Sequence

from grounding.checking.records import Claim, Conflict, Shown, Support


def conflicts(claim: Claim, shown: Sequence[Shown], support: Support) -> tuple[Conflict, ...]:
    """Return each pair of items that contradict each other on a claim, the later one second."""
    return ()
