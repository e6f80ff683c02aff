"""Connectors by the name of their kind, ours and those of installed third parties.

A package adds a kind with an entry point in the group `grounding.connectors` whose name is the
kind and whose object is a `ConnectorClass`, or a `Recipe`. Every file of `recipes/` is a kind too.
Nothing is imported before a kind is used, and a kind that cannot be loaded harms no other.
"""

import logging
import sys
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydantic import ValidationError

from connectors.errors import InvalidOptions
from connectors.protocol import Connector, ConnectorClass, Options
from connectors.secrets import mask_in

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from connectors.clock import Clock
    from connectors.http.fetch import Fetcher
    from connectors.recipe import Recipe

logger = logging.getLogger(__name__)

GROUP = "grounding.connectors"

# Also declared as entry points, but a source tree that was never installed has none.
BUILT_IN = {
    "csv": "connectors.endpoints.csv:CsvConnector",
    "feed": "connectors.feeds.feed:FeedConnector",
    "files": "connectors.directories.files:FilesConnector",
    "json": "connectors.endpoints.json:JsonConnector",
    "metar": "connectors.aviation.metar:MetarConnector",
    "singer": "connectors.databases.singer:SingerConnector",
    "sitemap": "connectors.pages.sitemap:SitemapConnector",
    "sql": "connectors.databases.sql:SqlConnector",
    "web": "connectors.pages.web:WebConnector",
    "xml": "connectors.endpoints.xml:XmlConnector",
}

RECIPES = Path(__file__).with_name("recipes")


def kinds() -> list[str]:
    """Name every kind a source can have, loadable or not."""
    return sorted({*_recipe_files(), *_entry_points()})


def recipes() -> dict[str, "Recipe"]:
    """Return the recipes that come with this package, by the name of their kind."""
    from connectors.recipe import recipe_from

    return {name: recipe_from(file) for name, file in _recipe_files().items()}


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
        return make(_loaded(kind), options, source=source, fetcher=fetcher, clock=clock)
    except InvalidOptions as error:
        raise InvalidOptions(f"source {source}: {error}") from error


def make(
    connector: ConnectorClass,
    options: Mapping[str, object],
    *,
    source: str,
    fetcher: "Fetcher",
    clock: "Clock",
) -> Connector:
    """Make a connector of a class that need not be registered.

    Raises:
        InvalidOptions: an option is wrong.
    """
    checked = _checked(connector, options, connector.kind)
    return connector(checked, source=source, fetcher=fetcher, clock=clock)


def validated(kind: str, options: Mapping[str, object]) -> Options:
    """Check `options` without building anything.

    Raises:
        InvalidOptions: as `build`.
    """
    return _checked(_loaded(kind), options, kind)


@cache
def _recipe_files() -> dict[str, Path]:
    return {file.stem: file for file in sorted(RECIPES.glob("*.toml"))}


def _entry_points() -> dict[str, EntryPoint]:
    found = {name: EntryPoint(name, value, GROUP) for name, value in BUILT_IN.items()}
    ours = _recipe_files()
    for entry in _declared(tuple(sys.path)):
        taken = None if entry.name in ours else found.setdefault(entry.name, entry)
        if taken is None or taken.value != entry.value:
            logger.warning("connector kind %r is taken: ignored %s", entry.name, entry.value)
    return found


@cache
def _declared(search_path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Return what installed packages declare; finding that out reads a file of each of them."""
    del search_path  # what it depends on
    return tuple(entry_points(group=GROUP))


def _loaded(kind: str) -> ConnectorClass:
    file = _recipe_files().get(kind)
    if file is not None:
        return _from_recipe_file(kind, file)
    known = _entry_points()
    if kind not in known:
        raise InvalidOptions(f"kind {kind!r} is not known{_suggestion(kind, kinds())}")
    entry = known[kind]
    try:
        loaded = _with_engine(kind, entry.load())
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


@cache
def _from_recipe_file(kind: str, file: Path) -> ConnectorClass:
    from connectors.recipe import recipe_from

    return cast("ConnectorClass", _with_engine(kind, recipe_from(file)))


def _with_engine(kind: str, loaded: object) -> object:
    from connectors.recipe import Recipe, kind_of

    return kind_of(loaded, kind=kind, engines=_engine) if isinstance(loaded, Recipe) else loaded


def _engine(kind: str) -> ConnectorClass:
    if kind in _recipe_files():
        raise InvalidOptions(f"kind {kind!r} is a recipe itself and no engine")
    return _loaded(kind)


def _origin(entry: EntryPoint) -> str:
    package = f" of package {entry.dist.name}" if entry.dist else ""
    return f"kind {entry.name!r} ({entry.value}{package})"


def _checked(connector: ConnectorClass, options: Mapping[str, object], kind: str) -> Options:
    if masked := mask_in(options):
        raise InvalidOptions(
            f"kind {kind!r}: {masked} holds the mask that is shown for a secret: give env:NAME, or "
            "leave the options out to keep them"
        )
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


def _suggestion(name: str, known: Iterable[str]) -> str:
    known = sorted(known)
    near = get_close_matches(name, known, n=1)
    return (f", did you mean {near[0]!r}?" if near else "") + f" (known: {', '.join(known)})"
