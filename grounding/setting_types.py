"""Types of settings: durations, addresses, and what every section has."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from connectors.secrets import reference_in
from indexer.durations import parse_duration, parse_half_life


def _as_duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError('expected a duration such as "30s", "15m" or "P1D"')


Duration = Annotated[timedelta, BeforeValidator(_as_duration)]
HalfLifeSeconds = Annotated[float, BeforeValidator(parse_half_life)]


def _as_public_url(text: str) -> str:
    """Return the address without a slash at its end, so that paths can be put behind it."""
    expected = "expected https://HOST or https://HOST/PATH, as seen from outside"
    try:
        parts = urlsplit(text)
        is_reachable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        is_reachable = is_reachable and parts.port != 0
    except ValueError as error:
        raise ValueError(expected) from error
    is_bare = not parts.query and not parts.fragment and "@" not in parts.netloc
    if not is_reachable or not is_bare or " " in text or not text.isprintable():
        raise ValueError(expected)
    return text.rstrip("/")


PublicUrl = Annotated[str, AfterValidator(_as_public_url)]


def _as_proxy(text: str) -> str:
    parts = urlsplit(text)
    if reference_in(text):
        return text
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected http://HOST:PORT or https://HOST:PORT")
    if "@" in parts.netloc:
        raise ValueError("holds a password: put it all into a variable and write env:NAME")
    return text


Proxy = Annotated[str, AfterValidator(_as_proxy)]


def _as_upstream_url(text: str) -> str:
    expected = "expected http://HOST/PATH or https://HOST/PATH, such as https://api.openai.com/v1"
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ValueError(expected) from error
    if not is_usable or parts.query or parts.fragment or not text.isprintable() or " " in text:
        raise ValueError(expected)
    if "@" in parts.netloc:
        raise ValueError("holds a password: put it into api_key or headers, as env:NAME")
    return text.rstrip("/")


UpstreamUrl = Annotated[str, AfterValidator(_as_upstream_url)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
