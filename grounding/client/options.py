"""The keyword arguments of the client's methods. What is not given is left to the service."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, TypedDict

from connectors.records import JsonValue

Time: TypeAlias = datetime | str
"""An aware datetime, or RFC 3339 with an offset."""
Dialect: TypeAlias = Literal["openai", "anthropic", "cohere", "plain"]
"""The form of a prompt."""
Duration: TypeAlias = timedelta | str
"""A timedelta, or text such as "15m", "2h" or "P1D"."""


class Filters(TypedDict, total=False):
    """Which evidence may be found.

    as_of: valid in the world then. known_at: received by the service until then.
    include_history: also what was superseded, removed or expired by then.
    require_fresh: raise `NotFresh` instead of answering from a stale source; refresh_within:
    have it read once first, for at most that long.
    min_seq: see at least what a push answered with this `seq`.
    interpret: False to let no name, number or time that the question says itself count.
    timezone: IANA name of the zone in which its times are meant, and a prompt's clock is shown.
    exact: compare with every vector, which takes longer; else very rarely one is passed over.
    """

    as_of: Time | None
    known_at: Time | None
    published_after: Time | None
    published_before: Time | None
    max_age: Duration | None
    sources: Iterable[str] | None
    collections: Iterable[str] | None
    include_domains: Iterable[str] | None
    include_history: bool | None
    require_fresh: bool | None
    refresh_within: Duration | None
    min_seq: int | None
    interpret: bool | None
    timezone: str | None
    exact: bool | None


class Choice(Filters, total=False):
    """How evidence is chosen of what is found.

    diversity: 0 takes the best; towards 1 more and more what is unlike the rest of the evidence.
    explain: answer with every candidate that was looked at, and what became of it.
    """

    diversity: float | None
    explain: bool | None


class SearchOptions(Choice, total=False):
    """max_per_source: results of any one source."""

    max_results: int | None
    max_per_source: int | None


class Share(TypedDict, total=False):
    """How many items are to be of a source, if it has them, and how many may be."""

    min: int
    max: int | None


class AugmentOptions(Choice, total=False):
    """token_budget bounds what is added to the user's turn.

    tokenizer: whose tokens are counted, such as "gpt-4o" or "hf:Qwen/Qwen2.5-7B-Instruct".
    max_per_source: items of any one source; per_source: of those named, {"NAME": {"min": 1}}.
    dialect: the form of the prompt, "openai" unless given; messages are given in OpenAI's.
    datamark: mark quoted prose word by word, so that it is told from orders.
    """

    max_items: int | None
    token_budget: int | None
    tokenizer: str | None
    max_per_source: int | None
    per_source: Mapping[str, Share] | None
    dialect: Dialect | None
    datamark: bool | None


class ChatOptions(Filters, total=False):
    """How an answer is grounded; what is not given is as the service has it in `[gateway]`.

    mode: "always", "auto" or "never". cache: False to have an llm answer anew.
    route: False to search everywhere. timeout: for the llm's answer.
    datamark: mark quoted prose word by word.
    check: "off", "annotate", "block", "retry" or "abstain", for an answer that does not hold.
    """

    mode: str | None
    max_items: int | None
    token_budget: int | None
    tokenizer: str | None
    max_per_source: int | None
    per_source: Mapping[str, Share] | None
    diversity: float | None
    datamark: bool | None
    cache: bool | None
    route: bool | None
    timeout: Duration | None
    check: str | None


class CheckOptions(TypedDict, total=False):
    """How an answer is checked.

    citation_threshold: the least score at which a claim is given citations.
    question: what it is an answer to, with facts.
    as_of, timezone: the clock that the answer's author was shown, with facts.
    keep: False to keep nothing of the answer beside its receipt.
    """

    citation_threshold: float | None
    question: str | None
    as_of: Time | None
    timezone: str | None
    keep: bool | None


class SourceSettings(TypedDict, total=False):
    """How a source is read: schedule is "every 15m" or "cron */5 * * * *".

    ttl: how long its items hold that do not say so themselves.
    half_life: after how long they count half as new, or "timeless".
    """

    options: Mapping[str, JsonValue]
    collection: str
    schedule: str | None
    jitter: Duration | None
    warn_after: Duration | None
    error_after: Duration | None
    ttl: Duration | None
    half_life: Duration | None
    enabled: bool


class Instants(TypedDict, total=False):
    """The two instants to look through; each is the present unless given."""

    as_of: Time | None
    known_at: Time | None


class DocumentsOptions(Instants, total=False):
    source: str | None
    include_history: bool | None
    limit: int | None


class SeriesOptions(Instants, total=False):
    source: str | None
    key: str | None
    limit: int | None


class ObservationsOptions(Instants, total=False):
    """start is inclusive, end exclusive; include_history shows every revision."""

    source: str | None
    start: Time | None
    end: Time | None
    include_history: bool | None
    limit: int | None
