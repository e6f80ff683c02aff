"""What changed in the shape of a source's items since it was last read.

    items ─ names and types ─▶ compared with those in the cursor ─▶ remarks, and what to keep

Only a field that every item had can be gone, and only one that every item has can be new: what
some items have and others lack is their nature, and is remembered without a word.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.records import JsonValue

ITEMS_LOOKED_AT = 1_000
NAMES_KEPT = 200
NAMES_SHOWN = 10
LONGEST_NAME = 60
DEEPEST = 3
MOST_MEMBERS = 60
"""An object with more members is a table of values by name, and its names are no fields."""

NOTHING, MIXED = "nothing", "various"


@dataclass(frozen=True, slots=True)
class Shape:
    """The names in items. types: of all ever seen. steady: those that every item had so far."""

    types: Mapping[str, str]
    steady: frozenset[str]

    def as_cursor(self) -> dict[str, JsonValue]:
        return {"fields": {**self.types}, "steady": [*sorted(self.steady)]}


def drifted(
    items: Sequence[object], cursor: Mapping[str, JsonValue], *, mapped: Iterable[str]
) -> tuple[list[str], dict[str, JsonValue]]:
    """Return remarks on what changed since `cursor`, and what the next cursor keeps.

    mapped: the names a mapping looks up; only their types matter.
    """
    now, before = _shape(items), _remembered(cursor)
    if not now.types:
        return [], before.as_cursor() if before.types else {}
    if not before.types:
        return [], now.as_cursor()
    steady = before.steady & now.types.keys()
    remembered = Shape(_merged(before.types, now.types), steady & now.steady)
    remarks = [
        *_listed("fields are gone", _gone(before, now)),
        *_listed("new fields", _new(before.types, now)),
        *_retyped(before.types, now.types, frozenset(mapped)),
    ]
    return remarks, remembered.as_cursor()


def drifted_columns(names: Sequence[str], cursor: Mapping[str, JsonValue]) -> list[str]:
    """Return remarks on the header of a table, against the one in `cursor`."""
    known = cursor.get("columns")
    if not isinstance(known, list):
        return []
    before = [name for name in known if isinstance(name, str) and name]
    return [
        *_listed("columns are gone", [name for name in before if name not in names]),
        *_listed("new columns", [name for name in names if name and name not in before]),
    ]


def _shape(items: Sequence[object]) -> Shape:
    types: dict[str, str] = {}
    counts: dict[str, int] = {}
    looked_at = items[:ITEMS_LOOKED_AT]
    for item in looked_at:
        for name, kind in _names(item, "", 1):
            if name not in types and len(types) == NAMES_KEPT:
                continue
            types[name] = _united(types.get(name, kind), kind)
            counts[name] = counts.get(name, 0) + 1
    return Shape(types, frozenset(name for name in types if counts[name] == len(looked_at)))


def _names(value: object, prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict) or len(value) > MOST_MEMBERS:
        return
    for name, member in value.items():
        path = f"{prefix}{name}"
        if not name or name[0].isdigit() or len(path) > LONGEST_NAME:
            continue
        yield path, _type(member)
        if depth < DEEPEST:
            yield from _names(member, f"{path}.", depth + 1)


def _type(value: object) -> str:
    match value:
        case None:
            return NOTHING
        case bool():
            return "true or false"
        case int() | float() | Decimal():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "an object"


def _united(one: str, other: str) -> str:
    if NOTHING in (one, other):
        return other if one == NOTHING else one
    return one if one == other else MIXED


def _merged(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """Remember old names, and of those seen now what they are now."""
    merged = {**before}
    for name, kind in now.items():
        if name in merged or len(merged) < NAMES_KEPT:
            is_known = kind == NOTHING or merged.get(name) == MIXED
            merged[name] = merged.get(name, kind) if is_known else kind
    return merged


def _gone(before: Shape, now: Shape) -> list[str]:
    gone = {name for name in before.steady if name not in now.types}
    return sorted(
        name
        for name in gone
        if _parent(name) not in gone and now.types.get(_parent(name)) != NOTHING
    )


def _new(before: Mapping[str, str], now: Shape) -> list[str]:
    if len(before) >= NAMES_KEPT:
        return []
    new = {name for name in now.steady if name not in before}
    return sorted(
        name for name in new if _parent(name) not in new and before.get(_parent(name)) != NOTHING
    )


def _retyped(
    before: Mapping[str, str], now: Mapping[str, str], mapped: frozenset[str]
) -> list[str]:
    silent = {NOTHING, MIXED}
    return [
        f"field {name!r} is {now[name]}, it was {before[name]}"
        for name in sorted(mapped & before.keys() & now.keys())
        if before[name] != now[name] and not {before[name], now[name]} & silent
    ]


def _listed(what: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return [f"{what}: {', '.join(name[:40] for name in names[:NAMES_SHOWN])}{more}"]


def _parent(name: str) -> str:
    return name.rpartition(".")[0]


def _remembered(cursor: Mapping[str, JsonValue]) -> Shape:
    types, steady = cursor.get("fields"), cursor.get("steady")
    if not isinstance(types, dict) or not isinstance(steady, list):
        return Shape({}, frozenset())
    return Shape(
        {name: kind for name, kind in types.items() if isinstance(kind, str)},
        frozenset(name for name in steady if isinstance(name, str)),
    )
