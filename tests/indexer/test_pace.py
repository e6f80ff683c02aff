from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import Remedy
from indexer.pace import next_interval, rest_after_failure, rest_after_success
from indexer.schedule import parse_schedule

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


def paused(failures: int, remedy: Remedy = Remedy.WAIT, wish: float | None = None) -> float:
    """Return for how many seconds a source pauses."""
    until = rest_after_failure(
        NOW, source="news", failures_in_row=failures, remedy=remedy, wish_seconds=wish
    )
    return (until - NOW).total_seconds()


def rested(
    wish: float | None = None, interval: float | None = None, promise: float | None = None
) -> float | None:
    until = rest_after_success(
        NOW, wish_seconds=wish, interval_seconds=interval, promise_seconds=promise
    )
    return None if until is None else (until - NOW).total_seconds()


def test_an_interval_moves_between_its_bounds_only() -> None:
    schedule = parse_schedule("every 5m to 1h")

    assert next_interval(schedule, None, has_changed=True) == 5 * MINUTE
    assert next_interval(schedule, None, has_changed=False) == 5 * MINUTE * 5 / 4
    assert next_interval(schedule, 50 * MINUTE, has_changed=False) == HOUR
    assert next_interval(schedule, HOUR, has_changed=True) == 40 * MINUTE


@pytest.mark.parametrize("text", ["every 15m", "cron 0 7 * * *"])
def test_a_fixed_schedule_leaves_no_interval_to_choose(text: str) -> None:
    assert next_interval(parse_schedule(text), None, has_changed=True) is None
    assert next_interval(None, 60.0, has_changed=True) is None


@pytest.mark.parametrize("changes_every", [20 * MINUTE, 2 * HOUR])
def test_an_interval_settles_below_half_the_time_between_changes(changes_every: float) -> None:
    schedule = parse_schedule("every 1m to 1d")
    interval, now, seen, reads = MINUTE, 0.0, 0, 0
    taken = []

    while now < 200 * changes_every:
        now += interval
        newest = int(now // changes_every)
        interval = next_interval(schedule, interval, has_changed=newest > seen) or 0.0
        seen, reads = newest, reads + 1
        taken.append(interval)

    mean = sum(taken[reads // 2 :]) / len(taken[reads // 2 :])
    assert 0.25 * changes_every < mean < 0.6 * changes_every


def test_a_source_that_wishes_nothing_is_read_when_it_is_due() -> None:
    assert rested() is None


def test_a_wish_is_kept_but_for_a_little() -> None:
    assert rested(wish=HOUR) == HOUR - 30
    assert rested(wish=MINUTE) == MINUTE - 6


def test_the_longer_of_wish_and_interval_counts() -> None:
    assert rested(wish=HOUR, interval=2 * HOUR) == 2 * HOUR - 30
    assert rested(wish=2 * HOUR, interval=HOUR) == 2 * HOUR - 30


def test_our_promise_goes_before_a_wish() -> None:
    assert rested(wish=DAY, promise=HOUR) == HOUR - 30


def test_no_wish_is_kept_for_longer_than_a_day() -> None:
    assert rested(wish=30 * DAY) == DAY - 30


def test_pauses_double_up_to_a_day() -> None:
    pauses = [paused(failures) for failures in (1, 2, 3, 4, 30, 100_000)]

    for pause, expected in zip(pauses, [60, 120, 240, 480, DAY, DAY], strict=True):
        assert 0.9 * expected <= pause <= 1.1 * expected


def test_what_a_failing_source_asks_for_is_kept_in_full_up_to_a_day() -> None:
    assert paused(5, wish=7.0) == 7.0
    assert paused(1, wish=400 * DAY) == DAY


def test_a_source_that_is_gone_is_asked_once_a_week() -> None:
    assert paused(1, Remedy.GIVE_UP) == timedelta(days=7).total_seconds()
