"""Connections that go only where they may: addresses are checked after DNS, at connect time.

A check before the request would look at one DNS answer and connect to another. Here the name is
resolved once, every address is judged, and the very address that passed is connected to. TLS
still verifies the name. Looking a name up takes as long as the system's resolver allows; all
else is held to the `Deadline`.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from time import monotonic
from typing import Any, TypeAlias

import httpcore

from connectors.errors import SourceBroken

Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
SocketOption: TypeAlias = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)

_IPV4_IN_LAST_BITS = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))  # NAT64, compatible


def connection_pool(
    *, ssl_context: ssl.SSLContext, deadline: "Deadline", allow_private_addresses: bool
) -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(
        ssl_context=ssl_context,
        max_connections=64,
        max_keepalive_connections=16,
        keepalive_expiry=15,
        network_backend=CheckedBackend(
            deadline=deadline, allow_private_addresses=allow_private_addresses
        ),
    )


class Deadline(threading.local):
    """When the attempt that the current thread is making must be over; each thread has its own."""

    def __init__(self) -> None:
        self._at: float | None = None

    def start(self, seconds: float) -> None:
        self._at = monotonic() + seconds

    def within(self, timeout_seconds: float | None) -> float | None:
        """Shorten one operation's timeout to the time left.

        Raises:
            httpcore.ReadTimeout: none is left.
        """
        if self._at is None:
            return timeout_seconds
        left = self._at - monotonic()
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
        for address in self._permitted(host, port):
            try:
                stream = self._sockets.connect_tcp(
                    address, port, self._deadline.within(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure

    def _permitted(self, host: str, port: int) -> Sequence[str]:
        addresses = self._resolve(host, port)
        if self._allow_private_addresses:
            return self._not_link_local(host, addresses)
        public = [address for address in addresses if is_public(ip_address(address))]
        if addresses and not public:
            raise SourceBroken(
                f"{host} is at {addresses[0]}, which is not a public address; to read sources on "
                "this machine or the local network set `[fetch] allow_private_addresses = true`"
            )
        return public

    def _not_link_local(self, host: str, addresses: Sequence[str]) -> Sequence[str]:
        """Clouds serve credentials at link-local addresses; no source is ever read there."""
        found = [each for each in addresses if not _is_link_local(ip_address(each))]
        if addresses and not found:
            raise SourceBroken(f"{host} is at {addresses[0]}, a link-local address, never read")
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


def is_public(address: Address) -> bool:
    """Tell whether `address`, and every IPv4 address embedded in it, is on the public internet."""
    return all(_is_public_itself(each) for each in (address, *_embedded(address)))


def _is_public_itself(address: Address) -> bool:
    is_special = (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_loopback
        or address.is_link_local
        or (isinstance(address, IPv6Address) and address.is_site_local)
    )
    # NAT64 addresses are how an IPv6-only network reaches the public IPv4 internet; the IPv4
    # address inside is judged by itself. Some Python releases count them as reserved.
    if isinstance(address, IPv6Address) and address in _IPV4_IN_LAST_BITS[0]:
        return True
    return address.is_global and not is_special


def _is_link_local(address: Address) -> bool:
    return any(each.is_link_local for each in (address, *_embedded(address)))


def _embedded(address: Address) -> Iterator[IPv4Address]:
    """Find the IPv4 addresses a packet to this IPv6 address may end up at."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if any(address in network for network in _IPV4_IN_LAST_BITS):
        yield IPv4Address(int(address) & 0xFFFF_FFFF)


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every operation also ends at the deadline: a slow drip is cut off."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.within(timeout))

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
