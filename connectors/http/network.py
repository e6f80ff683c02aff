"""Connections that go only where they may: addresses are checked after DNS, at connect time.

A check before the request would look at one DNS answer and connect to another. Here the name is
resolved once, every address is judged, and the very address that passed is connected to. TLS
still verifies the name. Everything is held to the `Deadline`: looking a name up, connecting, and
each read and write.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from ipaddress import ip_address
from time import monotonic
from typing import Any, TypeAlias

import httpcore

from connectors.errors import SourceBroken
from connectors.http.addresses import gives_secrets, is_public

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
SocketOption: TypeAlias = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)

MOST_LOOKUPS = 32
"""Names looked up at once: the system's resolver cannot be stopped, it is only not waited for."""
_lookups = threading.BoundedSemaphore(MOST_LOOKUPS)


class Deadline(threading.local):
    """When what the current thread fetches must be over, and how many bytes may still arrive.

    Each thread has its own. Bytes are counted as the network delivers them, so that headers,
    framing and what a server sends before its answer count too.
    """

    def __init__(self) -> None:
        self._at: float | None = None
        self._bytes_left: int | None = None

    def start(self, seconds: float) -> None:
        self._at = monotonic() + seconds
        self._bytes_left = None

    def allow(self, max_bytes: int) -> None:
        """Let at most `max_bytes` arrive from now on."""
        self._bytes_left = max_bytes

    def count(self, received: bytes) -> bytes:
        """Take what arrived off what may still arrive.

        Raises:
            SourceBroken: it is more.
        """
        if self._bytes_left is not None:
            self._bytes_left -= len(received)
            if self._bytes_left < 0:
                raise SourceBroken("the server sends more than is read of one answer")
        return received

    def seconds_left(self) -> float | None:
        return None if self._at is None else self._at - monotonic()

    def within(self, timeout_seconds: float | None) -> float | None:
        """Shorten one operation's timeout to the time left.

        Raises:
            httpcore.ReadTimeout: none is left.
        """
        left = self.seconds_left()
        if left is None:
            return timeout_seconds
        if left <= 0:
            raise httpcore.ReadTimeout("no time left")
        return left if timeout_seconds is None else min(left, timeout_seconds)


class CheckedBackend(httpcore.NetworkBackend):
    """Opens sockets for a connection pool, to public addresses only unless told otherwise."""

    def __init__(
        self,
        *,
        deadline: Deadline,
        allow_private_addresses: bool = False,
        resolve: Resolve | None = None,
    ) -> None:
        self._deadline = deadline
        self._allow_private_addresses = allow_private_addresses
        self._resolve = resolve or resolved
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._permitted(host, port, timeout):
            try:
                stream = self._sockets.connect_tcp(
                    address, port, self._deadline.within(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure

    def _permitted(self, host: str, port: int, timeout: float | None) -> Sequence[str]:
        addresses = _looked_up(self._resolve, host, port, self._deadline.within(timeout))
        if self._allow_private_addresses:
            return self._without_secrets(host, addresses)
        public = [address for address in addresses if is_public(ip_address(address))]
        if addresses and not public:
            raise SourceBroken(
                f"{host} is at {addresses[0]}, which is not a public address; to read sources on "
                "this machine or the local network set `[fetch] allow_private_addresses = true`"
            )
        return public

    def _without_secrets(self, host: str, addresses: Sequence[str]) -> Sequence[str]:
        found = [each for each in addresses if not gives_secrets(ip_address(each))]
        if addresses and not found:
            raise SourceBroken(
                f"{host} is at {addresses[0]}, a link-local address or one at which clouds serve "
                "credentials, never read"
            )
        return found


def resolved(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of `host`, in its order of preference.

    Raises:
        httpcore.ConnectError: there is none, or the resolver cannot be asked.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host} cannot be resolved: {error}") from error
    return [str(entry[4][0]) for entry in found]


def _looked_up(
    resolve: Resolve, host: str, port: int, timeout_seconds: float | None
) -> Sequence[str]:
    """Resolve `host` in a thread of its own, which is left behind when the time is up.

    Raises:
        httpcore.ConnectTimeout: it takes longer, or too many others do.
    """
    too_long = httpcore.ConnectTimeout(f"{host} is not resolved in time")
    wait_seconds = threading.TIMEOUT_MAX if timeout_seconds is None else timeout_seconds
    if not _lookups.acquire(timeout=wait_seconds):
        raise too_long
    answer: Future[Sequence[str]] = Future()

    def look_up() -> None:
        try:
            answer.set_result(resolve(host, port))
        except Exception as error:  # noqa: BLE001 - raised where the answer is awaited
            answer.set_exception(error)
        finally:
            _lookups.release()

    threading.Thread(target=look_up, name="resolver", daemon=True).start()
    try:
        return answer.result(timeout_seconds)
    except TimeoutError as error:
        raise too_long from error


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every operation also ends at the deadline: a slow drip is cut off."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        received = self._stream.read(max_bytes, self._deadline.within(timeout))
        return self._deadline.count(received)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.within(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(
            ssl_context, server_hostname, self._deadline.within(timeout)
        )
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # Any: httpcore's own signature
        return self._stream.get_extra_info(info)
