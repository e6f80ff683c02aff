"""Connections that are kept and used again, and what goes wrong on them, in our own words.

The connection pool is used directly because a full HTTP client would keep cookies, read proxies
from the environment, follow redirects unchecked, and log URLs with the secrets in them.

HTTP/2 is spoken where the server offers it, with one request at a time: then the thread that
reads from a connection is the one whose deadline holds. An answer that is left in the middle
takes its connection with it, as its rest would arrive in the way of the next one.
"""

import ssl
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import httpcore
import httpx
from h2.exceptions import H2Error

from connectors.errors import ConnectorError, RetryLater, SourceBroken
from connectors.http.network import CheckedBackend, Deadline
from connectors.http.proxy import proxy_of, require_public_number
from connectors.http.reply import Head
from connectors.http.request import Request
from connectors.http.urls import masked_url
from connectors.http.wire import MAX_HEAD_BYTES, CountedChunks, collected, decoded

MOST_DRAINED_BYTES = 16_384
"""So much of an answer that is of no use is read for the sake of its connection."""

_NOT_READABLE = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, H2Error)


@dataclass(frozen=True, slots=True)
class Answer:
    """Head and, where the status is a success, the body."""

    head: Head
    body: bytes
    bytes_received: int


class Connections:
    """Connections to any number of hosts, shared by all threads.

    `http2` only where no two requests to one host run at once.
    """

    def __init__(
        self,
        *,
        deadline: Deadline,
        http2: bool,
        allow_private_addresses: bool = False,
        proxy: str | None = None,
    ) -> None:
        self._deadline = deadline
        self._asks_for_public_only = proxy is not None and not allow_private_addresses
        # Behind a proxy every connection goes to the proxy, which may well be a private address.
        self._pool = _pool(
            CheckedBackend(
                deadline=deadline,
                allow_private_addresses=allow_private_addresses or proxy is not None,
            ),
            http2=http2,
            proxy=proxy,
        )

    def close(self) -> None:
        self._pool.close()

    def ask(
        self,
        url: httpx.URL,
        request: Request,
        *,
        user_agent: str,
        timeouts: Mapping[str, float],
        max_bytes: int,
    ) -> Answer:
        """Send `request` to `url` and read the answer; nothing is followed or repeated.

        Raises:
            RetryLater: unreachable, too slow, or what came is not HTTP.
            SourceBroken: too large, not decodable, or at a refused address.
        """
        headers = request.headers_for(url, user_agent)
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        self._deadline.allow(MAX_HEAD_BYTES)
        if self._asks_for_public_only:
            require_public_number(url)
        with (
            _errors_as_ours(masked_url(url)),
            self._answered(request, target, headers, timeouts) as (response, wire),
        ):
            head = Head(url, response.status, httpx.Headers(response.headers))
            if not 200 <= head.status < 300:
                _drain(wire, head)
                return Answer(head, b"", wire.count)
            self._deadline.allow(_with_framing(max_bytes))
            body = (
                _body(wire, head, max_bytes)
                if request.first_bytes is None
                else _beginning(wire, head, request.first_bytes)
            )
            return Answer(head, body, wire.count)

    @contextmanager
    def _answered(
        self,
        request: Request,
        target: httpcore.URL,
        headers: list[tuple[bytes, bytes]],
        timeouts: Mapping[str, float],
    ) -> Iterator[tuple[httpcore.Response, CountedChunks]]:
        is_whole = False

        def noticed(chunks: Iterator[bytes]) -> Iterator[bytes]:
            nonlocal is_whole
            yield from chunks
            is_whole = True

        try:
            response = self._sent(
                httpcore.Request(
                    request.method,
                    target,
                    headers=headers,
                    content=request.form,
                    extensions={"timeout": dict(timeouts)},
                )
            )
            try:
                yield response, CountedChunks(noticed(response.iter_stream()))
            finally:
                response.close()
        finally:
            if not is_whole:
                self._drop(target.origin)

    def _sent(self, request: httpcore.Request) -> httpcore.Response:
        try:
            return self._pool.handle_request(request)
        except ValueError as error:  # httpcore takes what an HTTP/2 server calls its status as is
            raise httpcore.RemoteProtocolError("its status is no number") from error

    def _drop(self, origin: httpcore.Origin) -> None:
        """Close what leads to `origin` and speaks HTTP/2; HTTP/1.1 is closed by the pool itself."""
        for connection in self._pool.connections:
            if connection.can_handle_request(origin) and "HTTP/2" in connection.info():
                connection.close()


def _pool(backend: CheckedBackend, *, http2: bool, proxy: str | None) -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(
        ssl_context=httpx.create_ssl_context(),
        proxy=None if proxy is None else proxy_of(proxy),
        max_connections=64,
        max_keepalive_connections=16,
        keepalive_expiry=15,
        http2=http2,
        network_backend=backend,
    )


def _body(wire: CountedChunks, head: Head, limit: int) -> bytes:
    too_large = SourceBroken(f"larger than the {limit} bytes that are read of a source")
    if _declared_length(head) > limit:
        raise too_large

    def parts() -> Iterator[bytes]:
        for part in decoded(wire, _coding(head)):
            if wire.count > limit:
                raise too_large
            yield part

    body = collected(parts(), max_bytes=limit)
    if body is None:
        raise too_large
    return body


def _beginning(wire: CountedChunks, head: Head, limit: int) -> bytes:
    body = bytearray()
    for part in decoded(wire, _coding(head)):
        body += part
        if len(body) >= limit:
            break
    return bytes(body[:limit])


def _with_framing(max_bytes: int) -> int:
    return max_bytes + max_bytes // 8 + MAX_HEAD_BYTES


def _drain(wire: CountedChunks, head: Head) -> None:
    if _declared_length(head) > MOST_DRAINED_BYTES:
        return
    with suppress(*_NOT_READABLE, SourceBroken):  # the answer is known without it
        for _ in wire:
            if wire.count > MOST_DRAINED_BYTES:
                return


def _declared_length(head: Head) -> int:
    length = head.headers.get("content-length", "")
    return int(length[:20]) if length.isascii() and length.isdigit() else 0


def _coding(head: Head) -> str:
    coding: str = head.headers.get("content-encoding", "")
    return coding.strip().lower()


@contextmanager
def _errors_as_ours(source: str) -> Iterator[None]:
    try:
        yield
    except (*_NOT_READABLE, httpcore.ProxyError, zlib.error, SourceBroken) as error:
        raise _ours(error, source) from error


def _ours(error: Exception, source: str) -> ConnectorError:
    """Sort by what is to be done: what a server does wrong today it may do right tomorrow."""
    broken = _broken(error)
    if broken:
        return SourceBroken(f"{source}: {broken}")
    told = str(error) or type(error).__name__
    if isinstance(error, httpcore.TimeoutException):
        return RetryLater(f"{source}: took too long: {told}")
    if isinstance(error, httpcore.ProxyError):
        return RetryLater(f"{source}: the proxy refused: {told}")
    if _is_of_http2(error):
        return RetryLater(f"{source}: does not keep to HTTP/2: {told}")
    return RetryLater(f"{source}: {told}")


def _broken(error: Exception) -> str:
    """Say what asking again would not help, "" if it might."""
    if isinstance(error, SourceBroken):  # of a layer below, which does not know what was asked
        return str(error)
    if isinstance(error, zlib.error):
        return f"its content-encoding is not valid: {error}"
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in error.args):
        return f"its certificate is not trusted: {error}"
    if isinstance(error, httpcore.LocalProtocolError) and not _is_of_http2(error):
        # Without the words of the error: they hold the header that does not fit, a secret perhaps.
        return "cannot be asked for: it does not fit into HTTP"
    return ""


def _is_of_http2(error: Exception) -> bool:
    """Tell a fault of an HTTP/2 server; httpcore calls some of them our own."""
    return any(isinstance(each, H2Error) for each in (error, *error.args))
