from datetime import datetime, timedelta

import pytest

from grounding.query.freshness import freshness
from indexer.records import SourceRecord
from tests.fakes import START, source_record

HOUR = timedelta(hours=1)


def source(
    success: datetime | None, *, warn: float | None = None, error: float | None = None
) -> SourceRecord:
    return source_record(
        warn_after_seconds=warn,
        error_after_seconds=error,
        last_attempt_at=success,
        last_success_at=success,
        next_read_at=START + HOUR,
    )


@pytest.mark.parametrize(
    ("age_seconds", "warn", "error", "status"),
    [
        (59, 60, 120, "pass"),
        (60, 60, 120, "warn"),
        (119, 60, 120, "warn"),
        (120, 60, 120, "error"),
        (60, 60, None, "warn"),
        (10**6, 60, None, "warn"),
        (60, None, 120, "pass"),
        (120, None, 120, "error"),
        (60, 60, 60, "error"),
        (0, None, None, "unknown"),
        (None, 60, 120, "unknown"),
    ],
)
def test_status_compares_age_with_promise(
    age_seconds: float | None, warn: float | None, error: float | None, status: str
) -> None:
    success = None if age_seconds is None else START - timedelta(seconds=age_seconds)

    found = freshness(source(success, warn=warn, error=error), now=START)

    assert found.status == status
    assert found.age_seconds == age_seconds
    assert found.next_read_at == START + HOUR


def test_age_is_never_negative() -> None:
    found = freshness(source(START + HOUR, warn=60), now=START)

    assert (found.age_seconds, found.status) == (0, "pass")
