"""Which upstream is the cheapest that will do, and which follow if it fails. Pure functions.

    request body ─▶ demand_of ─▶ Demand ─┐
                                         ├─▶ cheapest ─▶ order, refusals, costs
    upstreams with prices ─▶ Offers ─────┘

An upstream is refused where it cannot serve: it is down, lacks what the request uses, has too small
a context, or may spend no more today. Strength is an estimate, so weakness refuses nothing: weaker
ones come last, for when all others fail. What a request demands is read in `demands.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

SMALL, MIDDLE, STRONG = 1, 2, 3
"""How strong an upstream is, or has to be."""
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Offer:
    """One upstream as it stands now.

    price_in, price_out: per million tokens, all offers in one currency.
    context_tokens: prompt and answer together; None where it is not known, which refuses nothing.
    capabilities: of "tools", "images", "audio", "json", "streaming".
    strength: 1 small, 2, 3 strong.
    spent_today, daily_budget: in the currency of the prices; no budget is no limit.
    """

    name: str
    price_in: Decimal
    price_out: Decimal
    context_tokens: int | None
    capabilities: frozenset[str]
    strength: int
    spent_today: Decimal = Decimal(0)
    daily_budget: Decimal | None = None
    is_available: bool = True


@dataclass(frozen=True, slots=True)
class Demand:
    """What a request needs of an upstream.

    output_tokens: at most, of all answers together; what is usual where the request has no limit.
    reasons: why it is of that strength.
    """

    prompt_tokens: int
    output_tokens: int
    capabilities: frozenset[str]
    strength: int
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranking:
    """Upstreams in the order in which they are to be tried, and why.

    order: empty where none can serve. refused: the reason by name; every offer is in one of both.
    expected_cost: of every offer, refused or not, in the currency of the prices.
    """

    order: tuple[str, ...]
    refused: Mapping[str, str]
    reasons: tuple[str, ...]
    expected_cost: Mapping[str, Decimal]


def cheapest(offers: Sequence[Offer], demand: Demand) -> Ranking:
    """Rank what can serve: first what is strong enough, by cost, then the rest by strength.

    Of equal cost the stronger comes first, then the first by name.
    """
    costs = {each.name: expected_cost(each, demand) for each in offers}
    refused = {
        each.name: reason
        for each in offers
        if (reason := _refusal(each, demand, costs[each.name])) is not None
    }
    able = [each for each in offers if each.name not in refused]
    enough = [each for each in able if each.strength >= demand.strength]
    weaker = [each for each in able if each.strength < demand.strength]
    enough.sort(key=lambda each: (costs[each.name], -each.strength, each.name))
    weaker.sort(key=lambda each: (-each.strength, costs[each.name], each.name))
    return Ranking(
        order=tuple(each.name for each in (*enough, *weaker)),
        refused=refused,
        reasons=_reasons(enough, weaker, demand),
        expected_cost=costs,
    )


def expected_cost(offer: Offer, demand: Demand) -> Decimal:
    """Return what the request costs if its answer is as long as it may be."""
    tokens = (offer.price_in * demand.prompt_tokens, offer.price_out * demand.output_tokens)
    return sum(tokens, Decimal(0)) / _MILLION


def _refusal(offer: Offer, demand: Demand, cost: Decimal) -> str | None:
    if not offer.is_available:
        return "it is not available"
    lacking = sorted(demand.capabilities - offer.capabilities)
    if lacking:
        return f"it lacks: {', '.join(lacking)}"
    needed = demand.prompt_tokens + demand.output_tokens
    if offer.context_tokens is not None and needed > offer.context_tokens:
        return f"its context is {offer.context_tokens} tokens, the request needs {needed}"
    if offer.daily_budget is not None and offer.spent_today + cost > offer.daily_budget:
        return (
            f"its budget of {offer.daily_budget} a day does not allow it:"
            f" {offer.spent_today} is spent, and this costs up to {cost:f}"
        )
    return None


def _reasons(enough: Sequence[Offer], weaker: Sequence[Offer], demand: Demand) -> tuple[str, ...]:
    told = [*demand.reasons]
    if enough:
        told.append(
            f"{enough[0].name!r} is the cheapest of {len(enough)} with strength"
            f" {demand.strength} or more"
        )
    elif weaker:
        told.append(
            f"none that can serve has strength {demand.strength}: {weaker[0].name!r} comes nearest"
        )
    else:
        told.append("no upstream can serve this request")
    if enough and weaker:
        names = ", ".join(repr(each.name) for each in weaker)
        told.append(f"weaker than that, and only if all before fail: {names}")
    return tuple(told)
