"""Supported statements with what people named as their evidence, and one alteration of each."""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.checking import sets
from benchmarks.checking.alterations import KINDS, Altered, altered, names_of
from benchmarks.checking.sets import Case, Label
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


def statements(folders: dict[str, Path], seed: int, most: int = STATEMENTS) -> list[Statement]:
    """Return seeded statements: all of WiCE and ClimateFEVER, and RefChecker's to make up the rest.

    A statement is left out only if nothing of it can be altered.
    """
    draw = random.Random(seed)  # noqa: S311 - an experiment, not a secret
    cases = _cases(folders, draw)
    names = sorted({name for case in cases for name in names_of(case.claim)})
    found: list[Statement] = []
    for case in cases:
        if len(found) >= most:
            break
        if (made := _alteration(case, draw, names)) is not None:
            found.append(Statement(case, items(case), made))
    return found


def _cases(folders: dict[str, Path], draw: random.Random) -> list[Case]:
    first = [*sets.wice(folders[sets.WICE]), *sets.climate_claims(folders[sets.CLIMATE])]
    rest = [case for case in sets.refchecker(folders[sets.REFCHECKER])]
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


def is_literal(statement: Statement) -> bool:
    """Whether every number and every capitalised word of it stands in its evidence, as it is.

    No part of the checker is used for this.
    """
    held = " ".join(f"{item.title} {item.text}" for item in statement.items).casefold()
    had = frozenset(_WORD.findall(held))
    return all(word.casefold() in had for word in _LITERAL.findall(statement.case.claim))


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
