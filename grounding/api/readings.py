"""What the service answers about readings, and about items that could not be read."""

from datetime import datetime

from grounding.api.replies import Failure
from grounding.api.wire import Reply
from indexer.records import RunRecord


class Run(Reply):
    id: int
    source: str
    trigger: str
    status: str
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    duration_seconds: float | None
    new: int
    changed: int
    unchanged: int
    removed: int
    observations_new: int
    observations_changed: int
    failed_items: int
    bytes_read: int
    error: str | None
    failures: list[Failure]
    remarks: list[str]

    @classmethod
    def of(cls, run: RunRecord) -> "Run":
        took = None
        if run.started_at is not None and run.finished_at is not None:
            took = (run.finished_at - run.started_at).total_seconds()
        counts = run.counts
        return cls(
            id=run.id,
            source=run.source,
            trigger=run.trigger.value,
            status=run.status.value,
            queued_at=run.queued_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
            duration_seconds=took,
            new=counts.new,
            changed=counts.changed,
            unchanged=counts.unchanged,
            removed=counts.removed,
            observations_new=counts.observations_new,
            observations_changed=counts.observations_changed,
            failed_items=counts.failed_items,
            bytes_read=counts.bytes_read,
            error=run.error,
            failures=[Failure(key=key, reason=reason) for key, reason in run.failures],
            remarks=list(run.remarks),
        )


class Runs(Reply):
    runs: list[Run]


class DeadLetter(Reply):
    source: str
    key: str
    reason: str
    first_failed_at: datetime
    last_failed_at: datetime
    times: int


class DeadLetters(Reply):
    dead_letters: list[DeadLetter]


class Dismissed(Reply):
    dismissed: int
