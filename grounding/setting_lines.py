"""Find the line of a TOML text that a setting is written on, for error messages."""

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")


def line_of(text: str, location: Sequence[int | str]) -> int | None:
    """Return the 1-based line of a setting, or of the table it belongs to; None if not there.

    location: names and, after an array of tables, positions: ("sources", 1, "schedule").
    """
    best: int | None = None
    depth = 0
    seen: dict[tuple[int | str, ...], int] = {}
    table: tuple[int | str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            table = _table(header[1] == "[[", header[2], seen)
            path = table
        else:
            key = re.match(r'\s*("[^"]*"|[\w.-]+)\s*=', line)
            if not key:
                continue
            path = (*table, *key[1].strip('"').split("."))
        matched = _matched(path, location)
        if matched > depth:
            best, depth = number, matched
    return best


def _table(
    is_array: bool, name: str, seen: dict[tuple[int | str, ...], int]
) -> tuple[int | str, ...]:
    """Return the path of a table; a table inside an array belongs to its last element."""
    path: tuple[int | str, ...] = ()
    *outer, last = (part.strip().strip('"') for part in name.split("."))
    for part in outer:
        path = (*path, part)
        path = (*path, seen[path]) if path in seen else path
    path = (*path, last)
    if not is_array:
        return path
    seen[path] = seen.get(path, -1) + 1
    return (*path, seen[path])


def _matched(path: Sequence[int | str], location: Sequence[int | str]) -> int:
    """Return how long `path` is if it begins `location`, else 0."""
    is_prefix = len(path) <= len(location) and all(
        str(one) == str(other) for one, other in zip(path, location, strict=False)
    )
    return len(path) if is_prefix else 0
