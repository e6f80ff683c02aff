from datetime import UTC, datetime

from benchmarks.absence import (
    Turn,
    appearances,
    lives,
    removals,
    stands,
    under_append_only,
    under_snapshot,
    version_count,
)


def reads(*lists: str) -> list[dict[str, str]]:
    """One read a word, one item a letter; what the item says is whether it is written large."""
    return [{letter.lower(): letter for letter in listed} for listed in lists]


def standing(*lists: str) -> list[str]:
    return ["".join(sorted(state)) for state in under_snapshot(reads(*lists))]


def day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


def test_an_item_goes_at_the_second_read_in_a_row_without_it() -> None:
    assert standing("ab", "a", "a") == ["ab", "ab", "a"]


def test_coming_back_in_between_clears_the_count() -> None:
    assert standing("ab", "a", "ab", "a", "a") == ["ab", "ab", "ab", "ab", "a"]


def test_an_empty_read_neither_removes_nor_counts_nor_clears() -> None:
    assert standing("ab", "", "", "a", "", "a") == ["ab", "ab", "ab", "ab", "ab", "a"]


def test_coming_back_after_removal_is_another_appearance() -> None:
    states = list(under_snapshot(reads("ab", "a", "a", "ab")))

    assert removals(states) == [Turn("b", 2)]
    assert [turn for turn in appearances(states) if turn.key == "b"] == [Turn("b", 0), Turn("b", 3)]


def test_nothing_goes_under_append_only() -> None:
    states = list(under_append_only(reads("ab", "c", "", "c")))

    assert removals(states) == []
    assert sorted(states[-1]) == ["a", "b", "c"]


def test_a_version_is_each_coming_and_each_change() -> None:
    states = list(under_snapshot(reads("ab", "Ab", "A", "A", "Ab")))

    assert version_count(states) == 4


def test_versions_without_a_gap_are_one_life() -> None:
    spans = [(day(1), day(2)), (day(2), day(4)), (day(6), None)]

    assert lives(spans) == [(day(1), day(4)), (day(6), None)]


def test_a_version_stands_from_its_first_instant_until_before_its_last() -> None:
    spans = [(day(2), day(4))]

    assert [stands(spans, day(number)) for number in (1, 2, 3, 4)] == [False, True, True, False]
