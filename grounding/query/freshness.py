"""How a source stands against what it promised, in dbt's words: pass, warn, error."""

from datetime import datetime

from grounding.query.records import Freshness, FreshnessStatus
from indexer.records import SourceRecord


def freshness(source: SourceRecord, *, now: datetime) -> Freshness:
    """Compare the age of the last successful read with the source's promise."""
    success = source.last_success_at
    age = None if success is None else max(0.0, (now - success).total_seconds())
    return Freshness(
        name=source.name,
        status=_status(source, age),
        age_seconds=age,
        last_success_at=success,
        next_read_at=source.next_read_at,
        warn_after_seconds=source.warn_after_seconds,
        error_after_seconds=source.error_after_seconds,
    )


def _status(source: SourceRecord, age: float | None) -> FreshnessStatus:
    """Return "unknown" for a source that promised nothing or was never read."""
    warn, error = source.warn_after_seconds, source.error_after_seconds
    if age is None or (warn is None and error is None):
        return FreshnessStatus.UNKNOWN
    if error is not None and age >= error:
        return FreshnessStatus.ERROR
    if warn is not None and age >= warn:
        return FreshnessStatus.WARN
    return FreshnessStatus.PASS
