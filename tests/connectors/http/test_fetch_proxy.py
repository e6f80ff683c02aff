"""A proxy is used when one is configured, and only then."""

import shutil
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from connectors.errors import InvalidOptions, RetryLater, SourceBroken
from connectors.http.fetch import Fetcher, FetchLimits
from tests.fakes import FakeClock
from tests.http2 import Exchange, Http2Server
from tests.web import WebServer, html


class Tunnels:
    """Connects to one place, whatever name it is asked for, and notes what it was asked for."""

    def __init__(self, port: int) -> None:
        self.asked: list[bytes] = []
        self._port = port
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            client, _ = self._socket.accept()
            self.asked.append(client.recv(65536).partition(b"\r\n")[0])
            server = socket.create_connection(("127.0.0.1", self._port))
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            threading.Thread(target=self._copy, args=(server, client), daemon=True).start()
            self._copy(client, server)

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        target.close()


@pytest.fixture
def tunnels(certificate: Path) -> Iterator[tuple[Tunnels, Http2Server]]:
    def respond(exchange: Exchange) -> None:
        exchange.answer(b"through the tunnel")

    with Http2Server(str(certificate), respond) as server:
        tunnels = Tunnels(int(server.url().rpartition(":")[2].strip("/")))
        yield tunnels, server
        tunnels.close()


def proxied(proxy: str, *, allow_private_addresses: bool = False) -> Fetcher:
    return Fetcher(
        FetchLimits(attempts=1, timeout_seconds=10),
        proxy=proxy,
        allow_private_addresses=allow_private_addresses,
        clock=FakeClock(),
    )


def test_sources_are_read_through_a_proxy_at_a_private_address(web: WebServer) -> None:
    # A proxy is asked for the whole address.
    web.route("http://feeds.example/page", html("through the proxy"))

    with proxied(web.url("/")) as fetcher:
        reply = fetcher.fetch("http://feeds.example/page")

    assert (reply.body, reply.url) == (b"through the proxy", "http://feeds.example/page")


def test_the_password_of_the_proxy_is_for_the_proxy(web: WebServer) -> None:
    web.route("http://feeds.example/page", html("x"))

    with proxied(web.url("/").replace("http://", "http://ann:s3cret@")) as fetcher:
        fetcher.fetch("http://feeds.example/page")

    (asked,) = web.requests
    assert asked.headers["proxy-authorization"] == f"Basic {b64encode(b'ann:s3cret').decode()}"
    assert "authorization" not in asked.headers


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_encrypted_sources_are_read_through_a_tunnel_with_http2(
    tunnels: tuple[Tunnels, Http2Server], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    proxy, server = tunnels

    with proxied(proxy.url, allow_private_addresses=True) as fetcher:
        bodies = [fetcher.fetch("https://127.0.0.1:8443/page").body for _ in range(2)]

    assert bodies == [b"through the tunnel"] * 2
    assert proxy.asked == [b"CONNECT 127.0.0.1:8443 HTTP/1.1"]
    assert server.connections == 1


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "127.1.", "[::1]", "169.254.169.254", "[fe80::1]"]
)
def test_no_proxy_is_asked_for_a_number_that_is_not_public(web: WebServer, host: str) -> None:
    with proxied(web.url("/")) as fetcher, pytest.raises(SourceBroken, match="not a public"):
        fetcher.fetch(f"http://{host}/page")

    assert web.requests == []


def test_a_proxy_that_refuses_is_retry_later(web: WebServer) -> None:
    with proxied(web.url("/")) as fetcher, pytest.raises(RetryLater):
        fetcher.fetch("https://feeds.example/page")


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "proxy.example:3128", "", "http://"])
def test_what_is_no_proxy_is_refused(proxy: str) -> None:
    with pytest.raises(InvalidOptions, match=r"\[fetch\] proxy"):
        proxied(proxy)
