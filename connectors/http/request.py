"""What is asked of a source, and what of it goes to which host: secrets stay where they belong."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from connectors.errors import SourceBroken
from connectors.http.reply import NO_VALIDATORS, Validators
from connectors.http.urls import is_same_origin, masked_url

# About one connection, not about the source: HTTP/2 forbids them, and the pool decides.
_OF_THE_CONNECTION = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"}
)
_FIELD_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Request:
    """One url to ask.

    headers: as configured; they go to the origin of `url` only.
    form: a body to send, url-encoded; without one the url is read.
    obeys_robots: ask robots.txt of every host on the way first.
    first_bytes: read no more than so many of the body, and say nothing of the rest.
    """

    url: httpx.URL
    validators: Validators = NO_VALIDATORS
    headers: Mapping[str, str] = field(default_factory=dict)
    form: bytes | None = None
    obeys_robots: bool = False
    first_bytes: int | None = None

    @property
    def method(self) -> str:
        return "GET" if self.form is None else "POST"

    @property
    def is_conditional(self) -> bool:
        names = {name.lower() for name in self.headers}
        return bool(self.validators.as_cursor()) or bool(
            names & {"if-none-match", "if-modified-since"}
        )

    def headers_for(self, hop: httpx.URL, user_agent: str) -> list[tuple[bytes, bytes]]:
        """Return what to send to `hop`, which is `url` or where it redirects.

        Raises:
            SourceBroken: a configured header has characters that may not be sent.
        """
        headers = httpx.Headers(
            {"Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": user_agent}
        )
        if self.validators.etag:
            headers["If-None-Match"] = self.validators.etag
        if self.validators.last_modified:
            headers["If-Modified-Since"] = self.validators.last_modified
        if is_same_origin(self.url, hop):
            headers.update(self._secret_headers())
        if self.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Content-Length"] = str(len(self.form))
        headers["Host"] = hop.netloc.decode()
        for name, value in headers.raw:
            if not _FIELD_NAME.fullmatch(name) or _CONTROL.search(value):
                shown = name.decode("ascii", errors="replace")
                raise SourceBroken(
                    f"{masked_url(hop)}: cannot be asked for: header {shown!r} has characters "
                    "that may not be sent"
                )
        return headers.raw

    def _secret_headers(self) -> httpx.Headers:
        headers = httpx.Headers()
        if self.url.userinfo:
            pair = f"{self.url.username}:{self.url.password}".encode()
            headers["Authorization"] = "Basic " + b64encode(pair).decode()
        given = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in _OF_THE_CONNECTION
        }
        headers.update(httpx.Headers(given, encoding="utf-8"))
        return headers
