"""Operators inside a query: `as_of:2024-01-05 source:"my feed" what does gold cost?`.

An operator is one of the names below, in lower case, directly followed by a colon, at the start of
a word. Text in double quotes is never read as an operator, and neither is any other name with a
colon, such as "http://x" or "note: this".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from grounding.client.options import Filters
from grounding.mcp.errors import InvalidInput
from indexer.durations import parse_duration

T = TypeVar("T")

NAMES = ("as_of", "known_at", "since", "source", "collection")
_ONCE = ("as_of", "known_at", "since")
_INSTANT = "a date such as 2024-01-05 or an instant such as 2024-01-05T08:00:00Z"
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[Tt]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:[Zz]|[+-]\d{2}:\d{2}))?",
    re.ASCII,
)
_WORD = re.compile(
    rf"(?<!\S)(?P<name>{'|'.join(NAMES)}):(?:\"(?P<quoted>[^\"]*)\"(?!\S)|(?P<bare>\S*))"
    r'|"[^"]*"|\s+|[^\s"]+|"'
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, read: the question, and which evidence may answer it.

    since: published at that instant or later; or, as a duration, within it.
    """

    question: str
    as_of: datetime | None = None
    known_at: datetime | None = None
    since: datetime | timedelta | None = None
    sources: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()

    @property
    def filters(self) -> Filters:
        """What the client is asked with; what was not said is left out."""
        given: Filters = {}
        if self.as_of is not None:
            given["as_of"] = self.as_of
        if self.known_at is not None:
            given["known_at"] = self.known_at
        if isinstance(self.since, datetime):
            given["published_after"] = self.since
        elif self.since is not None:
            given["max_age"] = self.since
        if self.sources:
            given["sources"] = self.sources
        if self.collections:
            given["collections"] = self.collections
        return given


def read(query: str) -> Asked:
    """Take the operators out of a query.

    Raises:
        InvalidInput: an operator has a value that it cannot have, or is given twice; or there is
            no question besides the operators.
    """
    values: dict[str, list[str]] = {name: [] for name in NAMES}
    kept: list[str] = []
    for word in _WORD.finditer(query):
        if word["name"] is None:
            kept.append(word[0])
            continue
        values[word["name"]].append(_value(word))
    question = " ".join("".join(kept).split()) if any(values.values()) else query.strip()
    if not question:
        raise InvalidInput("query: expected a question besides the operators")
    once = {name: _single(name, values[name]) for name in _ONCE}
    return Asked(
        question=question,
        as_of=_read(_instant, "as_of", once["as_of"]),
        known_at=_read(_instant, "known_at", once["known_at"]),
        since=_read(_since, "since", once["since"]),
        sources=tuple(dict.fromkeys(values["source"])),
        collections=tuple(dict.fromkeys(values["collection"])),
    )


def _value(word: re.Match[str]) -> str:
    name, quoted = word["name"], word["quoted"]
    value = word["bare"] if quoted is None else quoted.strip()
    if quoted is None and value.startswith('"'):
        raise InvalidInput(f'{name}:{value}: expected a closing quote, as in {name}:"two words"')
    if not value:
        raise InvalidInput(
            f'{name}: expected a value right after the colon; to search for the text "{name}:" '
            "put it in double quotes"
        )
    return value


def _single(name: str, values: list[str]) -> str | None:
    if len(values) > 1:
        raise InvalidInput(f"{name}: given {len(values)} times; expected once")
    return values[0] if values else None


def _read(read_value: Callable[[str, str], T], name: str, value: str | None) -> T | None:
    return None if value is None else read_value(name, value)


def _instant(name: str, value: str) -> datetime:
    """Read an instant, or a day as its first instant in UTC."""
    found = _moment(value)
    if found is None:
        raise InvalidInput(f"{name}:{value}: expected {_INSTANT}")
    return found


def _since(name: str, value: str) -> datetime | timedelta:
    found = _moment(value)
    if found is not None:
        return found
    try:
        return parse_duration(value)
    except ValueError as error:
        raise InvalidInput(
            f"{name}:{value}: expected {_INSTANT}, or a duration such as 2d or 12h"
        ) from error


def _moment(value: str) -> datetime | None:
    if _MOMENT.fullmatch(value) is None:
        return None
    try:
        found = datetime.fromisoformat(value.upper())
    except ValueError:  # such as a 31st of February
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
