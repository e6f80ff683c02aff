import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.fires import Fire, fire_questions, listed_fires
from benchmarks.replay import Poll, Read
from indexer.decide import document_uid

OAK = Fire("k1", "Oak Fire", "Hwy 140", "https://fires.example/oak", "15.5", None)


def result(**changes: Any) -> dict[str, Any]:
    text = "Oak Fire at Hwy 140\nAcres burned: 15.5"
    whole = {
        "document_id": document_uid("fires", "k1"),
        "text": text,
        "metadata": {"acres": 15.5},
    }
    return whole | changes


def test_a_poll_is_read_with_its_digits_and_its_unknowns(tmp_path: Path) -> None:
    file = tmp_path / "poll.json"
    incident = {
        "UniqueId": "k1",
        "Name": "Oak  Fire ",
        "Location": " Hwy 140",
        "CanonicalUrl": "https://fires.example/oak",
        "AcresBurned": 15.5,
        "PercentContained": None,
    }
    file.write_text(json.dumps({"Incidents": [incident]}))

    assert listed_fires(file) == {"k1": OAK}


def test_an_answer_is_right_where_numbers_and_unknowns_agree_in_both_places() -> None:
    assert OAK.is_told_by(result())


@pytest.mark.parametrize(
    "changes",
    [
        {"metadata": {"acres": 15.0}},
        {"metadata": {"acres": 15.5, "contained": 0}},
        {"metadata": {}},
        {"text": "Oak Fire at Hwy 140"},
        {"text": "Oak Fire at Hwy 140\nAcres burned: 15"},
        {"text": "Oak Fire at Hwy 140\nAcres burned: 15.5\nPercent contained: 0"},
    ],
)
def test_an_answer_with_another_number_anywhere_is_wrong(changes: dict[str, Any]) -> None:
    assert not OAK.is_told_by(result(**changes))


def test_a_fire_of_the_same_name_is_another_fire() -> None:
    assert OAK.is_about_same(result())
    assert not OAK.is_about_same(result(document_id=document_uid("fires", "k2"), title="Oak Fire"))


def test_questions_ask_for_what_was_listed_while_it_was_current() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    read = Read(Poll(noon, Path("a")), noon, noon + timedelta(hours=1))
    empty = Read(Poll(noon, Path("b")), noon + timedelta(days=1), noon + timedelta(days=2))

    drawn = fire_questions([read, empty], [{"k1": OAK}, {}], count=20, draw=random.Random(1))

    assert {each.truth for each in drawn} == {OAK}
    assert all(noon <= each.as_of == each.known_at < read.ends_at for each in drawn)
