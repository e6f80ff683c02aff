"""From the moment something is public to the moment a query finds it."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from grounding.client import Client
from grounding.client.records import Evidence, Run
from grounding.demo.story import Change
from grounding.demo.world import World

POLL_SECONDS = 0.01
GIVE_UP_AFTER = timedelta(seconds=20)
RESULTS = 5


class NotReflected(Exception):
    """A change in the world did not reach the service's answers in time."""


@dataclass(frozen=True, slots=True)
class Reflection:
    """A change that got through.

    read_started_at: when the reading began that brought it; None if no run tells.
    evidence: what is found now (for a withdrawal: what is found instead); None if nothing is.
    """

    change: Change
    published_at: datetime
    retrievable_at: datetime
    read_started_at: datetime | None
    evidence: Evidence | None

    @property
    def milliseconds(self) -> float:
        return _milliseconds(self.retrievable_at - self.published_at)

    @property
    def waited_milliseconds(self) -> float | None:
        """The part that is waiting for the schedule's next reading."""
        if self.read_started_at is None:
            return None
        return max(0.0, _milliseconds(self.read_started_at - self.published_at))


def reflected(change: Change, *, world: World, client: Client) -> Reflection:
    """Make the change, then ask its question until the answer reflects it.

    Raises:
        NotReflected: it did not within `GIVE_UP_AFTER`.
    """
    published_at = change.apply(world)
    while True:
        results = client.search(change.question, max_results=RESULTS).results
        retrievable_at = datetime.now(UTC)
        if change.is_reflected(results):
            break
        if retrievable_at - published_at > GIVE_UP_AFTER:
            found = "; ".join(each.title for each in results) or "nothing"
            raise NotReflected(
                f"{change.name}: not found {GIVE_UP_AFTER.seconds} s after it was published; "
                f"{change.question!r} finds: {found}"
            )
        time.sleep(POLL_SECONDS)
    return Reflection(
        change=change,
        published_at=published_at,
        retrievable_at=retrievable_at,
        read_started_at=_read_started_at(client, change, published_at),
        evidence=change.shown_by(results),
    )


def _read_started_at(client: Client, change: Change, published_at: datetime) -> datetime | None:
    """When the first run began that ended after publication and brought something.

    What is committed can be found before its run is recorded as finished: hence the second look.
    """
    for _ in range(100):
        runs = client.runs(source=change.source, limit=20)
        started = [
            run.started_at
            for run in runs
            if run.started_at and run.finished_at and run.finished_at >= published_at
            if _brought_something(run)
        ]
        if started:
            return min(started)
        time.sleep(POLL_SECONDS)
    return None


def _brought_something(run: Run) -> bool:
    observed = run.observations_new or run.observations_changed
    return bool(run.new or run.changed or run.removed or observed)


def _milliseconds(duration: timedelta) -> float:
    return duration / timedelta(milliseconds=1)
