"""Polite HTTP for every connector: conditional, bounded, retried, and safe to point anywhere.

    fetch ─ attempt (again while the source is busy) ─ hop (again while redirected) ─ Reply

One attempt has one deadline for everything: connecting, redirects, headers and body. The
connection pool is used directly because a full HTTP client would keep cookies, read proxies
from the environment, follow redirects unchecked, and log URLs with the secrets in them.
"""

import ssl
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from importlib import metadata
from time import sleep as really_sleep
from types import TracebackType
from typing import Self

import httpcore
import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from connectors.clock import Clock, utc_now
from connectors.dates import parse_http_date
from connectors.errors import RetryLater, SourceBroken
from connectors.network import Deadline, connection_pool
from connectors.urls import is_same_origin, masked_url, redirect_target, web_url
from connectors.wire import CountedChunks, decoded

REDIRECTS = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({408, 425, 429})


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


@dataclass(frozen=True, slots=True)
class Reply:
    """What a source answered.

    url: where the content was found, after redirects; without a password, but a query that
        held a secret still holds it.
    media_type: lower case, without parameters, "" when the source did not say.
    bytes_received: size of the body on the wire, before decompression.
    is_unmodified: the source said nothing changed; `body` is then empty.
    """

    url: str
    status: int
    body: bytes
    media_type: str
    charset: str | None
    validators: Validators
    bytes_received: int
    is_unmodified: bool


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bounds of one `fetch`.

    timeout_seconds: one attempt in total, redirects included.
    max_bytes: size of the body after decompression.
    attempts: how often a busy or unreachable source is asked, the first time included.
    longest_wait_seconds: a source that wishes a longer pause is left to its next planned read.
    """

    timeout_seconds: float = 30
    connect_timeout_seconds: float = 10
    max_bytes: int = 20_000_000
    max_redirects: int = 5
    attempts: int = 3
    longest_wait_seconds: float = 20


_DEFAULT_LIMITS = FetchLimits()
_NO_VALIDATORS = Validators()


class Fetcher:
    """Fetches URLs for any number of sources and threads; keeps nothing but open connections."""

    def __init__(
        self,
        limits: FetchLimits = _DEFAULT_LIMITS,
        *,
        user_agent: str | None = None,
        allow_private_addresses: bool = False,
        sleep: Callable[[float], None] = really_sleep,
        clock: Clock = utc_now,
    ) -> None:
        self._limits = limits
        self._user_agent = user_agent or default_user_agent()
        self._sleep = sleep
        self._clock = clock
        self._deadline = Deadline()
        self._backoff = wait_exponential(
            multiplier=0.5, max=limits.longest_wait_seconds
        ) + wait_random(0, 0.5)
        self._pool = connection_pool(
            ssl_context=httpx.create_ssl_context(),
            deadline=self._deadline,
            allow_private_addresses=allow_private_addresses,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._pool.close()

    def fetch(
        self,
        url: str,
        *,
        validators: Validators = _NO_VALIDATORS,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Read `url`, asking again while the source is busy.

        `headers` go to the origin of `url` only, never to where it redirects.

        Raises:
            RetryLater: unreachable, too slow, busy (408, 425, 429) or failing (5xx).
            SourceBroken: refused (other 4xx), too large, not HTTP, or at a refused address.
        """
        request = _Request(web_url(url), validators, dict(headers or {}))
        attempts = Retrying(
            stop=stop_after_attempt(self._limits.attempts),
            wait=self._pause_seconds,
            retry=retry_if_exception(self._may_ask_again),
            sleep=self._sleep,
            reraise=True,
        )
        return attempts(self._attempt, request)

    def _may_ask_again(self, error: BaseException) -> bool:
        if not isinstance(error, RetryLater):
            return False
        return (error.retry_after_seconds or 0) <= self._limits.longest_wait_seconds

    def _pause_seconds(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        wish = error.retry_after_seconds if isinstance(error, RetryLater) else None
        return max(wish or 0, self._backoff(state))

    def _attempt(self, request: "_Request") -> Reply:
        self._deadline.start(self._limits.timeout_seconds)
        url = request.url
        for _ in range(self._limits.max_redirects + 1):
            answer = self._hop(url, request)
            if isinstance(answer, Reply):
                return answer
            url = answer
        raise SourceBroken(
            f"{masked_url(request.url)}: redirects more than {self._limits.max_redirects} times"
        )

    def _hop(self, url: httpx.URL, request: "_Request") -> Reply | httpx.URL:
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        timeouts = {
            "connect": self._limits.connect_timeout_seconds,
            "pool": self._limits.timeout_seconds,
        }
        with (
            _errors_as_ours(masked_url(url)),
            self._pool.stream(
                "GET",
                target,
                headers=request.headers_for(url, self._user_agent),
                extensions={"timeout": timeouts},
            ) as response,
        ):
            headers = httpx.Headers(response.headers)
            if response.status in REDIRECTS:
                return redirect_target(url, headers.get("location", ""))
            return self._reply(url, request, response, headers)

    def _reply(
        self,
        url: httpx.URL,
        request: "_Request",
        response: httpcore.Response,
        headers: httpx.Headers,
    ) -> Reply:
        is_unmodified = response.status == 304
        if not is_unmodified:
            self._check_status(url, response.status, headers)
        elif not request.is_conditional:
            raise SourceBroken(f"{masked_url(url)}: answered 304 to an unconditional request")
        wire = CountedChunks(response.iter_stream())
        body = b"" if is_unmodified else self._body(wire, headers, masked_url(url))
        return Reply(
            url=str(url.copy_with(userinfo=b"")),
            status=response.status,
            body=body,
            media_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
            charset=_charset(headers.get("content-type", "")),
            validators=_validators(
                headers, request.validators if is_unmodified else _NO_VALIDATORS
            ),
            bytes_received=wire.count,
            is_unmodified=is_unmodified,
        )

    def _check_status(self, url: httpx.URL, status: int, headers: httpx.Headers) -> None:
        if 200 <= status < 300:
            return
        message = f"{masked_url(url)}: answered {status} {_reason(status)}".rstrip()
        if status in BUSY or status >= 500:
            wish = _seconds_until(headers.get("retry-after", ""), self._clock)
            raise RetryLater(message, retry_after_seconds=wish)
        raise SourceBroken(message + _advice(status))

    def _body(self, wire: CountedChunks, headers: httpx.Headers, source: str) -> bytes:
        limit = self._limits.max_bytes
        too_large = SourceBroken(
            f"{source}: larger than the {limit} bytes that are read of a source"
        )
        length = headers.get("content-length", "")
        if length.isdigit() and int(length[:20]) > limit:
            raise too_large
        coding = headers.get("content-encoding", "").strip().lower()
        body = bytearray()
        for part in decoded(wire, coding):
            body += part
            if max(len(body), wire.count) > limit:
                raise too_large
        return bytes(body)


def default_user_agent(contact: str | None = None) -> str:
    """Say who is reading and, for the operators of sources, whom to write to."""
    try:
        version = metadata.version("grounding")
    except metadata.PackageNotFoundError:
        version = "0"
    return f"grounding/{version} (+{contact})" if contact else f"grounding/{version}"


@dataclass(frozen=True, slots=True)
class _Request:
    url: httpx.URL
    validators: Validators
    headers: Mapping[str, str]

    @property
    def is_conditional(self) -> bool:
        names = {name.lower() for name in self.headers}
        return bool(self.validators.as_cursor()) or bool(
            names & {"if-none-match", "if-modified-since"}
        )

    def headers_for(self, hop: httpx.URL, user_agent: str) -> list[tuple[bytes, bytes]]:
        headers = httpx.Headers(
            {"Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": user_agent}
        )
        if self.validators.etag:
            headers["If-None-Match"] = self.validators.etag
        if self.validators.last_modified:
            headers["If-Modified-Since"] = self.validators.last_modified
        if is_same_origin(self.url, hop):
            if self.url.userinfo:
                pair = f"{self.url.username}:{self.url.password}".encode()
                headers["Authorization"] = "Basic " + b64encode(pair).decode()
            headers.update(httpx.Headers(self.headers, encoding="utf-8"))
        headers["Host"] = hop.netloc.decode()
        return headers.raw


@contextmanager
def _errors_as_ours(source: str) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise RetryLater(f"{source}: took too long: {error or type(error).__name__}") from error
    except httpcore.LocalProtocolError as error:
        raise SourceBroken(f"{source}: cannot be asked for: {error}") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in error.args):
            raise SourceBroken(f"{source}: its certificate is not trusted: {error}") from error
        raise RetryLater(f"{source}: {error or type(error).__name__}") from error
    except zlib.error as error:
        raise SourceBroken(f"{source}: its content-encoding is not valid: {error}") from error


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


def _seconds_until(retry_after: str, clock: Clock) -> float | None:
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:12])
    at = parse_http_date(retry_after)
    return None if at is None else max(0.0, (at - clock()).total_seconds())


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _advice(status: int) -> str:
    if status in {401, 403}:
        return "; check the credentials in its options"
    return "; check its url" if status in {404, 410} else ""
