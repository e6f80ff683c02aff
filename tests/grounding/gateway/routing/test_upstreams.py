"""Tests of `grounding/gateway/routing/upstreams.py`."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from grounding.gateway.routing.upstreams import Demand, Offer, cheapest, expected_cost

SMALL = Offer("small", Decimal("0.1"), Decimal("0.4"), 8_000, frozenset({"streaming"}), 1)
MIDDLE = Offer("middle", Decimal(1), Decimal(4), 32_000, frozenset({"streaming", "tools"}), 2)
BIG = Offer("big", Decimal(5), Decimal(15), 200_000, frozenset({"streaming", "tools", "images"}), 3)
OFFERS = (BIG, SMALL, MIDDLE)
EASY = Demand(1_000, 500, frozenset(), 1)


def test_the_cheapest_comes_first_and_the_others_follow_by_cost() -> None:
    ranked = cheapest(OFFERS, EASY)

    assert ranked.order == ("small", "middle", "big")
    assert not ranked.refused
    assert ranked.expected_cost["small"] == Decimal("0.0003")
    assert ranked.reasons == ("'small' is the cheapest of 3 with strength 1 or more",)


def test_what_is_too_weak_comes_last_strongest_first() -> None:
    ranked = cheapest(OFFERS, replace(EASY, strength=3))

    assert ranked.order == ("big", "middle", "small")
    assert "only if all before fail: 'middle', 'small'" in ranked.reasons[-1]


def test_where_none_is_strong_enough_the_strongest_is_tried() -> None:
    ranked = cheapest((SMALL, MIDDLE), replace(EASY, strength=3))

    assert ranked.order == ("middle", "small")
    assert "none that can serve has strength 3" in ranked.reasons[0]


def test_every_refusal_says_why() -> None:
    offers = (
        replace(BIG, name="down", is_available=False),
        replace(SMALL, name="plain"),
        replace(MIDDLE, name="narrow", context_tokens=1_499),
        replace(MIDDLE, name="spent", spent_today=Decimal("9.999"), daily_budget=Decimal(10)),
        replace(MIDDLE, name="fit", context_tokens=1_500),
    )

    ranked = cheapest(offers, replace(EASY, capabilities=frozenset({"tools"})))

    assert ranked.order == ("fit",)
    assert ranked.refused == {
        "down": "it is not available",
        "plain": "it lacks: tools",
        "narrow": "its context is 1499 tokens, the request needs 1500",
        "spent": "its budget of 10 a day does not allow it: 9.999 is spent, and this costs up to"
        " 0.003",
    }


def test_a_budget_may_be_spent_to_its_end() -> None:
    cost = expected_cost(MIDDLE, EASY)

    ranked = cheapest([replace(MIDDLE, spent_today=10 - cost, daily_budget=Decimal(10))], EASY)

    assert ranked.order == ("middle",)


def test_a_context_that_is_not_known_refuses_nothing() -> None:
    ranked = cheapest([replace(SMALL, context_tokens=None)], replace(EASY, prompt_tokens=10**6))

    assert ranked.order == ("small",)


def test_without_offers_it_is_said_that_none_can_serve() -> None:
    assert cheapest((), EASY).reasons == ("no upstream can serve this request",)


def test_of_equal_cost_the_stronger_and_then_the_first_by_name_comes_first() -> None:
    twins = (
        replace(SMALL, name="b"),
        replace(SMALL, name="a"),
        replace(SMALL, name="c", strength=2),
    )

    orders = {cheapest(some, EASY).order for some in permutations(twins)}

    assert orders == {("c", "a", "b")}


prices = st.decimals(0, 100, places=4, allow_nan=False)
offers = st.builds(
    Offer,
    name=st.text("abcdef", min_size=1, max_size=3),
    price_in=prices,
    price_out=prices,
    context_tokens=st.none() | st.integers(0, 5_000),
    capabilities=st.frozensets(st.sampled_from(["tools", "json"])),
    strength=st.integers(1, 3),
    spent_today=prices,
    daily_budget=st.none() | prices,
    is_available=st.booleans(),
)


@given(
    st.lists(offers, max_size=8, unique_by=lambda each: each.name),
    st.builds(
        Demand,
        prompt_tokens=st.integers(0, 4_000),
        output_tokens=st.integers(0, 4_000),
        capabilities=st.frozensets(st.sampled_from(["tools", "json"])),
        strength=st.integers(1, 3),
    ),
)
def test_every_offer_is_ranked_or_refused_whatever_their_order(
    some: list[Offer], demand: Demand
) -> None:
    ranked = cheapest(some, demand)

    assert sorted([*ranked.order, *ranked.refused]) == sorted(each.name for each in some)
    assert cheapest(some[::-1], demand).order == ranked.order
    known = {each.name: each for each in some}
    enough = [name for name in ranked.order if known[name].strength >= demand.strength]
    costs = [ranked.expected_cost[name] for name in enough]
    assert costs == sorted(costs)
    assert list(ranked.order[: len(enough)]) == enough
