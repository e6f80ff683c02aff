from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.questions import Cost, Question, answer, is_equal, later_instants

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
EARLIER, LATER = "2026-01-01T11:00:00Z", "2026-01-01T12:00:00.000001Z"


@dataclass(frozen=True, slots=True)
class Says:
    """Asks for the thing of that name and expects these words."""

    name: str
    words: str

    def is_about_same(self, result: dict[str, Any]) -> bool:
        return bool(result["name"] == self.name)

    def is_told_by(self, result: dict[str, Any]) -> bool:
        return bool(result["words"] == self.words)


def result(name: str = "a", words: str = "yes", **instants: Any) -> dict[str, Any]:
    return {"name": name, "words": words, "observation": None, **instants}


def test_an_answer_takes_exactly_one_result_about_the_thing() -> None:
    truth = Says("a", "yes")

    assert is_equal([result("b"), result("a")], truth)
    assert not is_equal([result("a", "no")], truth)
    assert not is_equal([result("a"), result("a")], truth)
    assert not is_equal([result("b")], truth)


def test_an_instant_after_the_moment_is_later_but_an_end_is_not() -> None:
    told = result(published_at=None, observed_at=EARLIER, updated_at=LATER, valid_until=LATER)

    assert later_instants(told, as_of=NOON, known_at=NOON) == ["updated_at"]


def test_the_moment_itself_is_not_later() -> None:
    told = result(observed_at="2026-01-01T12:00:00Z", valid_from="2026-01-01T13:00:00+01:00")

    assert later_instants(told, as_of=NOON, known_at=NOON) == []


def test_instants_of_a_value_and_of_the_previous_one_count_too() -> None:
    value = {"observed_at": LATER, "valid_from": EARLIER, "previous": {"valid_from": LATER}}

    assert later_instants(result() | {"observation": value}, as_of=NOON, known_at=NOON) == [
        "observed_at",
        "valid_from",
    ]


def test_confirmations_are_counted_apart_from_leaks() -> None:
    question = Question("?", NOON, NOON, Says("a", "yes"), "any")
    results = [result("b", checked_at=LATER), result("a", checked_at=LATER, published_at=LATER)]

    given = answer(question, results, Cost(0.1, 0.1), None)

    assert (given.is_equal, given.is_first) == (True, False)
    assert (given.later, given.checked_later) == (1, 2)
