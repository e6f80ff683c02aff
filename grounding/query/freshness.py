"""How a source stands against what it promised, in dbt's words: pass, warn, error."""

from datetime import datetime, timedelta

from connectors.errors import Remedy
from grounding.query.records import Freshness, FreshnessStatus
from indexer.durations import age_in_words
from indexer.records import SourceRecord

LASTING = timedelta(hours=1)
ADVICE = {
    Remedy.WAIT: "it is asked again by itself",
    Remedy.FIX: "to be fixed in its configuration",
    Remedy.GIVE_UP: "it is closed: remove it, or read it elsewhere",
}


def freshness(source: SourceRecord, *, now: datetime) -> Freshness:
    """Compare the age of the last successful read with the source's promise.

    One that was never read breaks its promise once it has been there for that long.
    """
    success = source.last_success_at
    age = None if success is None else max(0.0, (now - success).total_seconds())
    since = success or source.created_at
    waiting = None if since is None else max(0.0, (now - since).total_seconds())
    return Freshness(
        name=source.name,
        status=_status(source, waiting, was_read=success is not None),
        age_seconds=age,
        last_success_at=success,
        next_read_at=source.next_planned_at,
        warn_after_seconds=source.warn_after_seconds,
        error_after_seconds=source.error_after_seconds,
    )


def is_kept(found: Freshness) -> bool:
    """Whether an answer may be built on the source by who requires fresh ones.

    Who promised nothing, or was never read, cannot be vouched for.
    """
    return found.status in (FreshnessStatus.PASS, FreshnessStatus.WARN)


def broken_promise(found: Freshness) -> str:
    """Say why a source is not fresh, and what it promised."""
    promised = found.error_after_seconds or found.warn_after_seconds
    if promised is None:
        return f"source {found.name} promises nothing: set its warn_after or error_after"
    within = age_in_words(timedelta(seconds=promised))
    if found.age_seconds is None:
        return f"source {found.name} was never read; it promised every {within}"
    age = age_in_words(timedelta(seconds=found.age_seconds))
    return f"source {found.name} was last read {age} ago; it promised every {within}"


def failed_reads(source: SourceRecord, *, now: datetime) -> str:
    """Say that a source fails, for how long, what to do about it, and why."""
    count = source.failures_in_row
    failed = "the last read failed" if count == 1 else f"the last {count} reads failed"
    lasts = None if source.failing_since is None else now - source.failing_since
    since = f", for {age_in_words(lasts)}" if lasts is not None and lasts >= LASTING else ""
    advice = f" ({ADVICE[source.remedy]})" if source.remedy else ""
    return f"source {source.name}: {failed}{since}{advice}: {source.last_error}"


def _status(source: SourceRecord, waiting: float | None, *, was_read: bool) -> FreshnessStatus:
    """Return "unknown" for a source that promised nothing, or that may yet keep its promise.

    waiting: seconds since the last good read, or since it was added.
    """
    warn, error = source.warn_after_seconds, source.error_after_seconds
    if waiting is None or (warn is None and error is None):
        return FreshnessStatus.UNKNOWN
    if error is not None and waiting >= error:
        return FreshnessStatus.ERROR
    if warn is not None and waiting >= warn:
        return FreshnessStatus.WARN if was_read else FreshnessStatus.UNKNOWN
    return FreshnessStatus.PASS if was_read else FreshnessStatus.UNKNOWN
