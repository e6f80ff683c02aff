"""Invented facts that change: what is asked, what is said, and what is true at any instant.

Names are made of syllables, so that nothing here was ever read by an embedder.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_BEGIN = ("Ba", "Dre", "Fo", "Gi", "Hal", "Jo", "Ka", "Lu", "Mer", "Ni", "Or", "Pel", "Qui", "Ro")
_MIDDLE = ("bri", "dan", "fe", "go", "kel", "li", "mo", "nar", "pu", "ri", "sta", "ta", "vo", "zi")
_END = ("bek", "dor", "fen", "gard", "holm", "las", "mund", "nau", "rich", "sted", "tov", "wick")


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of fact. `{name}` and `{value}` stand in its texts.

    measured_in: the unit of a value that is a number; None where it is none, and no series.
    """

    subject: str
    question: str
    wordings: tuple[str, str]
    value: Callable[[random.Random], str]
    measured_in: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """What a fact says from `at` until the next version; wording: which of the kind's two."""

    at: datetime
    value: str
    wording: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact in its versions, oldest first."""

    id: str
    kind: Kind
    name: str
    versions: tuple[Version, ...]

    @property
    def question(self) -> str:
        return self.kind.question.format(name=self.name)

    @property
    def subject(self) -> str:
        return self.kind.subject.format(name=self.name)

    def said(self, version: Version) -> str:
        """Return the sentence that says it."""
        wording = self.kind.wordings[version.wording]
        return wording.format(name=self.name, value=version.value)

    def true_at(self, instant: datetime) -> Version | None:
        """Return the version that holds at an instant, from its first microsecond on."""
        begun = [each for each in self.versions if each.at <= instant]
        return begun[-1] if begun else None


def facts(
    draw: random.Random,
    names: Sequence[str],
    *,
    prefix: str,
    versions: int,
    start: datetime,
    days: int,
    only_numbers: bool = False,
) -> list[Fact]:
    """Return a fact for each name, its versions on different days from `start` on.

    Raises:
        ValueError: there are not as many days as versions.
    """
    kinds = [each for each in KINDS if not only_numbers or each.measured_in is not None]
    found = []
    for number, name in enumerate(names):
        kind = kinds[number % len(kinds)]
        changed = sorted(draw.sample(range(days), versions))
        found.append(
            Fact(
                id=f"{prefix}-{number}",
                kind=kind,
                name=name,
                versions=tuple(
                    Version(start + timedelta(days=day), value, draw.randrange(2))
                    for day, value in zip(changed, _values(kind, versions, draw), strict=True)
                ),
            )
        )
    return found


def names(draw: random.Random, count: int) -> list[str]:
    """Return different names in random order.

    Raises:
        ValueError: there are not as many.
    """
    return draw.sample(list(_all_names()), count)


def _all_names() -> Iterator[str]:
    for begin in _BEGIN:
        for first in _MIDDLE:
            for second in _MIDDLE:
                for end in _END:
                    yield begin + first + second + end


def _values(kind: Kind, count: int, draw: random.Random) -> list[str]:
    """Return values of which no two are alike."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[kind.value(draw)] = None
    return list(found)


def _person(draw: random.Random) -> str:
    first = draw.choice(_BEGIN) + draw.choice(_MIDDLE)
    return f"{first} {draw.choice(_BEGIN)}{draw.choice(_MIDDLE)}{draw.choice(_END)}"


KINDS = (
    Kind(
        "Town of {name}",
        "Who is the mayor of {name}?",
        ("The mayor of {name} is {value}.", "{name} has {value} as its mayor, says the council."),
        _person,
    ),
    Kind(
        "{name} tramway",
        "What does a day ticket of the {name} tramway cost?",
        (
            "A day ticket of the {name} tramway costs {value} euros.",
            "Riders of the {name} tramway pay {value} euros for a day ticket.",
        ),
        lambda draw: f"{draw.randint(150, 1999) / 100:.2f}",
        "euros for a day ticket",
    ),
    Kind(
        "{name} Arena",
        "How many seats does the {name} Arena have?",
        (
            "The {name} Arena has {value} seats.",
            "There are {value} seats in the {name} Arena, its operator states.",
        ),
        lambda draw: str(draw.randint(2_000, 89_000)),
        "seats",
    ),
    Kind(
        "{name} Museum",
        "When does the {name} Museum open in the morning?",
        (
            "The {name} Museum opens at {value} in the morning.",
            "Doors of the {name} Museum are open from {value} in the morning on.",
        ),
        lambda draw: f"{draw.randint(7, 11)}:{draw.randrange(0, 60, 5):02}",
    ),
    Kind(
        "Bank of {name}",
        "What is the key interest rate of the Bank of {name}?",
        (
            "The key interest rate of the Bank of {name} is {value} percent.",
            "The Bank of {name} has its key interest rate at {value} percent.",
        ),
        lambda draw: f"{draw.randint(25, 1200) / 100:.2f}",
        "percent key interest rate",
    ),
    Kind(
        "{name} Marathon",
        "What is the course record of the {name} Marathon?",
        (
            "The course record of the {name} Marathon is {value}.",
            "Nobody has run the {name} Marathon faster than {value}, the course record.",
        ),
        lambda draw: f"2:{draw.randint(3, 39):02}:{draw.randrange(60):02}",
    ),
    Kind(
        "{name} Rovers",
        "How many points do the {name} Rovers have in the league?",
        (
            "The {name} Rovers have {value} points in the league.",
            "In the league the {name} Rovers stand at {value} points.",
        ),
        lambda draw: str(draw.randint(1, 99)),
        "points in the league",
    ),
)
