"""Settings: `grounding.toml`, then `GROUNDING_*` variables on top, checked before anything runs.

A variable names a setting with two underscores between its parts:
`GROUNDING_SERVER__PORT=9000` is `[server] port = 9000`.
"""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from connectors.errors import InvalidOptions
from connectors.registry import validated
from grounding.errors import InvalidSettings
from grounding.setting_lines import line_of
from indexer.durations import parse_duration
from indexer.errors import InvalidSource
from indexer.schedule import parse_schedule

DEFAULT_PATH = Path("grounding.toml")


def _as_duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_as_duration)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(Section):
    url: str = "sqlite:///data/grounding.db"


class IndexSettings(Section):
    """Where index views keep their files, and what they run on."""

    directory: Path = Path("data/index")
    device: Literal["auto", "cpu", "gpu"] = "auto"
    snapshot_every: Duration = timedelta(minutes=5)


class EmbedderSettings(Section):
    name: str = "minilm"
    device: Literal["auto", "cpu", "gpu"] = "auto"


class ServerSettings(Section):
    """How the HTTP API is reached. `api_key` may be `env:NAME` or `file:PATH`."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    api_key: str | None = None
    allowed_hosts: list[str] = ["localhost", "127.0.0.1", "[::1]"]
    max_body_bytes: int = Field(default=20_000_000, ge=1_000)
    allow_local_paths: bool = False


class FetchSettings(Section):
    """How sources on the web are read."""

    contact: str | None = None
    timeout: Duration = timedelta(seconds=30)
    max_bytes: int = Field(default=20_000_000, ge=1_000)
    allow_private_addresses: bool = False


class WorkSettings(Section):
    threads: int = Field(default=2, ge=1, le=64)


class SourceSettings(BaseModel):
    """One `[[sources]]` table: what every source has; the rest are options of its kind."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str
    kind: str
    collection: str = "default"
    schedule: str | None = None
    jitter: Duration = timedelta(0)
    warn_after: Duration | None = None
    error_after: Duration | None = None
    enabled: bool = True

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})

    @model_validator(mode="after")
    def _check(self) -> "SourceSettings":
        try:
            validated(self.kind, self.options)
            if self.schedule is not None:
                parse_schedule(self.schedule)
        except (InvalidOptions, InvalidSource) as error:
            raise ValueError(str(error)) from error
        return self


class Settings(BaseSettings):
    """Everything that can be set, with defaults that work on one machine."""

    model_config = SettingsConfigDict(
        env_prefix="GROUNDING_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    database: DatabaseSettings = DatabaseSettings()
    index: IndexSettings = IndexSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    server: ServerSettings = ServerSettings()
    fetch: FetchSettings = FetchSettings()
    work: WorkSettings = WorkSettings()
    sources: list[SourceSettings] = []

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, dotenv_settings, file_secret_settings
        return (env_settings, init_settings)

    @model_validator(mode="after")
    def _check_names(self) -> "Settings":
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"source name used twice: {', '.join(twice)}")
        return self


def load(path: Path | None = None) -> Settings:
    """Read the settings; without a path, `grounding.toml` if there is one.

    Raises:
        InvalidSettings: the file is missing or not TOML, or a setting is wrong.
    """
    given = path or (DEFAULT_PATH if DEFAULT_PATH.exists() else None)
    text = "" if given is None else _text(given)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings(f"{given}: not TOML: {error}") from error
    try:
        return _anchored(Settings(**table), given)
    except ValidationError as error:
        raise InvalidSettings(_explained(error, given, text)) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InvalidSettings(
            f"{path}: {reason}; `grounding init` writes a first grounding.toml"
        ) from error


def _anchored(settings: Settings, path: Path | None) -> Settings:
    """Take relative paths from where the file lies, not from where the program was started."""
    if path is None:
        return settings
    base = path.resolve().parent
    url = settings.database.url
    prefix, _, file = url.partition(":///")
    if prefix.startswith("sqlite") and file and not file.startswith("/"):
        url = f"{prefix}:///{base / file}"
    return settings.model_copy(
        update={
            "sources": [_source_anchored(source, base) for source in settings.sources],
            "database": DatabaseSettings(url=url),
            "index": settings.index.model_copy(
                update={"directory": base / settings.index.directory}
            ),
        }
    )


def _source_anchored(source: SourceSettings, base: Path) -> SourceSettings:
    path = source.options.get("path")
    if not isinstance(path, str):
        return source
    return source.model_copy(update={"path": str(base / Path(path).expanduser())})


def _explained(error: ValidationError, path: Path | None, text: str) -> str:
    faults = []
    for each in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in each["loc"]) or "settings"
        message = each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden":
            message = "no such setting"
        line = line_of(text, _location(each["loc"], message))
        where = f"{path}:{line}: " if path is not None and line is not None else ""
        faults.append(f"{where}{name}: {message}")
    return "\n".join(faults)


def _location(location: tuple[int | str, ...], message: str) -> tuple[int | str, ...]:
    """Return where to point: at the option a kind complains of, where its message names one."""
    if len(location) == 2 and "option '" in message:
        option = message.split("option '", 1)[1].split("'", 1)[0].split(".", maxsplit=1)[0]
        return (*location, option)
    return location
