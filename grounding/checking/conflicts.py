"""Find pieces of evidence that contradict each other on what a claim says.

Two items do where one has a fact of the claim and the other has another in its place, and both
hold at the time of the answer. Only an item that has every name of the claim is surely about the
same thing. What has merely been superseded does not contradict: it is past.
"""

from collections.abc import Iterable
from datetime import datetime

from grounding.checking.facts.findings import findings
from grounding.checking.records import Basis, Claim, Conflict, FactKind, Finding, Match, Shown
from grounding.query.records import EvidenceState
from grounding.query.times import day_or_minute


def conflicts(answer: str, claim: Claim, basis: Basis) -> tuple[Conflict, ...]:
    """Return each pair of items that contradict each other on a claim, the later one second."""
    if len(basis.shown) < 2:
        return ()
    held = [item for item in basis.shown if item.state is EvidenceState.CURRENT]
    of_each = {item.number: findings(answer, claim, [item], basis.when) for item in held}
    found = {number: some for number, some in of_each.items() if _has_all_names(some)}
    agreeing = _with(found.values(), Match.MATCHED)
    differing: dict[tuple[FactKind, int, int], list[Finding]] = {}
    for each in _with(found.values(), Match.DIFFERS):
        differing.setdefault(_fact(each), []).append(each)
    by_number = {item.number: item for item in held}
    pairs: dict[tuple[int, int], Conflict] = {}
    for one in agreeing:
        for other in differing.get(_fact(one), ()):
            if one.number is None or other.number is None or one.number == other.number:
                continue
            made = _conflict(by_number[one.number], one, by_number[other.number], other)
            pairs.setdefault(made.numbers, made)
    return tuple(pairs.values())


def _has_all_names(found: Iterable[Finding]) -> bool:
    """Whether an item has each name in one piece, and not its words apart from each other."""
    return all(
        each.match is Match.MATCHED and len((each.says or "").split()) <= len(each.text.split()) + 1
        for each in found
        if each.kind is FactKind.NAME
    )


def _fact(of: Finding) -> tuple[FactKind, int, int]:
    return of.kind, of.start, of.end


def _conflict(one: Shown, says: Finding, other: Shown, otherwise: Finding) -> Conflict:
    sides = [(one, says.says or says.text), (other, otherwise.says or otherwise.text)]
    sides.sort(key=lambda side: (_rank(side[0].dated_at), side[0].number))
    (first, early), (second, late) = sides
    return Conflict(
        numbers=(first.number, second.number),
        at=(first.dated_at, second.dated_at),
        says=(early, late),
        agreeing=one.number,
        reason=(
            f'[{first.number}] ({_written(first.dated_at)}) says "{early}", '
            f'[{second.number}] ({_written(second.dated_at)}) says "{late}"'
        ),
    )


def _rank(at: datetime | None) -> tuple[bool, float]:
    """Order by time, what is undated first."""
    return (at is not None, 0.0 if at is None else at.timestamp())


def _written(at: datetime | None) -> str:
    return "date unknown" if at is None else day_or_minute(at)


def _with(found: Iterable[Iterable[Finding]], match: Match) -> list[Finding]:
    return [each for some in found for each in some if each.match is match]
