"""Kinds that are data: a TOML file names an engine, its options, and the few that a user gives.

    file ─▶ Recipe ─ the user's options ─ filled in ─▶ the engine's options ─▶ the engine reads

`{$name}` in any text of the file is the value of the option `name`. The `$` tells it from the
`{expression}` that an engine fills in for every item.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Protocol, Self, cast
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from connectors import protocol
from connectors.clock import Clock
from connectors.errors import InvalidOptions
from connectors.http.fetch import Fetcher
from connectors.protocol import Connector, ConnectorClass
from connectors.recipe_options import OptionSpec, options_class
from connectors.records import Batch, Cursor, Semantics

PLACEHOLDER = re.compile(r"(?P<quoted>(?<=')\{\$(\w+)\}(?='))|\{\$(\w+)\}")
IN_REQUEST = ("params", "headers")

Engines = Callable[[str], ConnectorClass]


class Suggested(BaseModel):
    """What to write beside `kind` where nobody knows better."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schedule: str
    warn_after: str
    error_after: str
    ttl: str | None = None
    half_life: str | None = None
    collection: str | None = None


class Recipe(BaseModel):
    """One file. `when.OPTION.VALUE` is laid over `source` where the option has that value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    engine: str
    about: str
    homepage: str
    suggested: Suggested
    options: dict[str, OptionSpec] = {}
    source: dict[str, object] = {}
    when: dict[str, dict[str, dict[str, object]]] = {}

    @model_validator(mode="after")
    def _names_its_options(self) -> Self:
        used = {name for text in _texts([self.source, self.when]) for name in _names(text)}
        used |= self.when.keys()
        unknown, unused = sorted(used - self.options.keys()), sorted(self.options.keys() - used)
        if unknown or unused:
            raise ValueError(f"options not declared: {unknown}; never used: {unused}")
        return self

    def settings(self, given: Mapping[str, object]) -> tuple[str, dict[str, object]]:
        """Return the engine's name and its options, for what the user gave."""
        chosen = [self.when[name].get(str(given[name]), {}) for name in self.when]
        source = reduce(_overlaid, chosen, {"engine": self.engine, **self.source})
        settings = {
            name: value
            for name, each in source.items()
            if (value := _filled(each, given, place=name)) is not None
        }
        engine = str(settings.pop("engine"))
        if given.get("url"):
            settings |= {"url": given["url"]}
        elif given.get("base_url"):
            settings |= {"url": _moved(str(settings["url"]), str(given["base_url"]))}
        return engine, settings


class Readable(Protocol):
    """A `Path`, or a resource of an installed package."""

    def read_text(self, encoding: str) -> str: ...


def recipe_from(file: Readable) -> Recipe:
    """Read a recipe: what an entry point of a package that ships one names.

    Raises:
        InvalidOptions: it cannot be read, or is no recipe.
    """
    try:
        return Recipe.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:  # of TOML, of text, of pydantic
        raise InvalidOptions(f"recipe {file}: {error}") from error


@dataclass(frozen=True, slots=True)
class RecipeKind:
    """A recipe with its engine at hand: what the registry holds of it, a `ConnectorClass`."""

    kind: str
    recipe: Recipe
    engines: Engines
    Options: type[protocol.Options]

    def __call__(
        self, options: protocol.Options, *, source: str, fetcher: Fetcher, clock: Clock
    ) -> Connector:
        engine, settings = self.recipe.settings(dict(options))
        kind = self.engines(engine)
        connector = kind(
            kind.Options.model_validate(settings), source=source, fetcher=fetcher, clock=clock
        )
        named = RecipeConnector(self.kind, connector.semantics, connector.read)
        return cast("Connector", named)  # whose kind would be the same for every instance


@dataclass(frozen=True, slots=True)
class RecipeConnector:
    """The engine's connector, under the name of the recipe."""

    kind: str
    semantics: Semantics
    read: Callable[[Cursor], Iterator[Batch]]


def kind_of(recipe: Recipe, *, kind: str, engines: Engines) -> RecipeKind:
    """Make the kind that `recipe` describes. `engines` finds the kind it is read with."""

    def suit_the_engine(options: protocol.Options) -> protocol.Options:
        engine, settings = recipe.settings(dict(options))
        try:
            engines(engine).Options.model_validate(settings)
        except ValidationError as error:
            faults = error.errors(include_input=False, include_url=False)
            told = "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in faults)
            raise ValueError(f"{engine} cannot be read so: {told}") from error
        return options

    made = options_class(kind, recipe.options, check=suit_the_engine)
    return RecipeKind(kind, recipe, engines, made)


def _filled(value: object, given: Mapping[str, object], *, place: str) -> object:
    """Fill in options; None for a text with one that was not given, which is then left out."""
    match value:
        case dict():
            filled = {name: _filled(each, given, place=place) for name, each in value.items()}
            return {name: each for name, each in filled.items() if each is not None}
        case list():
            every = [_filled(each, given, place=place) for each in value]
            return [each for each in every if each is not None]
        case str() if names := _names(value):
            if any(given[name] in (None, ()) for name in names):
                return None
            is_alone = value == f"{{${names[0]}}}"
            if is_alone and place not in ("url", *IN_REQUEST):
                return given[names[0]]
            return PLACEHOLDER.sub(lambda found: _text(found, given, place), value)
        case _:
            return value


def _text(found: re.Match[str], given: Mapping[str, object], place: str) -> str:
    value = given[found[2] or found[3]]
    parts = [_plain(each) for each in (value if isinstance(value, tuple) else (value,))]
    if place == "url":
        return ",".join(quote(each, safe="") for each in parts)
    text = ",".join(parts)
    if found["quoted"] and place not in IN_REQUEST:  # a raw string of an expression
        return text.replace("\\", "\\\\").replace("'", "\\'")
    return text


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _overlaid(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    merged = dict(below)
    for name, value in above.items():
        known = merged.get(name)
        both = isinstance(known, dict) and isinstance(value, dict)
        merged[name] = _overlaid(known, value) if both else value  # type: ignore[arg-type]
    return merged


def _moved(url: str, base_url: str) -> str:
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{base_url.rstrip('/')}{parts.path}{query}"


def _names(text: str) -> list[str]:
    return [found[2] or found[3] for found in PLACEHOLDER.finditer(text)]


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
