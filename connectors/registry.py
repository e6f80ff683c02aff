"""Connectors by the name of their kind, ours and those of installed third parties.

A package adds a kind with an entry point in the group `grounding.connectors` whose name is the
kind and whose object is a `ConnectorClass`. Nothing is imported before a kind is used, and a
kind that cannot be loaded harms no other.
"""

import logging
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, cast

from pydantic import ValidationError

from connectors.errors import InvalidOptions
from connectors.protocol import Connector, ConnectorClass, Options

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from connectors.clock import Clock
    from connectors.fetch import Fetcher

logger = logging.getLogger(__name__)

GROUP = "grounding.connectors"

# Also declared as entry points, but a source tree that was never installed has none.
BUILT_IN = {
    "csv": "connectors.csv:CsvConnector",
    "feed": "connectors.feed:FeedConnector",
    "files": "connectors.files:FilesConnector",
    "json": "connectors.json:JsonConnector",
    "metar": "connectors.metar:MetarConnector",
    "singer": "connectors.singer:SingerConnector",
    "sitemap": "connectors.sitemap:SitemapConnector",
    "sql": "connectors.sql:SqlConnector",
    "web": "connectors.web:WebConnector",
    "xml": "connectors.xml:XmlConnector",
}


def kinds() -> list[str]:
    """Name every kind a source can have, loadable or not."""
    return sorted(_entry_points())


def build(
    kind: str,
    options: Mapping[str, object],
    *,
    source: str,
    fetcher: "Fetcher",
    clock: "Clock",
) -> Connector:
    """Make the connector that reads `source`.

    Raises:
        InvalidOptions: the kind is unknown or cannot be loaded, or an option is wrong.
    """
    try:
        connector = _loaded(kind)
        return connector(
            _checked(connector, options, kind), source=source, fetcher=fetcher, clock=clock
        )
    except InvalidOptions as error:
        raise InvalidOptions(f"source {source}: {error}") from error


def validated(kind: str, options: Mapping[str, object]) -> Options:
    """Check `options` without building anything.

    Raises:
        InvalidOptions: as `build`.
    """
    return _checked(_loaded(kind), options, kind)


def _entry_points() -> dict[str, EntryPoint]:
    found = {name: EntryPoint(name, value, GROUP) for name, value in BUILT_IN.items()}
    for entry in entry_points(group=GROUP):
        taken = found.setdefault(entry.name, entry)
        if taken.value != entry.value:
            logger.warning("connector kind %r is taken: ignored %s", entry.name, entry.value)
    return found


def _loaded(kind: str) -> ConnectorClass:
    known = _entry_points()
    if kind not in known:
        raise InvalidOptions(f"kind {kind!r} is not known{_suggestion(kind, known)}")
    entry = known[kind]
    try:
        loaded = entry.load()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise InvalidOptions(f"{_origin(entry)} cannot be loaded: {reason}") from error
    options = getattr(loaded, "Options", None)
    if not callable(loaded) or not (isinstance(options, type) and issubclass(options, Options)):
        raise InvalidOptions(
            f"{_origin(entry)} is no connector; expected a class with Options, a subclass of "
            "connectors.protocol.Options"
        )
    return cast("ConnectorClass", loaded)


def _origin(entry: EntryPoint) -> str:
    package = f" of package {entry.dist.name}" if entry.dist else ""
    return f"kind {entry.name!r} ({entry.value}{package})"


def _checked(connector: ConnectorClass, options: Mapping[str, object], kind: str) -> Options:
    try:
        return connector.Options.model_validate(dict(options))
    except ValidationError as error:
        names = connector.Options.model_fields
        # Never the input itself: it may be a secret.
        faults = [_fault(each, names) for each in error.errors(include_input=False)]
        raise InvalidOptions(f"kind {kind!r}: {'; '.join(faults)}") from error


def _fault(error: "ErrorDetails", names: Mapping[str, object]) -> str:
    option = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        hint = _suggestion(option, names) if len(error["loc"]) == 1 else ""
        return f"unknown option {option!r}{hint}"
    message = error["msg"].removeprefix("Value error, ")
    return f"option {option!r}: {message[:1].lower()}{message[1:]}" if option else message


def _suggestion(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name, known, n=1)
    return (
        f", did you mean {near[0]!r}?" if near else ""
    ) + f" (known: {', '.join(sorted(known))})"
