"""Alterations change one thing of the kind that was asked for, and what it means."""

import random
import re

import pytest

from benchmarks.checking.alterations import KINDS, SWAPPED, Names, altered, names_of, swapped
from benchmarks.checking.sets import is_reported
from benchmarks.checking.statements import is_literal
from grounding.checking.records import Shown

STATEMENT = "Oak Fire crews in Butte County are clearing 12.5 km since June 3, 2022."
NAMES = Names(["Elm Creek", "Salem"], lambda name: name != "Crews")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(20))
def test_only_the_place_that_is_named_is_altered(kind: str, seed: int) -> None:
    made = altered(STATEMENT, kind, random.Random(seed), NAMES)

    assert made is not None
    assert made.was != made.now == made.text[made.start : made.end]
    rest = made.text[: made.start] + made.was + made.text[made.end :]
    assert rest == STATEMENT


@pytest.mark.parametrize("seed", range(20))
def test_number_is_at_least_a_quarter_away(seed: int) -> None:
    made = altered("It burned 1,200 acres.", "number", random.Random(seed), NAMES)

    assert made is not None
    assert re.fullmatch(r"[\d,]+", made.now)
    assert abs(int(made.now.replace(",", "")) - 1200) >= 300


def test_what_has_nothing_of_a_kind_is_not_altered() -> None:
    assert all(altered("it grew.", kind, random.Random(1), NAMES) is None for kind in KINDS)


def test_negation_is_taken_out_where_there_is_one() -> None:
    made = altered("The road was not closed.", "negation", random.Random(1), NAMES)

    assert made is not None
    assert made.text == "The road was closed."


@pytest.mark.parametrize("begin", ["", "“", "[…] "])
def test_first_word_alone_is_no_name(begin: str) -> None:
    assert names_of(f"{begin}Crews left Butte County for Salem.") == ["Butte County", "Salem"]


@pytest.mark.parametrize("seed", range(20))
def test_what_only_has_a_capital_is_not_altered_as_a_name(seed: int) -> None:
    made = altered("Some Crews left Butte.", "name", random.Random(seed), NAMES)

    assert made is not None
    assert made.was == "Butte"


@pytest.mark.parametrize(("kind", "now"), [*zip(SWAPPED, ("700", "1999", "Salem"), strict=True)])
def test_fact_is_swapped_for_another_one_of_the_evidence(kind: str, now: str) -> None:
    evidence = "In 1999 crews from Salem cleared 700 km; in 2022, 12.5 km."
    names = Names(["Salem"], lambda _: True)

    made = swapped(STATEMENT, kind, random.Random(1), evidence, names)

    assert made is not None
    assert made.now == now
    assert made.was != now
    assert made.text == STATEMENT[: made.start] + now + STATEMENT[made.start + len(made.was) :]


def test_statement_is_literal_if_its_numbers_and_names_stand_in_the_evidence() -> None:
    evidence = [Shown(1, "e", "In Butte the fire grew to 12 acres.")]

    assert is_literal("Butte: 12 acres", evidence)
    assert not is_literal("Butte: 13 acres", evidence)
    assert not is_literal("Salem: 12 acres", evidence)


def test_groups_are_halved() -> None:
    halves = [is_reported(f"group/{i}") for i in range(1000)]

    assert 400 < sum(halves) < 600
