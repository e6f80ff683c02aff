"""Supported statements with what people named as their evidence, and one alteration of each."""

import random
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.checking import sets
from benchmarks.checking.alterations import (
    KINDS,
    SWAPPED,
    Altered,
    Names,
    altered,
    names_of,
    swapped,
)
from benchmarks.checking.sets import Case, Label, is_reported
from grounding.checking.records import Shown

_LITERAL: Final = re.compile(
    r"\d+|(?<!\w)[A-Z][^\W\d_]*|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen"
    r"|twenty|thirty|forty|fifty|hundred|thousand|million|billion|half|third|quarter|twice|double"
    r"|second)\b"
)
_WORD: Final = re.compile(r"\d+|[^\W\d_]+")
STATEMENTS: Final = 2000
_SHARES: Final = {"unit": 8, "date": 4, "number": 3, "name": 2, "negation": 1}


@dataclass(frozen=True, slots=True)
class Statement:
    """A supported statement, its evidence as items, and what was made of it.

    swapped: with what stands elsewhere in the evidence, one of each kind that can be.
    """

    case: Case
    items: tuple[Shown, ...]
    altered: Altered
    swapped: tuple[Altered, ...] = ()


def statements(
    folders: Mapping[str, Path], seed: int, *, is_report: bool, most: int = STATEMENTS
) -> list[Statement]:
    """Return seeded statements of one half: all of WiCE and ClimateFEVER, the rest RefChecker's.

    is_report: of the half that figures are reported on; the other is for development.
    A statement is left out only if nothing of it can be altered. A name becomes one of another
    group: one that is spoken of beside it might be as true.
    """
    draw = random.Random(seed)
    cases = [case for case in _cases(folders, draw) if is_reported(case.group) is is_report]
    named = {case.group: frozenset[str]() for case in cases}
    for case in cases:
        named[case.group] |= frozenset(names_of(case.claim))
    is_name = partial(is_proper, small=_in_small_letters(cases))
    every = sorted(filter(is_name, {name for some in named.values() for name in some}))
    found: list[Statement] = []
    for case in cases:
        if len(found) >= most:
            break
        strange = [name for name in every if name not in named[case.group]]
        if (made := _alteration(case, draw, Names(strange, is_name))) is not None:
            shown = items(case)
            swaps = _swaps(case.claim, shown, random.Random(f"{seed} {case.claim}"), is_name)
            found.append(Statement(case, shown, made, swaps))
    return found


def is_proper(name: str, small: Collection[str]) -> bool:
    """Whether a name has a word that is written with a capital everywhere."""
    return any(word.lower() not in small for word in _WORD.findall(name))


def _in_small_letters(cases: Iterable[Case]) -> frozenset[str]:
    """Return every word that stands somewhere in small letters."""
    return frozenset(
        word
        for case in cases
        for text in (case.claim, *case.evidence)
        for word in _WORD.findall(text)
        if word.islower()
    )


def _cases(folders: Mapping[str, Path], draw: random.Random) -> list[Case]:
    first = [*sets.wice(folders[sets.WICE]), *sets.climate_claims(folders[sets.CLIMATE])]
    rest = sets.refchecker(folders[sets.REFCHECKER])
    draw.shuffle(rest)
    return _once(case for case in (*first, *rest) if case.label is Label.SUPPORTED)


def _once(cases: Iterable[Case]) -> list[Case]:
    seen: set[tuple[str, str]] = set()
    found = []
    for case in cases:
        if (case.group, case.claim) not in seen:
            seen.add((case.group, case.claim))
            found.append(case)
    return found


def _alteration(case: Case, draw: random.Random, names: Names) -> Altered | None:
    """Alter one thing, of a kind drawn among those that it has: the rarer the likelier."""
    made = {kind: altered(case.claim, kind, draw, names) for kind in KINDS}
    able = [kind for kind in KINDS if made[kind] is not None]
    if not able:
        return None
    kind = draw.choices(able, [_SHARES[each] for each in able])[0]
    return made[kind]


def _swaps(
    claim: str, shown: Sequence[Shown], draw: random.Random, is_name: Callable[[str], bool]
) -> tuple[Altered, ...]:
    own = {word.casefold() for word in _WORD.findall(claim)}
    lines = [line for item in shown for line in item.text.splitlines()]
    others = [
        name
        for line in lines
        for name in names_of(line)
        if is_name(name) and own.isdisjoint(_WORD.findall(name.casefold()))
    ]
    evidence, names = "\n".join(lines), Names(others, is_name)
    made = (swapped(claim, kind, draw, evidence, names) for kind in SWAPPED)
    return tuple(each for each in made if each is not None)


def is_literal(text: str, evidence: Sequence[Shown]) -> bool:
    """Whether every number and every capitalised word of a text stands in its evidence, as it is.

    No part of the checker is used for this.
    """
    held = " ".join(f"{item.title} {item.text}" for item in evidence).casefold()
    had = frozenset(_WORD.findall(held))
    return all(word.casefold() in had for word in _LITERAL.findall(text))


def items(case: Case) -> tuple[Shown, ...]:
    """Return the sentences that people named, those of one title as one item."""
    named = case.named or range(len(case.evidence))
    by_title: dict[str, list[str]] = {}
    for i in named:
        title = case.titles[i] if case.titles else ""
        by_title.setdefault(title, []).append(case.evidence[i])
    return tuple(
        Shown(number, f"{case.group}/{number}", "\n".join(sentences), title)
        for number, (title, sentences) in enumerate(by_title.items(), start=1)
    )
