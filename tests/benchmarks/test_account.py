from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.histories.account import Account, Change, Stamps
from benchmarks.histories.fakes import START
from benchmarks.histories.happenings import Added, Batch, Habit, Item, Passed, Push, Source

HOUR = timedelta(hours=1)
BEGINS, ENDS = Change("added", "desk", "a"), Change("retired", "desk", "a")


@pytest.mark.parametrize(
    ("published_at", "versions"),
    [(None, 2), (datetime(1970, 1, 1, 5, tzinfo=UTC), 2), (START - HOUR, 1)],
)
def test_only_what_is_dated_by_a_clock_that_was_set_does_not_begin_anew(
    published_at: datetime | None, versions: int
) -> None:
    account = Account()
    said = Push("desk", Batch(items=(Item("a", "", "It rains.", published_at=published_at),)))
    account.take(Added(Source("desk", "north", Habit.KEYED, True, ttl=HOUR)), Stamps([]))
    account.take(said, Stamps([(BEGINS, START)]))
    account.take(Passed(HOUR), Stamps([]))

    at = START + HOUR
    again = [(ENDS, at), (BEGINS, at)] if versions == 2 else []
    account.take(said, Stamps(again))

    assert [each.number for each in account.versions] == [*range(1, versions + 1)]
