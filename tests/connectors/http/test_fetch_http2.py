"""HTTP/2 over real TLS: one connection, the same checks and bounds, and servers that misbehave."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from connectors.errors import RetryLater, SourceBroken
from connectors.http.fetch import Fetcher, Politeness
from tests.connectors.fetching import local_fetcher
from tests.fakes import FakeClock
from tests.http2 import Exchange, Http2Server, Respond
from tests.web import Answer, WebServer

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl makes the certificate"
)


@contextmanager
def serving(certificate: Path, respond: Respond) -> Iterator[Http2Server]:
    with Http2Server(str(certificate), respond) as server:
        yield server


@pytest.fixture
def trusting(
    certificate: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Fetcher]:
    """A fetcher that trusts the certificate of this test and gives up after one attempt."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with local_fetcher(pauses, attempts=1, timeout_seconds=2, max_bytes=100_000) as one:
        yield one


def hello(exchange: Exchange) -> None:
    exchange.answer(b"hello", etag='"v1"', content_type="text/plain")


def test_requests_to_one_host_share_one_connection(certificate: Path, trusting: Fetcher) -> None:
    with serving(certificate, hello) as server:
        replies = [trusting.fetch(server.url(f"/{number}")) for number in range(5)]

    assert [(reply.body, reply.media_type) for reply in replies] == [(b"hello", "text/plain")] * 5
    assert (server.connections, len(server.requests)) == (1, 5)


def test_unmodified_and_refused_answers_keep_the_connection(
    certificate: Path, trusting: Fetcher
) -> None:
    def respond(exchange: Exchange) -> None:
        if exchange.path == "/gone":
            exchange.answer(b"no such page", 404)
        elif "if-none-match" in exchange.headers:
            exchange.answer(b"", 304, cache_control="max-age=60")
        else:
            hello(exchange)

    with serving(certificate, respond) as server:
        first = trusting.fetch(server.url())
        second = trusting.fetch(server.url(), validators=first.validators)
        with pytest.raises(SourceBroken, match="404"):
            trusting.fetch(server.url("/gone"))
        trusting.fetch(server.url())

    assert (second.is_unmodified, second.fresh_for_seconds) == (True, 60)
    assert server.connections == 1


def test_private_addresses_are_refused_before_anything_is_sent(certificate: Path) -> None:
    with (
        serving(certificate, hello) as server,
        Fetcher(clock=FakeClock()) as careful,
        pytest.raises(SourceBroken, match="not a public address"),
    ):
        careful.fetch(server.url())

    assert server.connections == 0


def test_certificate_must_be_trusted_there_too(certificate: Path, pauses: list[float]) -> None:
    with (
        serving(certificate, hello) as server,
        local_fetcher(pauses) as fetcher,
        pytest.raises(SourceBroken, match="not trusted"),
    ):
        fetcher.fetch(server.url())


def test_silence_ends_at_the_deadline(certificate: Path, trusting: Fetcher) -> None:
    with serving(certificate, lambda exchange: None) as server:
        begin = time.monotonic()
        with pytest.raises(RetryLater, match="took too long"):
            trusting.fetch(server.url())

    assert time.monotonic() - begin < 4


def test_body_that_only_starts_ends_at_the_deadline(certificate: Path, trusting: Fetcher) -> None:
    def respond(exchange: Exchange) -> None:
        exchange.head()
        exchange.data(b"once upon a time")

    with serving(certificate, respond) as server:
        begin = time.monotonic()
        with pytest.raises(RetryLater, match="took too long"):
            trusting.fetch(server.url())

    assert time.monotonic() - begin < 4


def test_body_left_in_the_middle_is_not_in_the_way_of_the_next_answer(
    certificate: Path, trusting: Fetcher
) -> None:
    def large(exchange: Exchange) -> None:
        if exchange.path != "/large":
            hello(exchange)
            return
        exchange.head(content_length="200000")
        exchange.data(b"x" * 16_000)

    with serving(certificate, large) as server:
        with pytest.raises(SourceBroken, match="larger than"):
            trusting.fetch(server.url("/large"))
        reply = trusting.fetch(server.url("/next"))

    assert reply.body == b"hello"
    assert server.connections == 2


def test_half_a_body_is_never_taken_for_a_whole(certificate: Path, trusting: Fetcher) -> None:
    def respond(exchange: Exchange) -> None:
        exchange.head()
        exchange.data(b"half")
        exchange.reset()

    with serving(certificate, respond) as server, pytest.raises(RetryLater):
        trusting.fetch(server.url())


@pytest.mark.parametrize("status", ["", "soon", "20", "-1", "99999999999999999999"])
def test_status_that_is_none_is_no_content(
    certificate: Path, trusting: Fetcher, status: str
) -> None:
    def respond(exchange: Exchange) -> None:
        exchange.head(status)
        exchange.data(b"x", is_last=True)

    with serving(certificate, respond) as server, pytest.raises((RetryLater, SourceBroken)):
        trusting.fetch(server.url())


def test_headers_without_end_are_cut_off(certificate: Path, trusting: Fetcher) -> None:
    def respond(exchange: Exchange) -> None:
        exchange.head(200, **{f"X-{number}": "y" * 1000 for number in range(100)})

    with serving(certificate, respond) as server, pytest.raises(RetryLater, match="HTTP/2"):
        trusting.fetch(server.url())


@pytest.mark.parametrize(
    "frames",
    [
        b"not http at all, not even close",
        b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",  # a frame of 16 MB
        b"\x00\x00\x04\x01\x04\x00\x00\x00\x01\xff\xff\xff\xff",  # headers that HPACK cannot read
        b"\x00\x00\x04\x05\x04\x00\x00\x00\x01\x00\x00\x00\x02",  # a push that was declined
        b"\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0b",  # calm down
    ],
)
def test_frames_that_make_no_sense_are_an_error_like_any_other(
    certificate: Path, trusting: Fetcher, frames: bytes
) -> None:
    def respond(exchange: Exchange) -> None:
        exchange.raw(frames)

    with serving(certificate, respond) as server, pytest.raises(RetryLater):
        trusting.fetch(server.url())


def test_several_requests_at_once_are_made_without_http2(
    certificate: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server of this test speaks nothing else, so that there is nothing to agree on.
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with (
        serving(certificate, hello) as server,
        local_fetcher(pauses, Politeness(per_host=2), attempts=1) as fetcher,
        pytest.raises(RetryLater),
    ):
        fetcher.fetch(server.url())

    assert server.requests == []


def test_plain_http_shares_one_connection_too(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/page", Answer(body=b"x", headers={"ETag": '"v1"'}))
    web.route("/old", Answer(status=302, headers={"Location": "/page"}, body=b"see /page"))

    known = fetcher.fetch(url).validators
    fetcher.fetch(url, validators=known)
    fetcher.fetch(web.url("/old"))
    with pytest.raises(SourceBroken):
        fetcher.fetch(web.url("/nowhere"))
    fetcher.fetch(url)

    assert web.count("/page") == 4
    assert web.connections == 1


def test_connection_that_the_server_closed_meanwhile_is_replaced(
    certificate: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def respond(exchange: Exchange) -> None:
        hello(exchange)
        exchange.go_away()

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(certificate, respond) as server, local_fetcher(pauses) as fetcher:
        bodies = [fetcher.fetch(server.url(f"/{number}")).body for number in range(3)]

    assert bodies == [b"hello"] * 3
    assert server.connections == 3


def test_large_body_arrives_whole(
    certificate: Path, pauses: list[float], trusting: Fetcher
) -> None:
    body = bytes(range(256)) * 8_000

    def respond(exchange: Exchange) -> None:
        exchange.head()
        for start in range(0, len(body), 16_000):
            exchange.data(body[start : start + 16_000])
        exchange.data(b"", is_last=True)

    with (
        serving(certificate, respond) as server,
        local_fetcher(pauses, attempts=1, timeout_seconds=20) as fetcher,
    ):
        assert fetcher.fetch(server.url()).body == body


def test_who_is_kept_waiting_does_not_end_the_requests_of_others(
    certificate: Path, trusting: Fetcher
) -> None:
    def respond(exchange: Exchange) -> None:
        if exchange.path != "/silent":
            hello(exchange)

    ends: dict[str, object] = {}

    def fetch(path: str) -> None:
        try:
            ends[path] = trusting.fetch(server.url(path)).body
        except RetryLater as error:
            ends[path] = type(error)

    paths = ["/silent", *(f"/{number}" for number in range(6))]
    with serving(certificate, respond) as server:
        threads = [Thread(target=fetch, args=(path,)) for path in paths]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert ends == dict.fromkeys(paths, b"hello") | {"/silent": RetryLater}
    assert server.connections <= 3
