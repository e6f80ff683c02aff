"""Names by which `fetch` finds again what `search` found.

DOCUMENT                the newest version of a document
DOCUMENT@3, DOCUMENT@3#0    version 3 of it; a passage stands for its whole document
series:SOURCE/KEY       the value of a series now
series:SOURCE/KEY?as_of=...&known_at=...    the value then, as it was known then
"""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, quote, unquote, urlencode

from grounding.client.options import Instants
from grounding.client.records import Evidence
from grounding.mcp.errors import InvalidInput

_SERIES = "series:"
_DOCUMENT = re.compile(r"(?P<id>.+?)(?:@(?P<version>\d{1,9})(?:#\d+)?)?", re.ASCII | re.DOTALL)
_EXPECTED = "expected an id that `search` answered with"


@dataclass(frozen=True, slots=True)
class DocumentName:
    """A document; version None is its newest."""

    document_id: str
    version: int | None


@dataclass(frozen=True, slots=True)
class SeriesName:
    """A series of a source, and the instants to look at it from; None is the present."""

    source: str
    key: str
    as_of: datetime | None = None
    known_at: datetime | None = None

    @property
    def instants(self) -> Instants:
        return {"as_of": self.as_of, "known_at": self.known_at}

    def __str__(self) -> str:
        times = {"as_of": self.as_of, "known_at": self.known_at}
        said = urlencode({name: at.isoformat() for name, at in times.items() if at is not None})
        name = f"{_SERIES}{quote(self.source, safe='')}/{quote(self.key, safe='')}"
        return f"{name}?{said}" if said else name


def id_of(found: Evidence, *, as_of: datetime | None, known_at: datetime | None) -> str:
    """Name what was found; a value of the past keeps the instants it was asked for."""
    if found.observation is None:
        return found.id
    return str(SeriesName(found.source, found.observation.series, as_of, known_at))


def read(text: str) -> DocumentName | SeriesName:
    """Read an id.

    Raises:
        InvalidInput: it is empty, or cannot be an id.
    """
    given = text.strip()
    if given.startswith(_SERIES):
        return _series(given)
    found = _DOCUMENT.fullmatch(given)
    if found is None:
        raise InvalidInput(f"id: {_EXPECTED}")
    version = found["version"]
    return DocumentName(found["id"], None if version is None else int(version))


def _series(given: str) -> SeriesName:
    name, _, said = given.removeprefix(_SERIES).partition("?")
    source, slash, key = name.partition("/")
    if not (source and slash and key):
        raise InvalidInput(f"id {given!r}: {_EXPECTED}")
    times = dict(parse_qsl(said))
    as_of, known_at = (_time(given, times.get(name)) for name in ("as_of", "known_at"))
    return SeriesName(unquote(source), unquote(key), as_of, known_at)


def _time(given: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"id {given!r}: {_EXPECTED}") from error
    if found.tzinfo is None:
        raise InvalidInput(f"id {given!r}: {_EXPECTED}")
    return found
