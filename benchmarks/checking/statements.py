"""Supported statements with what people named as their evidence, and one alteration of each."""

import random
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.checking import sets
from benchmarks.checking.alterations import KINDS, Altered, altered, names_of
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
    """A supported statement, its evidence as items, and what was made of it."""

    case: Case
    items: tuple[Shown, ...]
    altered: Altered


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
    small = _in_small_letters(cases)
    every = sorted(
        name
        for name in {name for some in named.values() for name in some}
        if is_proper(name, small)
    )
    found: list[Statement] = []
    for case in cases:
        if len(found) >= most:
            break
        strange = [name for name in every if name not in named[case.group]]
        if (made := _alteration(case, draw, strange)) is not None:
            found.append(Statement(case, items(case), made))
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


def _alteration(case: Case, draw: random.Random, names: Sequence[str]) -> Altered | None:
    """Alter one thing, of a kind drawn among those that it has: the rarer the likelier."""
    made = {kind: altered(case.claim, kind, draw, names) for kind in KINDS}
    able = [kind for kind in KINDS if made[kind] is not None]
    if not able:
        return None
    kind = draw.choices(able, [_SHARES[each] for each in able])[0]
    return made[kind]


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
