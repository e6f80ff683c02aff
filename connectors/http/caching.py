"""How long an answer says that it holds (RFC 9111), and when a busy server wants to be asked."""

import re

import httpx

from connectors.clock import Clock
from connectors.dates import parse_http_date

_MAX_AGE = re.compile(r"max-age\s*=\s*\"?([0-9]+)\"?")
_MOST_DIGITS = 12


def fresh_for_seconds(headers: httpx.Headers, clock: Clock) -> float | None:
    """Return how long the answer is still good, 0 if it must be asked for anew, None if unsaid.

    `s-maxage` is for caches that many share; this one serves one reader.
    """
    directives = _directives(headers)
    if directives & {"no-store", "no-cache"}:
        return 0.0
    lifetime = _max_age(directives)
    if lifetime is None:
        lifetime = _until_expires(headers, clock)
    if lifetime is None:
        return None
    return max(0.0, lifetime - _seconds(headers.get("age", "")))


def seconds_until(retry_after: str, clock: Clock) -> float | None:
    """Read a Retry-After: seconds, or a date; None if it is neither."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:_MOST_DIGITS])
    at = parse_http_date(retry_after)
    return None if at is None else max(0.0, (at - clock()).total_seconds())


def _directives(headers: httpx.Headers) -> set[str]:
    given = headers.get("cache-control", "").lower().split(",")
    # `no-cache="set-cookie"` is about that header, not about the answer.
    return {directive.strip() for directive in given}


def _max_age(directives: set[str]) -> float | None:
    named = [each for each in directives if each.partition("=")[0].strip() == "max-age"]
    read = [found for found in map(_MAX_AGE.fullmatch, named) if found]
    if read:
        return min(float(found[1][:_MOST_DIGITS]) for found in read)
    return 0.0 if named else None


def _until_expires(headers: httpx.Headers, clock: Clock) -> float | None:
    if "expires" not in headers:
        return None
    expires = parse_http_date(headers["expires"])
    if expires is None:
        return 0.0  # "0" and the like mean that it has already expired
    sent = parse_http_date(headers.get("date", "")) or clock()
    return (expires - sent).total_seconds()


def _seconds(text: str) -> float:
    return float(text[:_MOST_DIGITS]) if text.isascii() and text.isdigit() else 0.0
