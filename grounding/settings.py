"""Settings: `grounding.toml`, then `GROUNDING_*` variables on top, checked before anything runs.

A variable names a setting with two underscores between its parts:
`GROUNDING_SERVER__PORT=9000` is `[server] port = 9000`.
"""

import os
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from connectors.errors import InvalidOptions
from connectors.records import Semantics
from connectors.registry import validated
from grounding.checking_settings import CheckingSettings
from grounding.errors import InvalidSettings
from grounding.gateway_settings import GatewaySettings, UpstreamSettings, require_consistent
from grounding.query.recency import BOUND
from grounding.receipt_settings import ReceiptSettings
from grounding.screening_settings import ScreeningSettings
from grounding.setting_lines import line_of
from grounding.setting_paths import (
    embedder_anchored,
    folder_anchored,
    options_anchored,
    secret_anchored,
    sqlite_anchored,
)
from grounding.setting_types import Duration, HalfLifeSeconds, Proxy, PublicUrl, Section
from indexer.errors import InvalidSource
from indexer.schedule import parse_schedule

if TYPE_CHECKING:
    from indexer.sources import SourceSpec

DEFAULT_PATH = Path("grounding.toml")


class DatabaseSettings(Section):
    url: str = "sqlite:///data/grounding.db"


class IndexSettings(Section):
    """Where index views keep their files, and what they run on."""

    directory: Path = Path("data/index")
    device: Literal["auto", "cpu", "gpu"] = "auto"
    gpu_max_bytes: int | None = Field(default=None, ge=0)
    snapshot_every: Duration = timedelta(minutes=5)


class EmbedderSettings(Section):
    """What makes vectors. Without `threads` a call has every core, without `cache` the user's."""

    name: str = "minilm"
    device: Literal["auto", "cpu", "gpu"] = "auto"
    threads: int | None = Field(default=None, ge=1, le=1_024)
    cache: Path | None = None


class RerankerSettings(Section):
    """What reads the best candidates once more; off without a name."""

    name: str | None = Field(default=None, min_length=1)
    device: Literal["auto", "cpu", "gpu"] = "auto"
    top: int = Field(default=30, ge=2, le=1_000)
    deadline: Annotated[Duration, Field(gt=timedelta(0))] = timedelta(seconds=10)


class ServerSettings(Section):
    """How the HTTP API is reached. `api_key` may be `env:NAME` or `file:PATH`.

    processes: that answer on the address, each with its own index views. max_running: of each,
        leaves threads of the pool (40) to everything that is no question.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    api_key: str | None = Field(default=None, min_length=1)
    allowed_hosts: list[str] = ["localhost", "127.0.0.1", "[::1]"]
    max_body_bytes: int = Field(default=20_000_000, ge=1_000)
    processes: int = Field(default=1, ge=1, le=64)
    max_running: int = Field(default=16, ge=1, le=24)
    max_waiting: int = Field(default=256, ge=0)
    allow_local_paths: bool = False
    public_url: PublicUrl | None = None
    websub: bool = True


class FetchSettings(Section):
    """How sources on the web are read. `proxy` may be `env:NAME` or `file:PATH`."""

    contact: str | None = None
    connect_timeout: Duration = timedelta(seconds=10)
    first_byte_timeout: Duration = timedelta(seconds=20)
    timeout: Duration = timedelta(seconds=30)
    max_bytes: int = Field(default=20_000_000, ge=1_000)
    per_host: int = Field(default=1, ge=1, le=64)
    host_delay: Duration = timedelta(0)
    proxy: Proxy | None = None
    allow_private_addresses: bool = False


class WorkSettings(Section):
    threads: int = Field(default=16, ge=1, le=64)


class PromptSettings(Section):
    """How prompts are made where a caller does not say; `tokenizer` None is the embedder's."""

    tokenizer: str | None = Field(default=None, min_length=1)


class RankingSettings(Section):
    """What counts beside relevance; `recency` is what the newest gains, in deviations."""

    recency: float = Field(default=BOUND, ge=0, le=1)


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
    ttl: Duration | None = None
    half_life: HalfLifeSeconds | None = None
    enabled: bool = True

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})

    @field_validator("schedule")
    @classmethod
    def _check_schedule(cls, schedule: str | None) -> str | None:
        try:
            if schedule is not None:
                parse_schedule(schedule)
        except InvalidSource as error:
            raise ValueError(str(error)) from error
        return schedule

    @model_validator(mode="after")
    def _check(self) -> "SourceSettings":
        from indexer.sources import require_sensible  # loads SQLAlchemy

        try:
            validated(self.kind, self.options)
            require_sensible(self.spec(Semantics.KEYED_LATEST))
        except (InvalidOptions, InvalidSource) as error:
            raise ValueError(str(error)) from error
        return self

    def spec(self, semantics: Semantics) -> "SourceSpec":
        """Return the source this table asks for; its connector knows the semantics."""
        from indexer.sources import SourceSpec

        return SourceSpec(
            name=self.name,
            kind=self.kind,
            semantics=semantics,
            origin="config",
            options=self.options,
            collection=self.collection,
            schedule=self.schedule,
            jitter_seconds=self.jitter.total_seconds(),
            warn_after_seconds=self.warn_after.total_seconds() if self.warn_after else None,
            error_after_seconds=self.error_after.total_seconds() if self.error_after else None,
            ttl_seconds=self.ttl.total_seconds() if self.ttl else None,
            half_life_seconds=self.half_life,
            is_enabled=self.enabled,
        )


class Settings(BaseSettings):
    """Everything that can be set, with defaults that work on one machine."""

    model_config = SettingsConfigDict(
        env_prefix="GROUNDING_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    database: DatabaseSettings = DatabaseSettings()
    index: IndexSettings = IndexSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    reranker: RerankerSettings = RerankerSettings()
    server: ServerSettings = ServerSettings()
    fetch: FetchSettings = FetchSettings()
    work: WorkSettings = WorkSettings()
    prompt: PromptSettings = PromptSettings()
    ranking: RankingSettings = RankingSettings()
    receipts: ReceiptSettings = ReceiptSettings()
    screening: ScreeningSettings = ScreeningSettings()
    checking: CheckingSettings = CheckingSettings()
    gateway: GatewaySettings = GatewaySettings()
    upstreams: list[UpstreamSettings] = []
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
        for position, name in enumerate(names):
            if name in names[:position]:
                context = {"name": name, "position": position}
                raise PydanticCustomError("name_twice", "source name used twice: {name}", context)
        return self

    @model_validator(mode="after")
    def _check_upstreams(self) -> "Settings":
        require_consistent(
            self.upstreams,
            api_key=self.server.api_key,
            condense_by=self.gateway.condense_by,
        )
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
    except SettingsError as error:  # a GROUNDING_ variable of a whole section is not JSON
        raise InvalidSettings(str(error)) from error


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
    reranker, embedder = settings.reranker.name, settings.embedder
    judge = settings.checking.judge
    return settings.model_copy(
        update={
            "sources": [
                source.model_copy(update=options_anchored(source.options, base))
                for source in settings.sources
            ],
            "upstreams": [
                upstream.model_copy(
                    update={
                        "api_key": secret_anchored(upstream.api_key, base),
                        "headers": secret_anchored(upstream.headers, base),
                    }
                )
                for upstream in settings.upstreams
            ],
            "database": DatabaseSettings(url=sqlite_anchored(settings.database.url, base)),
            "server": settings.server.model_copy(
                update={"api_key": secret_anchored(settings.server.api_key, base)}
            ),
            "fetch": settings.fetch.model_copy(
                update={"proxy": secret_anchored(settings.fetch.proxy, base)}
            ),
            "embedder": embedder.model_copy(
                update={
                    "name": embedder_anchored(embedder.name, base),
                    "cache": embedder.cache and base / embedder.cache.expanduser(),
                }
            ),
            "receipts": settings.receipts.model_copy(
                update={"keys": settings.receipts.keys and base / settings.receipts.keys}
            ),
            "checking": settings.checking.model_copy(
                update={"judge": judge and folder_anchored(judge, base)}
            ),
            "reranker": settings.reranker.model_copy(
                update={"name": reranker and folder_anchored(reranker, base)}
            ),
            "screening": settings.screening.model_copy(
                update={
                    "words": settings.screening.words
                    and base / settings.screening.words.expanduser(),
                    "classifier": settings.screening.classifier
                    and folder_anchored(settings.screening.classifier, base),
                }
            ),
            "index": settings.index.model_copy(
                update={"directory": base / settings.index.directory}
            ),
        }
    )


def _explained(error: ValidationError, path: Path | None, text: str) -> str:
    faults = []
    for each in error.errors(include_input=False, include_url=False):
        message = each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden":
            message = "no such setting"
        location = _location(each, message)
        name = ".".join(str(part) for part in location) or "settings"
        faults.append(f"{_place(location, path, text)}{name}: {message}")
    return "\n".join(faults)


def _place(location: tuple[int | str, ...], path: Path | None, text: str) -> str:
    variable = f"GROUNDING_{'__'.join(str(part) for part in location)}".upper()
    if variable in os.environ:
        return f"{variable}: "
    line = line_of(text, location)
    return f"{path}:{line}: " if path is not None and line is not None else ""


def _location(error: ErrorDetails, message: str) -> tuple[int | str, ...]:
    """Return where to point: at the setting itself where an error of its table names one."""
    location = error["loc"]
    context: Mapping[str, Any] = error.get("ctx", {})  # Any: as pydantic has it
    if "position" in context:
        return ("sources", context["position"], "name")
    if len(location) != 2:
        return location
    if "option '" in message:
        return (*location, *message.split("option '", 1)[1].split("'", 1)[0].split("."))
    for name in ("kind", "jitter", "warn_after", "name"):
        if f"{name} " in message:
            return (*location, name)
    return location
