import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from connectors.clock import utc_now
from indexer.errors import InvalidSchedule
from indexer.schedule import (
    Schedule,
    Scheduler,
    cron_trigger,
    is_overdue,
    parse_schedule,
    slot,
    trigger,
)
from tests.fakes import START, source_record

SOURCE = source_record(origin="api", schedule="every 15m")
WAIT_SECONDS = 20
TICK = timedelta(microseconds=1)


class Due:
    """Takes down what a scheduler reports."""

    def __init__(self) -> None:
        self.slots: list[tuple[str, str]] = []
        self.planned: list[tuple[str, datetime | None]] = []
        self.is_due = threading.Event()

    def queue(self, name: str, slot: str) -> None:
        self.slots.append((name, slot))
        self.is_due.set()

    def plan(self, name: str, at: datetime | None) -> None:
        self.planned.append((name, at))


@pytest.fixture
def due() -> Due:
    return Due()


@pytest.fixture
def scheduler(due: Due) -> Iterator[Scheduler]:
    running = Scheduler(due.queue, due.plan, clock=utc_now)
    running.start()
    yield running
    running.stop()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("every 15m", timedelta(minutes=15)),
        ("  every   1h30m ", timedelta(minutes=90)),
        ("every PT5M", timedelta(minutes=5)),
        ("every 1s", timedelta(seconds=1)),
        ("every 1.5s", timedelta(seconds=1.5)),
        ("every 365d", timedelta(days=365)),
    ],
)
def test_an_interval_is_read(text: str, expected: timedelta) -> None:
    assert parse_schedule(text) == Schedule(interval=expected)


@pytest.mark.parametrize(
    "expression",
    ["0 7 * * 1-5", "*/5 * * * *", "0 0 1 jan *", "15,45 8-18 * * mon-fri", "0 0 * * 7"],
)
def test_a_cron_expression_is_read(expression: str) -> None:
    assert parse_schedule(f"cron {expression}") == Schedule(cron=expression)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "15m",
        "hourly",
        "every",
        "every day",
        "every 0s",
        "every 0.5s",
        "every -5m",
        "every 1M",
        "every 400000d",
        "every15m",
        "Every 15m",
        "cron",
        "cron * * * *",
        "cron * * * * * *",
        "cron 60 * * * *",
        "cron x * * * *",
        "cron 0 0 * * 8",
        "cron 0 0 * * 5-1",
        "cron 0 0 * * ,",
        "cron 0 0 * * */0",
        "cron @daily",
    ],
)
def test_anything_else_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(InvalidSchedule, match="schedule ") as caught:
        parse_schedule(text)

    assert repr(text) in str(caught.value)


def test_the_slot_of_an_interval_is_its_nominal_start() -> None:
    schedule = parse_schedule("every 15m")

    first = datetime.fromisoformat(slot(schedule, "news", START))

    assert first <= START < first + timedelta(minutes=15)
    for later in (timedelta(0), timedelta(minutes=14, seconds=59)):
        assert slot(schedule, "news", first + later) == first.isoformat()
    assert slot(schedule, "news", first + timedelta(minutes=15)) != first.isoformat()


def test_the_slot_of_a_cron_schedule_is_its_minute() -> None:
    late = datetime(2026, 3, 2, 7, 0, 42, 7, tzinfo=UTC)

    assert slot(parse_schedule("cron 0 7 * * *"), "news", late) == "2026-03-02T07:00:00+00:00"


def test_every_process_gives_a_moment_the_same_slot() -> None:
    code = (
        "from datetime import datetime; from indexer.schedule import parse_schedule, slot;"
        f"print(slot(parse_schedule('every 15m'), 'news', datetime.fromisoformat('{START}')))"
    )

    elsewhere = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout

    assert elsewhere.strip() == slot(parse_schedule("every 15m"), "news", START)
    assert elsewhere.strip() == "2026-03-01T11:45:06.608000+00:00"


def test_sources_of_one_interval_begin_at_different_times() -> None:
    schedule = parse_schedule("every 15m")

    slots = {slot(schedule, f"source {nth}", START) for nth in range(100)}

    assert len(slots) > 90


@pytest.mark.parametrize(
    ("schedule", "last", "expected"),
    [
        (None, None, False),
        ("every 15m", None, True),
        ("every 15m", START - timedelta(minutes=14), False),
        ("every 15m", START - timedelta(minutes=15), True),
        ("cron 0 7 * * *", None, True),
        ("cron 0 7 * * *", START - timedelta(days=1), True),
        ("cron 0 7 * * *", START - timedelta(hours=5), False),
        ("cron 0 7 * * *", START - timedelta(hours=4), False),
    ],
)
def test_a_source_is_overdue_when_a_time_for_it_passed_since_it_was_tried(
    schedule: str | None, last: datetime | None, expected: bool
) -> None:
    assert is_overdue(replace(SOURCE, schedule=schedule, last_attempt_at=last), START) is expected


def test_a_due_source_is_queued_with_its_slot(scheduler: Scheduler, due: Due) -> None:
    scheduler.plan(replace(SOURCE, schedule="every 1s"))

    assert due.is_due.wait(WAIT_SECONDS)
    name, named = due.slots[0]
    begun = datetime.fromisoformat(named)
    assert name == "news"
    assert abs(utc_now() - begun) < timedelta(seconds=WAIT_SECONDS)
    assert slot(parse_schedule("every 1s"), "news", begun) == named


def test_a_planned_source_is_read_next_at_the_start_of_a_slot(
    scheduler: Scheduler, due: Due
) -> None:
    before = utc_now()
    scheduler.plan(SOURCE)

    ((name, at),) = due.planned
    assert name == "news"
    assert at is not None
    assert before < at <= utc_now() + timedelta(minutes=15)
    assert slot(parse_schedule("every 15m"), "news", at) == at.isoformat()


def test_jitter_delays_a_read_but_keeps_it_in_its_slot(scheduler: Scheduler, due: Due) -> None:
    schedule = parse_schedule("every 15m")
    for _ in range(50):
        scheduler.plan(replace(SOURCE, jitter_seconds=899.0))

    delays = [
        at - datetime.fromisoformat(slot(schedule, "news", at)) for _, at in due.planned if at
    ]

    assert len(delays) == 50
    assert max(delays) > timedelta(minutes=1)


def test_jitter_does_not_put_off_later_reads() -> None:
    schedule = parse_schedule("every 15m")
    jittered = trigger(schedule, replace(SOURCE, jitter_seconds=600.0))
    reads = [START]
    for _ in range(50):
        reads.append(jittered.get_next_fire_time(reads[-1], reads[-1]))

    slots = [datetime.fromisoformat(slot(schedule, "news", at)) for at in reads]

    assert {after - before for before, after in pairwise(slots)} == {timedelta(minutes=15)}


@pytest.mark.parametrize("late", [timedelta(0), timedelta(minutes=14), timedelta(days=3)])
def test_after_a_pause_the_next_read_is_at_the_next_slot(late: timedelta) -> None:
    schedule = parse_schedule("every 15m")
    planned = datetime.fromisoformat(slot(schedule, "news", START))

    following = trigger(schedule, SOURCE).get_next_fire_time(planned, planned + late)

    assert planned + late < following <= planned + late + timedelta(minutes=15)
    assert slot(schedule, "news", following) == following.isoformat()


@pytest.mark.parametrize(
    ("weekdays", "expected"),
    [
        ("1-5", {"Mon", "Tue", "Wed", "Thu", "Fri"}),
        ("0", {"Sun"}),
        ("7", {"Sun"}),
        ("6,0", {"Sat", "Sun"}),
        ("fri-sun", {"Fri", "Sat", "Sun"}),
        ("5-7", {"Fri", "Sat", "Sun"}),
        ("MON,wed", {"Mon", "Wed"}),
        ("1-5/2", {"Mon", "Wed", "Fri"}),
        ("*/3", {"Sun", "Wed", "Sat"}),
        ("*", {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}),
    ],
)
def test_weekdays_are_counted_as_crontab_counts_them(weekdays: str, expected: set[str]) -> None:
    trigger = cron_trigger(f"0 7 * * {weekdays}")

    times: list[datetime] = []
    while len(times) < 14:
        times.append(trigger.get_next_fire_time(None, times[-1] + TICK if times else START))

    assert {f"{at:%a}" for at in times} == expected
    assert {(at.hour, at.minute) for at in times} == {(7, 0)}


def test_a_source_that_is_off_is_not_planned(scheduler: Scheduler, due: Due) -> None:
    scheduler.plan(SOURCE)
    due.planned.clear()

    scheduler.plan(replace(SOURCE, is_enabled=False))
    scheduler.plan(replace(SOURCE, schedule=None))
    scheduler.plan(replace(SOURCE, removed_at=START))

    assert due.planned == [("news", None)]


def test_planning_again_takes_the_place_of_the_earlier_plan(scheduler: Scheduler, due: Due) -> None:
    scheduler.plan(SOURCE)
    scheduler.plan(replace(SOURCE, schedule="every 1s"))

    assert due.is_due.wait(WAIT_SECONDS)


def test_forgetting_an_unknown_source_does_nothing(scheduler: Scheduler, due: Due) -> None:
    scheduler.forget("nobody")

    assert due.planned == []


def test_a_job_of_the_service_is_repeated(scheduler: Scheduler) -> None:
    third = threading.Event()
    calls: list[None] = []

    def job() -> None:
        calls.append(None)
        if len(calls) == 3:
            third.set()

    scheduler.repeat("tidy", 0.02, job)

    assert third.wait(WAIT_SECONDS)


def test_a_slot_that_could_not_be_queued_is_queued_a_little_later(due: Due) -> None:
    failed: list[tuple[str, str]] = []

    def fail_first(name: str, slot: str) -> None:
        if not failed:
            failed.append((name, slot))
            raise RuntimeError(name)
        due.queue(name, slot)

    scheduler = Scheduler(fail_first, due.plan, clock=utc_now, retry=timedelta(milliseconds=1))
    scheduler.start()
    scheduler.plan(replace(SOURCE, schedule="every 2s"))

    assert due.is_due.wait(WAIT_SECONDS)
    scheduler.stop()
    assert due.slots[0] == failed[0]


def test_stopping_while_jobs_are_due_breaks_no_thread(
    due: Due, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda error: broken.append(str(error.exc_value)))

    for delay in range(40):
        scheduler = Scheduler(due.queue, due.plan, clock=utc_now)
        scheduler.start()
        for number in range(200):
            scheduler.once(str(number), 0.01, lambda: None)
        time.sleep(delay / 2000)
        scheduler.stop()
        time.sleep(0.01)

    assert broken == []
