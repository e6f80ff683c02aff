"""What is spent in a day: by all processes, over restarts, until midnight UTC."""

from datetime import timedelta
from decimal import Decimal

from grounding.gateway.records import Upstream, Usage
from grounding.gateway.spending import Budgets, Spending
from indexer.catalogue import spending
from indexer.catalogue.spending import Spent
from indexer.database import Database
from tests.fakes import START, FakeClock

DEAR = Upstream("dear", "http://x", price_in=Decimal(3), price_out=Decimal("15.5"))
CALL = Usage(prompt_tokens=1_000_000, output_tokens=2_000_000)
COST = Decimal(34)


def test_a_call_costs_what_its_tokens_cost(database: Database, clock: FakeClock) -> None:
    ours = Spending(database, clock, Budgets())

    assert ours.add(DEAR, CALL) == COST
    assert ours.today()["dear"] == Spent(1, 1_000_000, 2_000_000, COST)


def test_what_another_process_spent_counts(database: Database, clock: FakeClock) -> None:
    budgets = Budgets(together=Decimal(60))
    ours, theirs = Spending(database, clock, budgets), Spending(database, clock, budgets)
    ours.add(DEAR, CALL)
    assert ours.refusal("dear") is None
    theirs.add(DEAR, CALL)
    theirs.flush()

    ours.flush()

    assert ours.today()["dear"].cost == 2 * COST
    assert ours.refusal("dear") == "the budget of 60 a day is spent"


def test_a_restart_remembers_the_day(database: Database, clock: FakeClock) -> None:
    before = Spending(database, clock, Budgets(each={"dear": COST}))
    before.add(DEAR, CALL)
    before.flush()

    after = Spending(database, clock, Budgets(each={"dear": COST}))

    assert after.refusal("dear") == "the budget of 34 a day for upstream dear is spent"
    assert after.refusal("cheap") is None


def test_a_new_day_begins_at_nothing_and_the_old_one_is_kept(
    database: Database, clock: FakeClock
) -> None:
    ours = Spending(database, clock, Budgets(each={"dear": COST}))
    ours.add(DEAR, CALL)
    assert ours.refusal("dear") is not None

    clock.now = START + timedelta(days=1)

    assert ours.refusal("dear") is None
    assert ours.today() == {}
    with database.reading() as session:
        assert spending.of_day(session, START.date())["dear"].cost == COST


def test_small_amounts_are_added_exactly(database: Database, clock: FakeClock) -> None:
    ours = Spending(database, clock, Budgets())
    cheap = Upstream("cheap", "http://x", price_in=Decimal("0.15"))
    for _ in range(3):
        ours.add(cheap, Usage(1, 0))
        ours.flush()

    assert ours.today()["cheap"].cost == Decimal("0.00000045")


def test_midnight_is_in_the_seconds_that_are_left(database: Database, clock: FakeClock) -> None:
    ours = Spending(database, clock, Budgets())
    clock.now = START.replace(hour=23, minute=59, second=30)

    assert ours.seconds_to_midnight() == 30
