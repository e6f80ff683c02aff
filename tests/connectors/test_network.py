import ssl
from ipaddress import ip_address

import httpcore
import pytest

from connectors.errors import SourceBroken
from connectors.network import CheckedBackend, Deadline, connection_pool, is_public, resolved
from tests.web import WebServer, html


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fc00::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "2002:7f00:1::",
        "2002:c0a8:101::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::7f00:1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)
def test_address_that_is_not_public_is_known(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_public_address_is_known(address: str) -> None:
    assert is_public(ip_address(address))


def test_name_that_leads_inside_is_refused_after_dns() -> None:
    backend = CheckedBackend(deadline=Deadline(), resolve=lambda _host, _port: ["127.0.0.1"])

    with pytest.raises(SourceBroken, match=r"rebound.example is at 127.0.0.1, .* set `\[fetch\]"):
        backend.connect_tcp("rebound.example", 80)


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254"])
def test_link_local_address_is_refused_even_where_private_ones_are_read(address: str) -> None:
    backend = CheckedBackend(
        deadline=Deadline(),
        allow_private_addresses=True,
        resolve=lambda _host, _port: [address],
    )

    with pytest.raises(SourceBroken, match="link-local address, never read"):
        backend.connect_tcp("metadata.example", 80)


def test_only_the_address_that_was_checked_is_connected_to() -> None:
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["192.0.2.1"] if len(asked) == 1 else ["127.0.0.1"]

    backend = CheckedBackend(deadline=Deadline(), resolve=rebinding)

    with pytest.raises(SourceBroken, match=r"192\.0\.2\.1"):
        backend.connect_tcp("rebound.example", 80)
    assert asked == ["rebound.example"]


def test_next_address_is_tried_when_one_does_not_answer() -> None:
    with WebServer() as web:
        backend = CheckedBackend(
            deadline=Deadline(),
            allow_private_addresses=True,
            resolve=lambda _host, _port: ["127.0.0.2", "127.0.0.1"],
        )

        stream = backend.connect_tcp("two.example", web.port, timeout=5)

        assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
        stream.close()


def test_name_without_address_is_a_connection_error() -> None:
    backend = CheckedBackend(deadline=Deadline(), resolve=lambda _host, _port: [])

    with pytest.raises(httpcore.ConnectError, match=r"nowhere\.example has no address"):
        backend.connect_tcp("nowhere.example", 80)


@pytest.mark.parametrize("host", ["a" * 64 + ".org", ".."])
def test_name_that_cannot_be_resolved_is_a_connection_error(host: str) -> None:
    with pytest.raises(httpcore.ConnectError, match="cannot be resolved"):
        resolved(host, 80)


def test_operation_after_the_deadline_times_out() -> None:
    deadline = Deadline()
    backend = CheckedBackend(deadline=deadline, allow_private_addresses=True)
    with WebServer() as web:
        stream = backend.connect_tcp("127.0.0.1", web.port, timeout=5)

        deadline.start(0)

        with pytest.raises(httpcore.TimeoutException):
            stream.read(1, timeout=5)
        stream.close()


def test_deadline_shortens_but_never_lengthens() -> None:
    deadline = Deadline()
    assert deadline.within(3) == 3

    deadline.start(60)

    assert deadline.within(3) == 3
    assert 59 < (deadline.within(None) or 0) <= 60
    assert 59 < (deadline.within(1000) or 0) <= 60


def test_pool_fetches_over_checked_connections() -> None:
    with (
        WebServer() as web,
        connection_pool(
            ssl_context=ssl.create_default_context(),
            deadline=Deadline(),
            allow_private_addresses=True,
        ) as pool,
    ):
        reply = pool.request("GET", web.route("/page", html("hello")))

    assert reply.content == b"hello"
