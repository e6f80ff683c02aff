"""An internet of one machine, for everything in this process that opens a connection.

Names resolve as they are told to. An address that was declared public leads to a web site on
loopback, a declared dead one to nothing, and every other address to the canary: who connects to
anything private, special or unforeseen is counted there. The standard library's own functions are
replaced, below every HTTP client and every proxy setting, so that nothing can go around them.
"""

import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import TracebackType
from typing import Any, Self, TypeAlias
from unittest.mock import patch

from benchmarks.ssrf.canary import Canary
from benchmarks.ssrf.site import PublicSite

Answers: TypeAlias = Sequence[Sequence[str]]
"""The addresses of a name at its first lookup, at its second, …; the last ones stay."""

TLS_PORTS = {443, 8443}


class Internet:
    """In force between `__enter__` and `__exit__`."""

    def __init__(self, canary: Canary, site: PublicSite, *, public: Sequence[str]) -> None:
        self._canary = canary
        self._site = site
        self._public = {ip_address(each) for each in public}
        self._dead: set[IPv4Address | IPv6Address] = set()
        self._names: dict[str, list[Sequence[str]]] = {}
        self._really_resolve: Callable[..., Any] = socket.getaddrinfo  # Any: its own signature
        self._really_connect: Callable[..., socket.socket] = socket.create_connection
        self._patches = ExitStack()
        self.forbidden: list[str] = []
        """Where somebody wanted to connect to and must not, in order."""

    def tell(self, names: Mapping[str, Answers], *, dead: Sequence[str] = ()) -> None:
        """Forget all names and know these."""
        self._names = {name: list(answers) for name, answers in names.items()}
        self._dead = {ip_address(each) for each in dead}

    def __enter__(self) -> Self:
        self._patches.enter_context(patch.object(socket, "getaddrinfo", self._resolve))
        self._patches.enter_context(patch.object(socket, "create_connection", self._connect))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._patches.close()

    def _resolve(self, host: str | bytes | None, port: Any, *args: Any, **kw: Any) -> list[Any]:
        # Any: the standard library's own signature
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host or ""
        answers = self._names.get(name.rstrip(".").lower())
        if answers is None:
            # Literals in all their forms, and what the machine itself knows, such as localhost.
            found: list[Any] = self._really_resolve(host, port, *args, **kw)
            return found
        current = answers.pop(0) if len(answers) > 1 else answers[0]
        return [_entry(address, port) for address in current]

    def _connect(self, address: tuple[str, int], *args: Any, **_options: Any) -> socket.socket:
        entry = self._resolve(address[0], address[1], type=socket.SOCK_STREAM)[0]
        destination, port = ip_address(entry[4][0].partition("%")[0]), int(address[1])
        if destination in self._dead:
            raise ConnectionRefusedError(f"nobody is at {destination}")
        if destination in self._public:
            return self._really_connect(self._site.address(is_tls=port in TLS_PORTS), *args)
        self.forbidden.append(f"{destination} port {port}")
        canary = self._canary.address(is_ipv6=destination.version == 6)
        return self._really_connect(canary, *args)


def _entry(address: str, port: object) -> tuple[Any, ...]:  # Any: as getaddrinfo returns it
    number = int(str(port or 0))
    if ":" in address:
        return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, number, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, number))
