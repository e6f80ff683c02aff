"""Settings of the chat endpoints: how they ground, and which llms they lead to."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from grounding.checking_settings import PolicyName
from grounding.setting_types import Duration, Section, UpstreamUrl

Capability: TypeAlias = Literal["tools", "images", "audio", "json", "streaming"]
Patience: TypeAlias = Annotated[Duration, Field(gt=timedelta(0))]


class GatewaySettings(Section):
    """What the chat endpoints do where a request does not say.

    condense_by: the upstream that puts questions which lean on earlier turns; None leaves it to
        rules.
    cache_max_bytes: of answers that are given again while their evidence holds, in each process;
        0 keeps none.
    daily_budget: what all upstreams together may cost in a day of UTC, in the currency of prices.
    """

    mode: Literal["always", "auto", "never"] = "auto"
    max_items: int = Field(default=10, ge=1, le=50)
    token_budget: int = Field(default=2_000, ge=64, le=100_000)
    collections: list[str] | None = None
    condense_by: str | None = Field(default=None, min_length=1)
    cache_max_bytes: int = Field(default=64_000_000, ge=0)
    daily_budget: Decimal | None = Field(default=None, ge=0)


class UpstreamSettings(Section):
    """One `[[upstreams]]` table: an endpoint that speaks OpenAI's protocol, and one llm there.

    api_key, headers: may be `env:NAME` or `file:PATH`.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$")]
    base_url: UpstreamUrl
    llm: str | None = Field(default=None, min_length=1)
    serves: list[Annotated[str, Field(min_length=1)]] = []
    api_key: str | None = Field(default=None, min_length=1)
    passes_caller_key: bool = False
    headers: dict[str, str] = {}
    price_in: Decimal = Field(default=Decimal(0), ge=0)
    price_out: Decimal = Field(default=Decimal(0), ge=0)
    context_tokens: int | None = Field(default=None, ge=256)
    capabilities: list[Capability] = ["tools", "images", "json", "streaming"]
    strength: int = Field(default=2, ge=1, le=3)
    check: PolicyName | None = None
    daily_budget: Decimal | None = Field(default=None, ge=0)
    fallbacks: list[str] = []
    max_running: int = Field(default=256, ge=1, le=10_000)
    max_waiting: int = Field(default=256, ge=0, le=100_000)
    connect_timeout: Patience = timedelta(seconds=5)
    first_byte_timeout: Patience = timedelta(seconds=60)
    idle_timeout: Patience = timedelta(seconds=60)
    timeout: Patience = timedelta(minutes=10)

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.passes_caller_key and self.api_key is not None:
            raise ValueError("passes_caller_key: the caller's key or api_key, not both")
        return self


def require_consistent(
    upstreams: list[UpstreamSettings], *, api_key: str | None, condense_by: str | None
) -> None:
    """Require that names lead to one upstream each, and that callers can send the key asked for.

    Raises:
        ValueError: they do not.
    """
    names = [upstream.name for upstream in upstreams]
    if condense_by is not None and condense_by not in names:
        raise ValueError(f"gateway.condense_by: no upstream is named {condense_by}")
    for upstream in upstreams:
        if names.count(upstream.name) > 1:
            raise ValueError(f"upstreams: name used twice: {upstream.name}")
        unknown = sorted({*upstream.fallbacks} - {*names} | {*upstream.fallbacks} & {upstream.name})
        if unknown:
            raise ValueError(f"upstreams: {upstream.name}: no fallback is named {unknown[0]}")
        if upstream.passes_caller_key and api_key is not None:
            raise ValueError(
                f"upstreams: {upstream.name}: passes_caller_key: callers cannot send its key, "
                "since server.api_key makes them send that of this service"
            )
