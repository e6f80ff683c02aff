"""What a source answered: its content, how to recognise it again, and what its headers say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from typing import Self

import httpx

from connectors.clock import Clock
from connectors.dates import parse_http_date
from connectors.http.caching import fresh_for_seconds
from connectors.http.link_header import Link, read_links


@dataclass(frozen=True, slots=True)
class Validators:
    """What a source gave to recognise its content by, sent back to ask "changed since?"."""

    etag: str | None = None
    last_modified: str | None = None

    @classmethod
    def from_cursor(cls, cursor: Mapping[str, object]) -> Self:
        """Read what `as_cursor` wrote; anything else counts as unknown."""
        etag, last_modified = cursor.get("etag"), cursor.get("last_modified")
        return cls(
            etag=etag if isinstance(etag, str) else None,
            last_modified=last_modified if isinstance(last_modified, str) else None,
        )

    def as_cursor(self) -> dict[str, str]:
        known = {"etag": self.etag, "last_modified": self.last_modified}
        return {name: value for name, value in known.items() if value is not None}


NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a source answered.

    url: where the content was found, after redirects; without a password, but a query that
        held a secret still holds it.
    media_type: lower case, without parameters, "" when the source did not say.
    bytes_received: size of the body on the wire, before decompression.
    is_unmodified: the source said nothing changed; `body` is then empty.
    fresh_for_seconds: how long the source says that this holds; 0 means ask anew each time,
        None that it does not say.
    links: of the Link headers; those in the body are not looked for.
    content_language: the first language named, as the source writes it.
    robots_tags: of the X-Robots-Tag headers, as they are.
    """

    url: str
    status: int
    body: bytes
    media_type: str
    charset: str | None
    validators: Validators
    bytes_received: int
    is_unmodified: bool
    fresh_for_seconds: float | None = None
    links: tuple[Link, ...] = ()
    content_language: str | None = None
    robots_tags: tuple[str, ...] = ()

    @property
    def last_modified_at(self) -> datetime | None:
        """When the source says that its content last changed."""
        return parse_http_date(self.validators.last_modified or "")

    def linked(self, rel: str) -> tuple[str, ...]:
        """Return where the Link headers point to under `rel`, such as "hub" or "next"."""
        return tuple(link.url for link in self.links if rel in link.rels)


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers of an answer, before its body."""

    url: httpx.URL
    status: int
    headers: httpx.Headers

    @property
    def is_unmodified(self) -> bool:
        return self.status == 304

    def with_body(
        self, body: bytes, *, bytes_received: int, known: Validators, clock: Clock
    ) -> Reply:
        """Make the reply; `known` is what was asked with, which a 304 confirms."""
        content_type = self.headers.get("content-type", "")
        languages = self.headers.get("content-language", "").split(",")
        return Reply(
            url=str(self.url.copy_with(userinfo=b"")),
            status=self.status,
            body=body,
            media_type=content_type.partition(";")[0].strip().lower(),
            charset=_charset(content_type),
            validators=_validators(self.headers, known if self.is_unmodified else NO_VALIDATORS),
            bytes_received=bytes_received,
            is_unmodified=self.is_unmodified,
            fresh_for_seconds=fresh_for_seconds(self.headers, clock),
            links=read_links(self.headers.get_list("link"), self.url),
            content_language=languages[0].strip() or None,
            robots_tags=tuple(self.headers.get_list("x-robots-tag")),
        )


def _charset(content_type: str) -> str | None:
    message = Message()
    message["Content-Type"] = content_type
    return message.get_content_charset()


def _validators(headers: httpx.Headers, known: Validators) -> Validators:
    def sendable(name: str) -> str | None:
        value = headers.get(name, "")
        return value if value.isascii() and value.isprintable() and value else None

    return Validators(
        etag=sendable("etag") or known.etag,
        last_modified=sendable("last-modified") or known.last_modified,
    )
