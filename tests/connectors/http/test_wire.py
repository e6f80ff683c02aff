import gzip
import zlib
from collections.abc import Iterator
from time import monotonic

import pytest

from connectors.errors import RetryLater, SourceBroken
from connectors.http.fetch import Fetcher
from connectors.http.wire import CountedChunks, collected, most_unpacked
from tests.connectors.fetching import local_fetcher
from tests.web import Answer, WebServer, gzipped, html


def test_gzip_is_unpacked_and_counted_as_received(web: WebServer, fetcher: Fetcher) -> None:
    text = b"all work and no play\n" * 10_000

    reply = fetcher.fetch(web.route("/page", gzipped(text)))

    assert reply.body == text
    assert reply.bytes_received == len(gzip.compress(text))


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("deflate", zlib.compress(b"hello")),
        ("x-gzip", gzip.compress(b"hel", mtime=0) + gzip.compress(b"lo", mtime=0)),
        ("gzip", gzip.compress(b"hello", mtime=0) + b"\0\0"),
    ],
)
def test_other_compressed_forms_are_unpacked(
    web: WebServer, fetcher: Fetcher, coding: str, packed: bytes
) -> None:
    answer = Answer(body=packed, headers={"Content-Encoding": coding})

    assert fetcher.fetch(web.route("/page", answer)).body == b"hello"


def test_compressed_content_that_ends_early_is_asked_for_again(
    web: WebServer, fetcher: Fetcher
) -> None:
    half = Answer(body=gzip.compress(b"hello" * 99)[:-9], headers={"Content-Encoding": "gzip"})
    url = web.route("/page", half, gzipped(b"hello"))

    assert fetcher.fetch(url).body == b"hello"


@pytest.mark.parametrize(("coding", "body"), [("gzip", b"not gzip"), ("br", b"x")])
def test_unreadable_content_encoding_is_an_error(
    web: WebServer, fetcher: Fetcher, coding: str, body: bytes
) -> None:
    answer = Answer(body=body, headers={"Content-Encoding": coding})

    with pytest.raises(SourceBroken, match="content-encoding is not valid"):
        fetcher.fetch(web.route("/page", answer))


def test_gzip_bomb_is_refused_long_before_the_limit(web: WebServer, pauses: list[float]) -> None:
    bomb = gzipped(b"\0" * 200_000_000)
    with (
        local_fetcher(pauses, max_bytes=100_000_000) as fetcher,
        pytest.raises(SourceBroken, match="hold more than 200 times as many"),
    ):
        fetcher.fetch(web.route("/bomb", bomb))

    assert web.count("/bomb") == 1


def test_compressed_content_stops_at_the_limit(web: WebServer, pauses: list[float]) -> None:
    with (
        local_fetcher(pauses, max_bytes=1_000) as fetcher,
        pytest.raises(SourceBroken, match="larger than the 1000 bytes"),
    ):
        fetcher.fetch(web.route("/page", gzipped(b"some words " * 1_000)))


def test_text_that_repeats_itself_is_no_bomb(web: WebServer, fetcher: Fetcher) -> None:
    text = b"".join(b"2026-11-%02d,station %d,0.0\n" % (n % 30, n % 99) for n in range(99_000))

    assert fetcher.fetch(web.route("/page", gzipped(text))).body == text


def test_content_compressed_in_very_many_parts_is_refused(web: WebServer, fetcher: Fetcher) -> None:
    body = gzip.compress(b"") * 1_100
    answer = Answer(body=body, headers={"Content-Encoding": "gzip"})

    with pytest.raises(SourceBroken, match="compressed in more than 1000 parts"):
        fetcher.fetch(web.route("/page", answer))


def test_content_in_crumbs_is_refused(web: WebServer, fetcher: Fetcher) -> None:
    def crumbs() -> Iterator[bytes]:
        while True:
            yield b"x"

    with pytest.raises(SourceBroken, match=r"bytes come in \d+ pieces"):
        fetcher.fetch(web.route("/crumbs", Answer(chunks=crumbs)))


def test_thousands_of_short_lines_are_no_crumbs() -> None:
    lines = [b"an event of some length, as servers send them\n"] * 50_000

    assert sum(map(len, CountedChunks(lines))) == len(b"".join(lines))


def test_what_is_collected_is_whole_up_to_the_limit() -> None:
    parts = [b"x" * 700_000] * 3

    assert collected(parts, max_bytes=2_100_000) == b"".join(parts)
    assert collected(parts, max_bytes=2_099_999) is None


@pytest.mark.parametrize(("packed", "unpacked"), [(0, 1_000_000), (1_000_000, 200_000_000)])
def test_what_may_be_unpacked_grows_with_what_was_packed(packed: int, unpacked: int) -> None:
    assert most_unpacked(packed) == unpacked


def test_endless_content_stops_at_the_limit(web: WebServer, pauses: list[float]) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 10_000

    with (
        local_fetcher(pauses, max_bytes=100_000) as fetcher,
        pytest.raises(SourceBroken, match="larger than"),
    ):
        fetcher.fetch(web.route("/endless", Answer(chunks=endless)))


def test_declared_size_over_the_limit_is_not_read(web: WebServer, pauses: list[float]) -> None:
    answer = Answer(body=b"x", declared_length=10**12, cut_after=1)
    with (
        local_fetcher(pauses, max_bytes=100) as fetcher,
        pytest.raises(SourceBroken, match="larger than"),
    ):
        fetcher.fetch(web.route("/page", answer))


def test_content_of_exactly_the_limit_is_read(web: WebServer, pauses: list[float]) -> None:
    with local_fetcher(pauses, max_bytes=100) as fetcher:
        assert len(fetcher.fetch(web.route("/page", html("x" * 100))).body) == 100


@pytest.mark.parametrize("what", ["head", "body"])
def test_slow_drip_is_cut_off_at_the_total_deadline(
    web: WebServer, pauses: list[float], what: str
) -> None:
    # Each byte arrives well within any one operation's timeout; together they take minutes.
    body = b"x" * 5000
    dripping = (
        Answer(body=body, drip=True) if what == "head" else Answer(chunks=lambda: web.dripped(body))
    )
    started = monotonic()
    with (
        local_fetcher(pauses, timeout_seconds=0.4) as fetcher,
        pytest.raises(RetryLater, match="took too long"),
    ):
        fetcher.fetch(web.route("/slow", dripping))

    assert monotonic() - started < 2


def test_endless_bytes_after_the_compressed_content_stop_at_the_limit(
    web: WebServer, pauses: list[float]
) -> None:
    def endless() -> Iterator[bytes]:
        yield gzip.compress(b"hello")
        while True:
            yield b"x" * 10_000

    answer = Answer(chunks=endless, headers={"Content-Encoding": "gzip"})
    with (
        local_fetcher(pauses, max_bytes=100_000) as fetcher,
        pytest.raises(SourceBroken, match="larger than"),
    ):
        fetcher.fetch(web.route("/endless", answer))


def test_empty_content_needs_no_decompression(web: WebServer, fetcher: Fetcher) -> None:
    answer = Answer(headers={"Content-Encoding": "gzip"})

    assert fetcher.fetch(web.route("/page", answer)).body == b""
