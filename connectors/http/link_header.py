"""Links in the `Link` headers of an answer (RFC 8288): hubs, the own address, the next page."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import httpx

from connectors.errors import SourceBroken
from connectors.http.urls import web_url

MOST_LINKS = 100
LONGEST_HEADER = 20_000

_TARGET = re.compile(r"[\s,]*<([^<>]*)>")
# What ends a link is a comma outside quotes.
_PARAMETER = re.compile(
    r"""\s*;\s*(?P<name>[^\s=;,"<>]+)\s*(?:=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s;,"]*)))?"""
)
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Link:
    """Where an answer points to, as an absolute url, and how that relates to it (lower case)."""

    url: str
    rels: tuple[str, ...]
    media_type: str = ""


def read_links(headers: Iterable[str], base: httpx.URL) -> tuple[Link, ...]:
    """Return the links that can be read; what cannot is left out, never an error."""
    found = []
    for header in headers:
        for target, parameters in _parsed(header[:LONGEST_HEADER]):
            url = absolute(base, target)
            rels = tuple(dict.fromkeys(parameters.get("rel", "").lower().split()))
            # With an anchor the link is about something else than what was asked for.
            if url is None or not rels or "anchor" in parameters:
                continue
            found.append(Link(url, rels, parameters.get("type", "").lower()))
    return tuple(found[:MOST_LINKS])


def _parsed(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    position = 0
    while target := _TARGET.match(header, position):
        position = target.end()
        parameters: dict[str, str] = {}
        while parameter := _PARAMETER.match(header, position):
            position = parameter.end()
            # Of a parameter given twice the first one counts.
            parameters.setdefault(parameter["name"].lower(), _value(parameter))
        yield target[1].strip(), parameters
        position = _end_of_link(header, position)


def _value(parameter: re.Match[str]) -> str:
    if parameter["quoted"] is not None:
        return _ESCAPED.sub(r"\1", parameter["quoted"])
    return parameter["plain"] or ""


def _end_of_link(header: str, position: int) -> int:
    comma = header.find(",", position)
    return len(header) if comma < 0 else comma


def absolute(base: httpx.URL, target: str) -> str | None:
    """Return `target` as an absolute web address, None if it is none."""
    try:
        return str(web_url(str(base.join(target))))
    except (httpx.InvalidURL, ValueError, SourceBroken):
        return None
