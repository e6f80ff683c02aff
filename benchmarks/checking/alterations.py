"""Alter one number, date, unit, name or negation of a statement, so that it means something else.

Nothing here uses the checker: places are found by patterns of this file's own.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

KINDS: Final = ("number", "date", "unit", "name", "negation")
SWAPPED: Final = ("number", "date", "name")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_MONTHS: Final = _words(
    "January February March April May June July August September October November December"
)
_MONTH: Final = "|".join(_MONTHS)
_COUNTS: Final = _words(
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty fifty"
)
_NUMBER: Final = re.compile(
    r"(?<![\w.,/:$-])(?<!\d[-–])\$?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\w/:-]|[.,]\d)"
)
_WORD: Final = re.compile(rf"\b({'|'.join(_COUNTS)})\b")
_YEAR: Final = re.compile(r"(?<![\w.,/:$-])(1[5-9]\d\d|20[0-4]\d)(?![\w/:-]|[.,]\d)")
_DAY: Final = re.compile(rf"\b(?:{_MONTH})\s(\d{{1,2}})\b(?!:)|\b(\d{{1,2}})\s(?:{_MONTH})\b")
_MONTH_NAMED: Final = re.compile(
    rf"\b({_MONTH})\b(?=,?\s\d)|(?<=\d\s)({_MONTH})\b|(?<=\b[iI]n\s)({_MONTH})\b"
)
_UNITS: Final = (
    ("kilometers", "miles"),
    ("kilometres", "miles"),
    ("km", "miles"),
    ("meters", "feet"),
    ("metres", "feet"),
    ("m", "feet"),
    ("cm", "inches"),
    ("mm", "inches"),
    ("inches", "centimeters"),
    ("kg", "tonnes"),
    ("pounds", "tonnes"),
    ("tons", "kilograms"),
    ("tonnes", "kilograms"),
    ("acres", "hectares"),
    ("hectares", "acres"),
    ("°C", "°F"),
    ("°F", "°C"),
    ("degrees Celsius", "degrees Fahrenheit"),
    ("degrees Fahrenheit", "degrees Celsius"),
    ("percent", "percentage points"),
    ("%", " percentage points"),
    ("ppm", "ppb"),
    ("dollars", "euros"),
    ("years", "months"),
    ("year", "month"),
    ("months", "weeks"),
    ("weeks", "days"),
    ("days", "weeks"),
    ("hours", "days"),
    ("minutes", "hours"),
    ("seconds", "minutes"),
    ("mph", "km/h"),
    ("miles", "kilometers"),
    ("feet", "meters"),
    ("gallons", "liters"),
    ("decades", "years"),
)
_BY_LENGTH: Final = sorted((one for one, _ in _UNITS), key=len, reverse=True)
_UNIT: Final = re.compile(
    rf"(?<!\b\d{{4}} )(?:(?<=\d)|(?<=\d[ -])|(?:(?<=\b)(?:million|billion|"
    rf"{'|'.join(_COUNTS)})[ -]))"
    rf"({'|'.join(map(re.escape, _BY_LENGTH))})(?![\w/²])"
)
_NAME: Final = re.compile(
    r"(?<![\w.'’-])(?:[A-Z][\w'’-]*[a-z][\w-]*|[A-Z]{2,})"
    r"(?:\s(?:of\s|de\s|the\s)?(?:[A-Z][\w-]*[a-z]|[A-Z]\.(?=\s)))*\b"
)
_NO_NAME: Final = frozenset(
    {*_MONTHS, "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
    | {"The", "In", "It", "He", "She", "They", "This", "That", "These", "Those", "There", "His"}
    | {"Her", "Its", "Their", "As", "At", "By", "For", "From", "On", "Of", "And", "But", "If"}
    | {"When", "While", "After", "Before", "During", "Since", "Some", "Many", "Most", "All"}
    | {"Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct", "Nov", "Dec"}
    | {"Mr", "Mrs", "Ms", "Dr", "What", "An", "One", "Two", "We", "You", "Our", "No", "Not"}
    | {"Yes", "CEO", "I'm", "To", "With"}
)
_AUXILIARY: Final = re.compile(
    r"\b(is|was|are|were|has been|have been|had been|can|could|will|would|may|might|should|must)\b"
    r"(?!\s+(?:not|n't|no|never)\b)(?!n't)"
)
_NEGATED: Final = re.compile(r"\s(?:not|never)\b(?!\s+only)|(?<=\w)n['’]t\b")

Found: TypeAlias = "tuple[int, int, str]"
"""Where something stands, and what to put there."""


@dataclass(frozen=True, slots=True)
class Names:
    """others: what a name may become; is_proper: whether what has a capital is a name."""

    others: Sequence[str]
    is_proper: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Altered:
    """A statement with one thing altered; start, end: where the new words stand in it."""

    kind: str
    text: str
    start: int
    end: int
    was: str
    now: str


def altered(statement: str, kind: str, draw: random.Random, names: Names) -> Altered | None:
    """Alter one thing of a kind, drawn among all of that kind; None where there is none."""
    places = _FINDERS[kind](statement, draw, names)
    if not places:
        return None
    start, end, now = draw.choice(places)
    text = statement[:start] + now + statement[end:]
    return Altered(kind, text, start, start + len(now), statement[start:end], now)


def swapped(
    statement: str, kind: str, draw: random.Random, evidence: str, names: Names
) -> Altered | None:
    """Put a number, year or name that stands elsewhere in the evidence in the place of one.

    names: its others are those of the evidence that the statement has not.
    """
    now: Sequence[str]
    if kind == "name":
        every = _name_places(statement)
        places = [(start, end) for start, end in every if names.is_proper(statement[start:end])]
        now = names.others
    elif kind == "date":
        places = [match.span(1) for match in _YEAR.finditer(statement)]
        now = [match[1] for match in _YEAR.finditer(evidence)]
    else:
        places = [(start, end) for start, end, _ in _numbers(statement, draw, names)]
        now = [evidence[start:end] for start, end, _ in _numbers(evidence, draw, names)]
    had = {statement[start:end] for start, end in places}
    others = sorted(set(now) - had)
    if not places or not others:
        return None
    (start, end), other = draw.choice(places), draw.choice(others)
    text = statement[:start] + other + statement[end:]
    return Altered(kind, text, start, start + len(other), statement[start:end], other)


def names_of(statement: str) -> list[str]:
    """Return the names of a statement, without the first word of a sentence alone."""
    return [statement[start:end] for start, end in _name_places(statement)]


def _numbers(text: str, draw: random.Random, _names: Names) -> list[Found]:
    dated = [match.span() for match in (*_YEAR.finditer(text), *_DAY.finditer(text))]
    found = [
        (*match.span(1), _other_number(match[1], draw))
        for match in _NUMBER.finditer(text)
        if not any(start < match.end() and match.start() < end for start, end in dated)
    ]
    for match in _WORD.finditer(text):
        others = [each for each in _COUNTS if each != match[1]]
        found.append((*match.span(1), draw.choice(others)))
    return found


def _other_number(digits: str, draw: random.Random) -> str:
    """Return a number at least a quarter away, written alike."""
    decimals = len(digits.partition(".")[2])
    value = float(digits.replace(",", ""))
    scale = 10**decimals
    whole = round(value * scale)
    for _ in range(100):
        other = round(whole * draw.choice((0.3, 0.5, 0.6, 0.7, 1.35, 1.6, 2.2, 3.1)))
        other += draw.randrange(1, 4)
        if abs(other - whole) * 4 >= whole and other != whole:
            break
    else:
        other = whole * 2 + 1
    return f"{other / scale:{',' if ',' in digits else ''}.{decimals}f}"


def _dates(text: str, draw: random.Random, _names: Names) -> list[Found]:
    found: list[Found] = []
    for match in _YEAR.finditer(text):
        shift = draw.choice([*range(-15, 0), *range(1, 16)])
        found.append((*match.span(1), str(int(match[1]) + shift)))
    for match in _DAY.finditer(text):
        group = 1 if match[1] else 2
        days = [day for day in range(1, 29) if day != int(match[group])]
        found.append((*match.span(group), str(draw.choice(days))))
    for match in _MONTH_NAMED.finditer(text):
        group = match.lastindex or 0
        others = [month for month in _MONTHS if month != match[group]]
        found.append((*match.span(group), str(draw.choice(others))))
    return found


def _units(text: str, _draw: random.Random, _names: Names) -> list[Found]:
    others = dict(_UNITS)
    return [(*match.span(1), others[match[1]]) for match in _UNIT.finditer(text)]


def _renamed(text: str, draw: random.Random, names: Names) -> list[Found]:
    return [
        (start, end, other)
        for start, end in _name_places(text)
        if names.is_proper(text[start:end])
        and (other := _other_name(text[start:end], draw, names.others)) is not None
    ]


def _name_places(text: str) -> list[tuple[int, int]]:
    found = []
    for match in _NAME.finditer(text):
        start, words = match.start(), match[0].split(" ")
        while words and words[0] in _NO_NAME:
            start += len(words.pop(0)) + 1
        is_first = not re.search(r"\w", text[: match.start()])
        is_first_alone = is_first and len(match[0].split(" ")) == 1
        if words and not is_first_alone and len("".join(words)) > 2:
            found.append((start, match.end()))
    return found


def _other_name(name: str, draw: random.Random, names: Sequence[str]) -> str | None:
    own = {word[:4].lower() for word in re.findall(r"\w+", name)}
    for _ in range(200):
        other = draw.choice(names)
        is_apart = own.isdisjoint(word[:4].lower() for word in re.findall(r"\w+", other))
        if is_apart and len(other.split()) == len(name.split()):
            return other
    return None


def _negations(text: str, _draw: random.Random, _names: Names) -> list[Found]:
    if found := [(*match.span(), "") for match in _NEGATED.finditer(text)]:
        return found
    return [
        (
            match.start(),
            match.end(),
            f"{match[1].split()[0]} not {' '.join(match[1].split()[1:])}".strip(),
        )
        for match in _AUXILIARY.finditer(text)
    ]


_Finder: TypeAlias = Callable[[str, random.Random, Names], list[Found]]
_FINDERS: Final[Mapping[str, _Finder]] = {
    "number": _numbers,
    "date": _dates,
    "unit": _units,
    "name": _renamed,
    "negation": _negations,
}
