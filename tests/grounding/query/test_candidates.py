from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from connectors.records import Series
from grounding.query.candidates import is_from, value_at
from grounding.query.question import Moment
from grounding.query.records import Candidate, PreviousValue
from indexer.tables import ObservationRow
from tests.fakes import START
from tests.grounding.query.items import evidence

DAY = timedelta(days=1)
NOW = Moment(START, START, START)
GOLD = Series("gold", "Gold", unit="oz", currency="USD")


def row(days_ago: int, value: str, *, until: datetime | None = None) -> ObservationRow:
    begins = START - DAY * days_ago
    return ObservationRow(
        value=Decimal(value),
        valid_from=begins,
        valid_until=until,
        published_at=None,
        observed_at=begins,
    )


def test_series_without_values_has_none() -> None:
    assert value_at(GOLD, [], at=NOW) is None


def test_newest_value_holds_and_knows_the_one_before() -> None:
    found = value_at(GOLD, [row(1, "84.10"), row(2, "80")], at=NOW)

    assert found is not None
    assert (found.value, found.valid_from, found.currency) == (Decimal("84.10"), START - DAY, "USD")
    assert found.previous == PreviousValue(Decimal(80), START - 2 * DAY)


def test_first_value_has_no_previous() -> None:
    found = value_at(GOLD, [row(1, "84.10")], at=NOW)

    assert found is not None
    assert found.previous is None


@pytest.mark.parametrize(
    ("until", "is_held"),
    [(START, False), (START + timedelta(microseconds=1), True), (START - DAY / 2, False)],
)
def test_value_expires_when_its_time_is_up(until: datetime, *, is_held: bool) -> None:
    """An older value does not come back to life when the newest expires."""
    found = value_at(GOLD, [row(1, "84.10", until=until), row(2, "80")], at=NOW)

    assert (found is not None) is is_held


@pytest.mark.parametrize(
    ("url", "is_admitted"),
    [
        ("https://example.org/a", True),
        ("https://EXAMPLE.org:8443/a", True),
        ("https://user:pw@news.example.org", True),
        ("https://badexample.org", False),
        ("https://example.org.evil.net", False),
        ("https://evil.net/example.org", False),
        ("example.org", False),
        ("http://[", False),
        ("", False),
        (None, False),
    ],
)
def test_domain_admits_its_host_and_those_below(url: str | None, *, is_admitted: bool) -> None:
    candidate = Candidate(1, replace(evidence(), url=url))

    assert is_from(candidate, frozenset({"example.org", "other.net"})) is is_admitted
