from datetime import UTC, datetime

import pytest

from connectors.doubts import Doubt, Reading
from connectors.endpoints.item_times import binding, stated
from connectors.errors import ItemFailed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("item", [{}, {"on": None}, {"on": ""}, {"on": " "}, {"on": []}])
def test_date_that_is_not_given_is_not_doubtful(item: object) -> None:
    assert stated("on", item, zone=None) == Reading(None)
    assert stated(None, item, zone=None) == Reading(None)


def test_stated_date_may_stay_unknown_and_keeps_its_words() -> None:
    reading = stated("on", {"on": ["spring", 2026]}, zone=None)

    assert reading == Reading(None, Doubt.UNREADABLE)
    assert reading.given == "spring\n2026"


def test_zone_of_the_operator_leaves_no_doubt() -> None:
    item = {"on": "2026-03-01T13:00"}

    assert stated("on", item, zone="Europe/Berlin") == Reading(NOON)
    assert binding("on", item, zone="Europe/Berlin") == Reading(NOON)


def test_time_that_binds_may_be_absent_but_not_unreadable() -> None:
    assert binding("ends", {"ends": None}, zone=None) == Reading(None)
    assert binding("ends", {"ends": "2026-03-01T12:00"}, zone=None) == Reading(NOON, Doubt.NO_ZONE)
    with pytest.raises(ItemFailed, match="expected a time, not 'soon'"):
        binding("ends", {"ends": "soon"}, zone=None)


def test_month_that_binds_begins_without_a_doubt() -> None:
    assert binding("ends", {"ends": "2026-Q2"}, zone=None) == Reading(
        datetime(2026, 4, 1, tzinfo=UTC)
    )
