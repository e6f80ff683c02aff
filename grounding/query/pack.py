"""Choose the candidates that fit a token budget, and the order in which a prompt shows them.

Relevance alone decides what is left out; time only decides the order of what is in.
"""

from collections.abc import Callable, Iterable, Sequence

from grounding.query.records import Candidate, Frame, LeftOut, Packed
from grounding.query.render import context_text, item_text

TOO_MANY = "more items than max_items"
TOO_BIG = "does not fit the token budget"


def pack(
    ranked: Sequence[Candidate],
    *,
    frame: Frame,
    count_tokens: Callable[[str], int],
    token_budget: int,
    max_items: int,
) -> Packed:
    """Take candidates best first as long as they fit whole; one that is too big is passed over.

    `token_count` of the result is at most `token_budget`, unless not even a context without any
    evidence fits.
    """

    def tokens(chosen: Sequence[Candidate]) -> int:
        items = [candidate.evidence for candidate in reading_order(chosen)]
        return count_tokens(context_text(items, frame))

    def more_tokens(candidate: Candidate) -> int:
        return count_tokens(f"\n\n{item_text(candidate.evidence, max_items, frame)}")

    chosen: list[Candidate] = []
    left_out: list[LeftOut] = []
    used = 0
    for candidate in ranked:
        if len(chosen) >= max_items:
            left_out.append(LeftOut(candidate, TOO_MANY))
            continue
        needed = used + more_tokens(candidate) if chosen else tokens([candidate])
        if needed > token_budget:
            left_out.append(LeftOut(candidate, TOO_BIG))
            continue
        chosen.append(candidate)
        used = needed

    # Tokens of a whole can exceed the sum over its parts, so the whole has the last word.
    while chosen and tokens(chosen) > token_budget:
        left_out.append(LeftOut(chosen.pop(), TOO_BIG))
    return Packed(tuple(reading_order(chosen)), tuple(left_out), tokens(chosen))


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
