import threading

import httpcore
import pytest

from connectors.errors import SourceBroken
from connectors.http.network import CheckedBackend, Deadline, resolved
from tests.web import WebServer, html


def test_name_that_leads_inside_is_refused_after_dns() -> None:
    backend = CheckedBackend(deadline=Deadline(), resolve=lambda _host, _port: ["127.0.0.1"])

    with pytest.raises(SourceBroken, match=r"rebound.example is at 127.0.0.1, .* set `\[fetch\]"):
        backend.connect_tcp("rebound.example", 80)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "100.100.100.200", "fd00:ec2::254"],
)
def test_where_clouds_give_secrets_is_refused_even_where_private_ones_are_read(
    address: str,
) -> None:
    backend = CheckedBackend(
        deadline=Deadline(),
        allow_private_addresses=True,
        resolve=lambda _host, _port: [address],
    )

    with pytest.raises(SourceBroken, match="credentials, never read"):
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


def test_name_that_is_not_resolved_in_time_times_out() -> None:
    is_over = threading.Event()
    deadline = Deadline()
    deadline.start(0.05)

    def stalled(_host: str, _port: int) -> list[str]:
        is_over.wait(10)
        return []

    backend = CheckedBackend(deadline=deadline, resolve=stalled)

    with pytest.raises(httpcore.ConnectTimeout, match=r"slow\.example is not resolved in time"):
        backend.connect_tcp("slow.example", 80)
    is_over.set()


def test_error_of_the_resolver_is_raised_where_it_was_asked() -> None:
    def broken(host: str, _port: int) -> list[str]:
        raise httpcore.ConnectError(f"{host} cannot be resolved")

    backend = CheckedBackend(deadline=Deadline(), resolve=broken)

    with pytest.raises(httpcore.ConnectError, match=r"a\.example cannot be resolved"):
        backend.connect_tcp("a.example", 80)


def test_no_more_bytes_arrive_than_are_allowed() -> None:
    deadline = Deadline()
    deadline.start(5)
    deadline.allow(10)

    assert deadline.count(b"123456") == b"123456"
    with pytest.raises(SourceBroken, match="sends more than is read"):
        deadline.count(b"78901")


def test_what_is_allowed_ends_with_the_next_start() -> None:
    deadline = Deadline()
    deadline.start(5)
    deadline.allow(1)

    deadline.start(5)

    assert deadline.count(b"more than one byte") == b"more than one byte"


def test_pool_fetches_over_checked_connections() -> None:
    with (
        WebServer() as web,
        httpcore.ConnectionPool(
            network_backend=CheckedBackend(deadline=Deadline(), allow_private_addresses=True)
        ) as pool,
    ):
        reply = pool.request("GET", web.route("/page", html("hello")))

    assert reply.content == b"hello"
