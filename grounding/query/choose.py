"""Take of the ranking what is shown, and say of the rest why it is not.

kept ─▶ of each source at most its max ─▶ [unlike each other] ─▶ at most max_results
"""

from collections import Counter
from collections.abc import Collection, Sequence

from grounding.query.diversity import diversified
from grounding.query.question import Choice
from grounding.query.records import Candidate, LeftOut
from indexer.hits import Vectors

ENOUGH = "its source has its max of results"
ALIKE = "others differ more from what is shown (diversity)"


def chosen(kept: Sequence[Candidate], vectors: Vectors, choice: Choice) -> list[Candidate]:
    """Return the candidates to show, in their order. vectors: L2-normalised."""
    allowed = _capped(kept, choice.max_per_source)
    return diversified(allowed, vectors, diversity=choice.diversity, k=choice.max_results)


def not_chosen(
    kept: Sequence[Candidate], taken: Sequence[Candidate], choice: Choice
) -> list[LeftOut]:
    """Return the others, best first, and why they are not shown."""
    shown = {each.chunk for each in taken}
    allowed = _capped(kept, choice.max_per_source)
    places = {each.chunk: place for place, each in enumerate(allowed)}
    found = []
    for candidate in (each for each in kept if each.chunk not in shown):
        place = places.get(candidate.chunk)
        if place is None:
            reason = ENOUGH
        elif place < choice.max_results:
            reason = ALIKE
        else:
            reason = f"not among the best {choice.max_results}"
        found.append(LeftOut(candidate, reason))
    return found


def open_sources(
    kept: Sequence[Candidate], choice: Choice, names: Collection[str]
) -> frozenset[str]:
    """Return the sources of which more could be shown; none where enough can be."""
    allowed = _capped(kept, choice.max_per_source)
    if choice.max_per_source is None or len(allowed) >= choice.max_results:
        return frozenset()
    taken = Counter(each.evidence.source for each in allowed)
    return frozenset(name for name in names if taken[name] < choice.max_per_source)


def _capped(kept: Sequence[Candidate], most: int | None) -> list[Candidate]:
    """Return of each source its best."""
    if most is None:
        return list(kept)
    taken: Counter[str] = Counter()
    found = []
    for candidate in kept:
        source = candidate.evidence.source
        if taken[source] < most:
            taken[source] += 1
            found.append(candidate)
    return found
