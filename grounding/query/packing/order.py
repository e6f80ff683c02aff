"""The order in which a prompt shows what was chosen for it."""

from collections.abc import Iterable, Sequence

from grounding.query.records import Candidate


def reading_order(best_first: Sequence[Candidate]) -> list[Candidate]:
    """Order for a reader who remembers the end best: the relevant last, and of them the newest.

    Relevant is what scores in the upper half of the range; the rest stands before it. Within
    each part dated items are ascending in time, equal times in relevance, and undated items
    stand where their relevance puts them, but for the end.
    """
    if not best_first:
        return []
    scores = [candidate.scores.total for candidate in best_first]
    middle = (max(scores) + min(scores)) / 2
    rest = [candidate for candidate in best_first if candidate.scores.total < middle]
    relevant = [candidate for candidate in best_first if candidate.scores.total >= middle]
    return [*_newest_last(rest), *_newest_last(relevant)]


def _newest_last(best_first: Sequence[Candidate]) -> list[Candidate]:
    best_last = list(reversed(best_first))
    dated = _ascending_in_time(best_last)
    if not dated:
        return best_last
    places = iter(dated)
    mixed = [c if c.evidence.dated_at is None else next(places) for c in best_last]
    newest = dated[-1]
    return [candidate for candidate in mixed if candidate is not newest] + [newest]


def _ascending_in_time(candidates: Iterable[Candidate]) -> list[Candidate]:
    dated = [(time, c) for c in candidates if (time := c.evidence.dated_at) is not None]
    return [candidate for _, candidate in sorted(dated, key=lambda pair: pair[0])]
