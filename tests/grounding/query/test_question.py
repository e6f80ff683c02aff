from dataclasses import replace
from datetime import timedelta

import pytest

from grounding.errors import InvalidQuestion
from grounding.query.moments import Moment
from grounding.query.question import Filters, options_of, with_age_as_time
from tests.fakes import START

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
NOW = Moment(START, START, START)


def test_age_is_counted_back_from_as_of() -> None:
    found = with_age_as_time(Filters(max_age=HOUR), replace(NOW, as_of=START - HOUR))

    assert (found.published_after, found.max_age) == (START - 2 * HOUR, None)


@pytest.mark.parametrize(("after_hours", "expected_hours"), [(1, 1), (3, 2)])
def test_narrower_of_age_and_publication_counts(after_hours: int, expected_hours: int) -> None:
    filters = Filters(max_age=2 * HOUR, published_after=START - after_hours * HOUR)

    assert with_age_as_time(filters, NOW).published_after == START - expected_hours * HOUR


@pytest.mark.parametrize("width", [-HOUR, timedelta(0)])
def test_empty_window_is_refused(width: timedelta) -> None:
    filters = Filters(published_after=START, published_before=START + width)

    with pytest.raises(InvalidQuestion) as refused:
        with_age_as_time(filters, NOW)

    assert refused.value.field == "published_before"


def test_age_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(InvalidQuestion) as refused:
        with_age_as_time(Filters(max_age=timedelta.max), NOW)

    assert refused.value.field == "max_age"


def test_filters_are_written_as_json_in_a_stable_order() -> None:
    filters = Filters(as_of=START, max_age=HOUR, sources=frozenset("cab"), collections=frozenset())

    assert options_of(filters) == {
        "as_of": "2026-03-01T12:00:00+00:00",
        "known_at": None,
        "published_after": None,
        "published_before": None,
        "max_age_seconds": 3600.0,
        "sources": ["a", "b", "c"],
        "collections": [],
        "include_domains": None,
        "include_history": False,
        "require_fresh": False,
        "interpret": True,
        "exact": False,
    }
