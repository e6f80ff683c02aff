"""The gateway's nouns: what a caller asked for, where it can be sent, what came of it.

    body ──▶ Ask ── ground ──▶ Grounded ── send ──▶ Reply ── cite ──▶ what the caller gets

A body is a chat request as OpenAI clients send it; what is not ours in it is passed on as it came.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from grounding.query.question import Filters, Found, Limits
from grounding.query.records import Evidence, Message

Body: TypeAlias = dict[str, Any]  # Any: whatever JSON an OpenAI client sends
Headers: TypeAlias = tuple[tuple[str, str], ...]


class Api(StrEnum):
    """Which of OpenAI's APIs a request is for."""

    CHAT = "/chat/completions"
    RESPONSES = "/responses"


class Mode(StrEnum):
    """When evidence is put into a prompt."""

    ALWAYS = "always"
    AUTO = "auto"
    """Where the question needs some."""
    NEVER = "never"


class Policy(StrEnum):
    """What is done with an answer that does not hold against its evidence."""

    OFF = "off"
    """It is not checked."""
    ANNOTATE = "annotate"
    """It is given, and told of."""
    BLOCK = "block"
    RETRY = "retry"
    """It is asked for once more, the problems named."""
    ABSTAIN = "abstain"
    """A text that says what is missing is given instead."""


@dataclass(frozen=True, slots=True)
class Controls:
    """What a request says of its grounding, and the settings where it says nothing.

    uses_cache: an answer to the same question may be given again while its evidence holds.
    routes: the gateway may narrow the search to the collections that the question is about.
    timeout_seconds: for the llm's answer, below what its upstream has.
    datamark: whether quoted prose is marked word by word; None for what the policy says.
    check: None leaves it to the upstream, and then to the settings.
    """

    mode: Mode
    filters: Filters
    limits: Limits
    timezone: str = "UTC"
    tokenizer: str | None = None
    datamark: bool | None = None
    uses_cache: bool = True
    routes: bool = True
    timeout_seconds: float | None = None
    check: Policy | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One request for an answer.

    body: as it came, without what is said to us alone.
    raw: its bytes, where nothing in them was for us.
    llm: the name that the caller wrote, as `model`.
    authorization: the caller's own, for upstreams that are to have it.
    base_url: where this service is reached from outside; None for addresses without host.
    question: what is asked, where an llm has put it; None to read it out of the messages.
    """

    body: Body
    raw: bytes | None
    llm: str
    messages: tuple[Message, ...]
    controls: Controls
    authorization: str | None = None
    base_url: str | None = None
    api: Api = Api.CHAT
    question: str | None = None

    @property
    def is_streamed(self) -> bool:
        return self.body.get("stream") is True

    def in_one_piece(self) -> "Ask":
        """Return the same request for an answer that is no stream."""
        ours = {"stream", "stream_options"}
        return replace(
            self,
            raw=None,
            body={name: each for name, each in self.body.items() if name not in ours},
        )


@dataclass(frozen=True, slots=True)
class Upstream:
    """An endpoint that speaks OpenAI's protocol, and one llm behind it.

    llm: what it is called there; None to pass on the name that the caller wrote.
    serves: further names that lead here; "*" is every name that leads nowhere else.
    price_in, price_out: for a million tokens, in the operator's currency.
    context_tokens: of prompt and answer together; None where it is not known.
    strength: 1 for a small llm, 2 for a middling one, 3 for the strongest.
    check: what is done with its answers; None leaves it to the settings.
    api_key, headers: secrets; never shown, logged or recorded.
    """

    name: str
    base_url: str
    llm: str | None = None
    serves: frozenset[str] = frozenset()
    api_key: str | None = field(default=None, repr=False)
    passes_caller_key: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    price_in: Decimal = Decimal(0)
    price_out: Decimal = Decimal(0)
    context_tokens: int | None = None
    capabilities: frozenset[str] = frozenset()
    strength: int = 2
    check: Policy | None = None
    daily_budget: Decimal | None = None
    fallbacks: tuple[str, ...] = ()
    max_running: int = 256
    max_waiting: int = 256
    connect_timeout_seconds: float = 5.0
    first_byte_timeout_seconds: float = 60.0
    idle_timeout_seconds: float = 60.0
    timeout_seconds: float = 600.0
    max_reply_bytes: int = 50_000_000

    @property
    def own_headers(self) -> dict[str, str]:
        """Return what goes with every request: the key, and what is set in the settings."""
        key = {} if self.api_key is None else {"Authorization": f"Bearer {self.api_key}"}
        return {**self.headers, **key}

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return what must not leave."""
        return tuple(filter(None, (self.api_key, *self.headers.values())))


@dataclass(frozen=True, slots=True)
class Citation:
    """A piece of evidence as an answer cites it: by the number that stands in the prompt."""

    number: int
    evidence: Evidence
    url: str


@dataclass(frozen=True, slots=True)
class Grounded:
    """A prompt with its evidence, or without: then `reason` says why.

    question: what was searched for.
    found: as it is now; None without evidence. receipt_id: of what the llm was shown.
    """

    messages: tuple[Message, ...]
    question: str | None
    reason: str
    found: Found | None = None
    receipt_id: str | None = None
    citations: Sequence[Citation] = ()

    @property
    def is_grounded(self) -> bool:
        return self.found is not None


async def _nothing() -> None:
    """Close what has nothing behind it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the caller is answered: all of it, or the pieces as they come.

    close: ends what is behind the pieces, whether they were read or not.
    """

    status: int
    headers: Headers
    content: bytes | AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]] = _nothing


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call."""

    prompt_tokens: int
    output_tokens: int
