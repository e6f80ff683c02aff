import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fastapi import FastAPI

from grounding.errors import InvalidSettings
from grounding.server import address_of, in_background, listen, listen_beside


def test_port_zero_takes_a_free_one_and_its_address_is_told() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert address_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_ipv6_address_is_bracketed() -> None:
    try:
        listener = listen("::1", 0)
    except InvalidSettings as error:
        pytest.skip(f"no IPv6 loopback: {error}")
    with listener:
        assert address_of(listener).startswith("http://[::1]:")


def test_taken_port_is_told_with_the_setting_to_change() -> None:
    with listen("127.0.0.1", 0) as listener:
        listener.listen()
        port = listener.getsockname()[1]

        with pytest.raises(
            InvalidSettings, match=rf"127.0.0.1 port {port}.*\[server\] host or port"
        ):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.host.invalid"])
def test_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(InvalidSettings, match="cannot listen"):
        listen(host, 0)


def test_server_in_the_background_answers_until_the_block_ends() -> None:
    app = FastAPI()

    @app.get("/")
    def hello() -> str:
        return "hello"

    with in_background(app) as url:
        assert httpx.get(url, trust_env=False).json() == "hello"
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


def test_request_under_way_is_finished_before_it_stops() -> None:
    app, begun, release = FastAPI(), threading.Event(), threading.Event()

    @app.get("/")
    def slow() -> str:
        begun.set()
        release.wait(10)
        return "done"

    with ThreadPoolExecutor(1) as pool:
        with in_background(app) as url:
            reply = pool.submit(httpx.get, url, trust_env=False)
            assert begun.wait(10)
            threading.Timer(0.05, release.set).start()

        assert reply.result(10).json() == "done"


def test_shared_address_is_taken_for_whoever_does_not_share_it() -> None:
    with listen("127.0.0.1", 0, is_shared=True) as first:
        host, port = first.getsockname()
        with listen_beside(host, port) as second:
            first.listen()
            second.listen()

            with pytest.raises(InvalidSettings, match="cannot listen"):
                listen(host, port)
            with pytest.raises(InvalidSettings, match="cannot listen"):
                listen(host, port, is_shared=True)
