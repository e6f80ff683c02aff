"""The keyword arguments of the client's methods. What is not given is left to the service."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias, TypedDict

from connectors.records import JsonValue

Time: TypeAlias = datetime | str
"""An aware datetime, or RFC 3339 with an offset."""
Duration: TypeAlias = timedelta | str
"""A timedelta, or text such as "15m", "2h" or "P1D"."""


class Filters(TypedDict, total=False):
    """Which evidence may be found.

    as_of: valid in the world then. known_at: received by the service until then.
    min_seq: see at least what a push answered with this `seq`.
    """

    as_of: Time | None
    known_at: Time | None
    published_after: Time | None
    published_before: Time | None
    max_age: Duration | None
    sources: Iterable[str] | None
    collections: Iterable[str] | None
    include_domains: Iterable[str] | None
    min_seq: int | None


class SearchOptions(Filters, total=False):
    max_results: int | None


class AugmentOptions(Filters, total=False):
    """token_budget bounds what is added to the user's turn; timezone is an IANA name."""

    max_items: int | None
    token_budget: int | None
    timezone: str | None


class SourceSettings(TypedDict, total=False):
    """How a source is read: schedule is "every 15m" or "cron */5 * * * *"."""

    options: Mapping[str, JsonValue]
    collection: str
    schedule: str | None
    jitter: Duration | None
    warn_after: Duration | None
    error_after: Duration | None
    enabled: bool
