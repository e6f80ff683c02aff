"""Choose what of the candidates fits a token budget.

    ranked ─▶ merged ─▶ passages best first ─▶ grown while budget is left ─▶ in reading order

Relevance alone decides what is left out; time only decides the order of what is in. Sentences are
counted one by one, and the whole three times or a few more: a tokenizer may be slow.
"""

from collections.abc import Callable, Sequence

from grounding.query.dialects.dialect import Dialect
from grounding.query.dialects.openai import OPENAI
from grounding.query.packing.costs import Costs
from grounding.query.packing.draft import Draft
from grounding.query.packing.items import Item, Nearby, scored, trimmed
from grounding.query.packing.merge import merged
from grounding.query.packing.order import reading_order
from grounding.query.question import Limits
from grounding.query.records import Candidate, Frame, Packed


def pack(
    ranked: Sequence[Candidate],
    *,
    frame: Frame,
    count_tokens: Callable[[str], int],
    limits: Limits,
    question: str = "",
    nearby: Nearby | None = None,
    dialect: Dialect = OPENAI,
) -> Packed:
    """Take candidates best first while they fit, the last of them in part, and grow them then.

    `token_count` of the result is at most the budget, unless not even a context without any
    evidence fits. Nothing is cut inside of a sentence. What a source has a minimum of goes first.

    nearby: the passages around those that were found; without them no item grows beyond its own.
    dialect: what is counted is the context as it is said in this one.
    """
    items = [trimmed(item) for item in scored(merged(ranked, nearby or {}), question)]
    costs = Costs(items, frame, count_tokens, most_items=limits.max_items, dialect=dialect)
    draft = _filled(items, costs, limits, limits.token_budget)
    spare = draft.used - costs.whole(draft.shown())
    if spare and draft.runs:
        draft = _filled(items, costs, limits, limits.token_budget + spare)
    tokens = costs.whole(draft.shown())
    while draft.runs and tokens > limits.token_budget:
        draft.give_back(tokens - limits.token_budget)
        tokens = costs.whole(draft.shown())
    return Packed(tuple(reading_order(draft.shown())), tuple(draft.left_out()), tokens)


def _filled(items: Sequence[Item], costs: Costs, limits: Limits, budget: int) -> Draft:
    draft = Draft(items, costs, limits, budget)
    draft.fill()
    return draft
