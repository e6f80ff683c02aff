"""When sources are due: `every 15m` or `cron 0 7 * * 1-5`, run by APScheduler.

The scheduler decides only *when*: it queues a run for a (source, slot), and the slot is the
nominal time, so that two processes with the same schedule queue one run, not two.
"""

import logging
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from connectors.clock import Clock, utc_now
from indexer.durations import parse_duration
from indexer.errors import InvalidSchedule
from indexer.records import SourceRecord

logger = logging.getLogger(__name__)

SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(days=3660)
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_EXPECTED = 'expected "every 15m", "every 5m to 6h" or "cron MINUTE HOUR DAY MONTH WEEKDAY" (UTC)'


@dataclass(frozen=True, slots=True)
class Schedule:
    """Either an interval or a cron expression, in UTC.

    longest: the interval may grow up to it while the source has nothing new.
    """

    interval: timedelta | None = None
    cron: str | None = None
    longest: timedelta | None = None


def parse_schedule(text: str) -> Schedule:
    """Read a schedule.

    Raises:
        InvalidSchedule: it is neither form, shorter than a second or longer than ten years.
    """
    word, _, rest = text.strip().partition(" ")
    try:
        if word == "every":
            return _every(text, rest)
        if word == "cron":
            cron_trigger(rest)
            return Schedule(cron=rest.strip())
    except ValueError as error:
        raise InvalidSchedule(f"schedule {text!r}: {error}; {_EXPECTED}") from error
    raise InvalidSchedule(f"schedule {text!r}: {_EXPECTED}")


def _every(text: str, rest: str) -> Schedule:
    """Read "15m", or "5m to 6h": as often as there is something new, within these bounds."""
    first, is_range, last = rest.partition(" to ")
    interval = parse_duration(first.strip())
    longest = parse_duration(last.strip()) if is_range else None
    if not SHORTEST <= interval <= (longest or interval) <= LONGEST:
        raise InvalidSchedule(
            f"schedule {text!r}: from 1 second to {LONGEST.days} days, the shorter first"
        )
    return Schedule(interval=interval, longest=longest)


def slot(schedule: Schedule, source: str, now: datetime) -> str:
    """Return the name of the nominal time that `now` belongs to, the same in every process."""
    if schedule.interval is None:
        return now.replace(second=0, microsecond=0).isoformat()
    start = _start(schedule.interval, source)
    return (start + (now - start) // schedule.interval * schedule.interval).isoformat()


def is_overdue(source: SourceRecord, now: datetime) -> bool:
    """Whether a scheduled source was never tried, or a time for it passed since it was."""
    if source.schedule is None:
        return False
    if source.last_attempt_at is None:
        return True
    schedule = parse_schedule(source.schedule)
    if schedule.interval is not None:
        return now - source.last_attempt_at >= schedule.interval
    since = source.last_attempt_at + SHORTEST  # what was tried at seven was not missed at seven
    missed = cron_trigger(schedule.cron or "").get_next_fire_time(None, since)
    return missed is not None and missed <= now


class Scheduler:
    """Runs `queue(source, slot)` in a background thread whenever a source is due."""

    def __init__(
        self,
        queue: Callable[[str, str], None],
        planned: Callable[[str, datetime | None], None],
        *,
        clock: Clock,
        retry: timedelta = timedelta(seconds=30),
    ) -> None:
        self._queue = queue
        self._planned = planned
        self._clock = clock
        self._retry = retry
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """Start no more jobs; those that run are not waited for.

        APScheduler looks elsewhere for the jobs of a scheduler that is stopped, so that its thread
        breaks in the middle of starting some: reading the jobs waits until it has done so.
        """
        self._scheduler.pause()
        self._scheduler.get_jobs()
        self._scheduler.shutdown(wait=False)

    def repeat(self, name: str, seconds: float, job: Callable[[], None]) -> None:
        """Run a job of the service itself every so many seconds."""
        self._scheduler.add_job(job, IntervalTrigger(seconds=seconds, timezone=UTC), id=f"~{name}")

    def once(self, name: str, seconds: float, job: Callable[[], None]) -> None:
        """Run a job of the service itself so many seconds from now; one of a name waits once."""
        at = DateTrigger(utc_now() + timedelta(seconds=seconds), timezone=UTC)
        self._scheduler.add_job(job, at, id=f"~{name}", replace_existing=True)

    def plan(self, source: SourceRecord) -> None:
        """Start, change or stop reading a source on its schedule."""
        if source.schedule is None or not source.is_enabled or source.removed_at is not None:
            self.forget(source.name)
            return
        schedule = parse_schedule(source.schedule)
        job = self._scheduler.add_job(
            self._due,
            trigger(schedule, source),
            args=(source.name, schedule),
            id=source.name,
            replace_existing=True,
        )
        self._planned(source.name, getattr(job, "next_run_time", None))

    def forget(self, name: str) -> None:
        if self._scheduler.get_job(name) is not None:
            self._scheduler.remove_job(name)
            self._planned(name, None)

    def _due(self, name: str, schedule: Schedule) -> None:
        self._queue_slot(name, slot(schedule, name, self._clock()))
        job = self._scheduler.get_job(name)
        if job is not None:
            self._planned(name, job.next_run_time)

    def _queue_slot(self, name: str, nominal: str) -> None:
        """Queue a slot, and again a little later if that fails: the next may be a day away."""
        try:
            self._queue(name, nominal)
        except Exception:
            self._scheduler.add_job(
                self._queue_slot,
                DateTrigger(self._clock() + self._retry, timezone=UTC),
                args=(name, nominal),
                id=f"{name}~again",
                replace_existing=True,
            )
            raise


class _EveryInterval(IntervalTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Counts from the start of the schedule.

    APScheduler counts from the last time, so that the jitter of every read would put off all
    later ones.
    """

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        after = now if previous is None else max(now, previous)
        begun = (after - self.start_date) // self.interval
        nominal: datetime = self.start_date + (begun + 1) * self.interval
        delay = random.uniform(0, self.jitter or 0)  # noqa: S311 - no secret
        return nominal + timedelta(seconds=delay)


def trigger(schedule: Schedule, source: SourceRecord) -> IntervalTrigger | CronTrigger:
    if schedule.interval is None:
        return cron_trigger(schedule.cron or "")
    return _EveryInterval(
        seconds=schedule.interval.total_seconds(),
        start_date=_start(schedule.interval, source.name),
        timezone=UTC,
        jitter=int(source.jitter_seconds) or None,
    )


def cron_trigger(expression: str) -> CronTrigger:
    """Read a crontab's five fields; APScheduler counts weekdays from Monday, crontab(5) from
    Sunday, so weekdays go over by name.
    """
    fields = expression.split()
    if len(fields) == 5 and fields[-1] != "*":
        days = {day for part in fields[-1].lower().split(",") for day in _weekdays(part)}
        fields[-1] = ",".join(_WEEKDAYS[day] for day in sorted(days))
    return CronTrigger.from_crontab(" ".join(fields), timezone=UTC)


def _weekdays(part: str) -> list[int]:
    """Return the days of one item of a weekday field: "1", "1-5", "*/2", "fri-sun"."""
    span, _, step = part.partition("/")
    first, dash, last = ("0", "-", "6") if span == "*" else span.partition("-")
    begin = _weekday(first)
    end = (_weekday(last) or 7) if dash else begin
    days = [day % 7 for day in range(begin, end + 1, int(step or 1))]
    if not days:
        raise ValueError(f"weekdays {part!r} are none")
    return days


def _weekday(name: str) -> int:
    day = _WEEKDAYS.index(name) if name in _WEEKDAYS else int(name)
    if not 0 <= day <= 7:
        raise ValueError(f"weekday {name!r} is not 0 to 7")
    return day


def _start(interval: timedelta, source: str) -> datetime:
    """Return where a source's intervals are counted from.

    Each source has its own phase, so that a hundred sources read every 15 minutes do not all
    start at once.
    """
    phase = zlib.crc32(source.encode()) % int(interval.total_seconds() * 1000)
    return _EPOCH + timedelta(milliseconds=phase)
