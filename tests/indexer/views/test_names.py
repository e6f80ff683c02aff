from dataclasses import replace

import pytest

from indexer.views.kept import Kept
from indexer.views.names import MOST_NAMESAKES, NameTable, term_of
from tests.indexer.views.fake_log import FakeLog
from tests.indexer.views.tables import only

EVERYTHING = only(*range(100))


def table(**names: tuple[str, ...]) -> NameTable:
    """Return a table of cards; a card's number is its place in the call."""
    log = FakeLog()
    log.add("a card")
    found = NameTable()
    found.add(
        replace(log.chunks[1], chunk=number, names=some)
        for number, some in enumerate(names.values(), start=1)
    )
    return found


def named(names: NameTable, question: str, kept: Kept = EVERYTHING) -> list[int]:
    return [hit.chunk for hit in names.search(question, 10, kept)]


GOLD_AND_OIL = table(
    gold=("Gold spot price", "gold", "XAU", "XAU/USD"),
    oil=("Brent crude oil", "brent", "Nordsee-Öl"),
    it=("IT Services Ltd", "IT"),
    place=("Acres burned", "Fish Camp"),
)


@pytest.mark.parametrize(
    ("question", "cards"),
    [
        ("What does gold cost?", [1]),
        ("what does GOLD cost", [1]),
        ("How is XAU doing?", [1]),
        ("How is XAU/USD doing?", [1]),
        ("xau?", []),
        ("price of Brent crude oil today", [2]),
        ("Wie teuer ist Nordsee-Öl?", [2]),
        ("nordsee öl", [2]),
        ("Is it raining?", []),
        ("Shares of IT", [3]),
        ("How much burned at fish camp?", [4]),
        ("golden brents", []),
        ("Gold or Brent?", [1, 2]),
        ("", []),
        ("?!", []),
    ],
)
def test_a_question_names_what_it_calls_by_name(question: str, cards: list[int]) -> None:
    assert named(GOLD_AND_OIL, question) == cards


def test_the_longest_name_hides_those_inside_it() -> None:
    names = table(oil=("oil",), crude=("crude oil",), brent=("Brent crude oil",))

    assert named(names, "Brent crude oil now") == [3]
    assert named(names, "crude oil and Brent crude oil") == [3, 2]


def test_one_letter_is_a_word_unless_it_is_marked_as_a_symbol() -> None:
    names = table(ford=("F",), agilent=("A",))

    assert named(names, "A question about F") == []
    assert named(names, "What does $F cost?") == [1]


def test_only_kept_cards_are_named() -> None:
    assert named(GOLD_AND_OIL, "gold and brent", only(2)) == [2]


def test_a_name_that_many_share_tells_none_apart() -> None:
    few = {f"s{i}": ("New York", f"series {i}") for i in range(MOST_NAMESAKES)}
    many = few | {"one more": ("New York", "last")}

    assert len(NameTable(table(**few).contents()).search("in New York", 50, EVERYTHING)) == 20
    assert named(table(**many), "in New York") == []
    assert named(table(**many), "series 3 in New York") == [4]


def test_what_was_written_down_is_the_same_table() -> None:
    copy = NameTable(GOLD_AND_OIL.contents())

    assert named(copy, "XAU and fish camp") == named(GOLD_AND_OIL, "XAU and fish camp") == [4, 1]


@pytest.mark.parametrize(
    ("name", "term"),
    [
        ("Brent Crude", "brent crude"),
        ("AAPL", "=AAPL"),
        ("BRK.B", "=BRK B"),
        ("ＡＡＰＬ", "=AAPL"),
        ("GROSS DOMESTIC PRODUCT", "gross domestic product"),
        ("x", None),
        ("—", None),
        ("one two three four five six seven eight nine", None),
        ("1990", "1990"),
    ],
)
def test_names_are_kept_in_one_form(name: str, term: str | None) -> None:
    assert term_of(name) == term
