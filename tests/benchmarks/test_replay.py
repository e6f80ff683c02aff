import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.replay import LAST_LIFE, MICROSECOND, Poll, Read, instant, longest_delay, reads_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FILE = Path("poll.json")


def test_a_poll_is_current_until_the_next_one_and_the_last_for_a_while() -> None:
    polls = [Poll(NOON, FILE), Poll(NOON + timedelta(hours=1), FILE)]

    first, last = reads_of(polls, [NOON + MICROSECOND, polls[1].at])

    assert (first.stored_at, first.ends_at) == (NOON + MICROSECOND, polls[1].at)
    assert (last.stored_at, last.ends_at) == (polls[1].at, polls[1].at + LAST_LIFE)
    assert longest_delay({"a": [first, last]}) == MICROSECOND


def test_instants_are_drawn_from_storing_inclusive_to_the_next_poll_exclusive() -> None:
    read = Read(Poll(NOON, FILE), NOON + MICROSECOND, NOON + 3 * MICROSECOND)
    draw = random.Random(1)

    drawn = {read.instant(draw) for _ in range(50)}

    assert drawn == {NOON + MICROSECOND, NOON + 2 * MICROSECOND}


def test_instants_in_the_database_are_utc() -> None:
    assert instant("2026-01-01 12:00:00.000000") == NOON
