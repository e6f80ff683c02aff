"""Hold every number, date, name and quotation of a claim against the evidence."""

from collections.abc import Sequence

from grounding.checking.records import Claim, Finding, Shown, When


def findings(answer: str, claim: Claim, shown: Sequence[Shown], when: When) -> tuple[Finding, ...]:
    """Return what became of each fact of a claim, in the order they stand.

    shown: the items it may rest on: those it cites, or all where it cites none.
    """
    return ()
