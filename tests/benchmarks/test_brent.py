import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.brent import (
    ANY,
    LATEST,
    REVISED,
    Price,
    brent_questions,
    listed_prices,
    revised_later,
    value_count,
    vanished,
)
from benchmarks.replay import Poll, Read

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
VERSIONS = [
    {"2026-01-01": "60.10", "2026-01-02": "61"},
    {"2026-01-01": "60.1", "2026-01-02": "61", "2026-01-05": "62"},
    {"2026-01-01": "60.1", "2026-01-05": "62"},
]


def result(**changes: str) -> dict[str, Any]:
    observation = {"series": "brent", "value": "60.10", "valid_from": "2026-01-01T00:00:00Z"}
    return {
        "source": "brent",
        "text": "Brent crude oil spot price: 60.10 USD per barrel",
        "observation": observation | changes,
    }


def test_rows_without_a_price_are_no_rows(tmp_path: Path) -> None:
    file = tmp_path / "brent.csv"
    file.write_text("Date,Price\n2026-01-01,60.10\n,\n")

    assert listed_prices(file) == {"2026-01-01": "60.10"}


def test_a_price_written_otherwise_counts_as_revised() -> None:
    assert revised_later(VERSIONS) == [["2026-01-01"], [], []]


def test_a_value_is_counted_when_it_is_new_and_when_it_is_revised() -> None:
    assert value_count(VERSIONS) == 4


def test_a_date_that_the_next_version_does_not_list_has_vanished() -> None:
    assert vanished(VERSIONS) == ["2026-01-02"]


def test_an_answer_is_right_digit_for_digit() -> None:
    assert Price("2026-01-01", "60.10").is_told_by(result())
    assert not Price("2026-01-01", "60.1").is_told_by(result())


@pytest.mark.parametrize("changes", [{"value": "60.11"}, {"valid_from": "2026-01-02T00:00:00Z"}])
def test_an_answer_with_another_value_or_date_is_wrong(changes: dict[str, str]) -> None:
    assert not Price("2026-01-01", "60.10").is_told_by(result(**changes))


def test_a_document_is_not_about_the_price() -> None:
    assert not Price("2026-01-01", "60.10").is_about_same({"observation": None})


def test_a_third_of_the_questions_is_of_each_kind() -> None:
    hour = timedelta(hours=1)
    polls = [Poll(NOON + number * hour, Path("a")) for number in range(3)]
    reads = [Read(poll, poll.at, poll.at + hour) for poll in polls]

    drawn = brent_questions(reads, VERSIONS, count=9, draw=random.Random(1))

    assert [each.kind for each in drawn] == [REVISED, LATEST, ANY] * 3
    revised = [each for each in drawn if each.kind == REVISED]
    assert {each.truth for each in revised} == {Price("2026-01-01", "60.10")}
    assert {each.as_of for each in revised} == {datetime(2026, 1, 1, tzinfo=UTC)}
    assert all(polls[0].at <= each.known_at < polls[1].at for each in revised)
    assert all(each.as_of == each.known_at for each in drawn if each.kind == LATEST)
