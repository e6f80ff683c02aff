from datetime import UTC, datetime, timedelta

import pytest

from indexer.published import TOLERATED, counting, doubts
from tests.fakes import START

HOUR = timedelta(hours=1)
UNSET = datetime(1970, 1, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        (START - HOUR, START - HOUR),
        (START, START),
        (START + HOUR, START),
        (UNSET, None),
        (datetime(1970, 1, 2, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)),
        (datetime(1969, 12, 31, 23, tzinfo=UTC), datetime(1969, 12, 31, 23, tzinfo=UTC)),
        (None, None),
    ],
)
def test_nobody_published_after_it_was_received(
    said: datetime | None, counts: datetime | None
) -> None:
    assert counting(said, START) == counts


def test_what_a_clock_cannot_mean_is_remarked() -> None:
    assert doubts("published_at", START + TOLERATED, observed_at=START) == ()
    (ahead,) = doubts("published_at", START + 2 * TOLERATED, observed_at=START)
    (unset,) = doubts("updated_at", UNSET, observed_at=START)
    assert doubts("updated_at", None, observed_at=START) == ()
    assert ahead.startswith("published_at: later than its receipt")
    assert unset.startswith("updated_at: 1970-01-01")
