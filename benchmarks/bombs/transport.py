"""Bombs in the way an answer comes: slow, endless, lying about its length, or never whole."""

import socket

from benchmarks.bombs.bomb import Bomb, dripping, endless, head, sending, silent

MIB = 2**20
FEED = b"<?xml version='1.0'?><rss version='2.0'><channel><title>t</title></channel></rss>"
CHUNKED = head("Transfer-Encoding: chunked")
LENGTH = f"Content-Length: {len(FEED)}"


def transport_bombs() -> list[Bomb]:
    return [*_slow(), *_headers(), *_bodies(), *_lengths(), *_redirects()]


def _slow() -> list[Bomb]:
    whole = head(LENGTH) + FEED
    return [
        Bomb("never answers", silent(), before_request=True, holds=True),
        Bomb("stalls in the TLS handshake", silent(), before_request=True, is_tls=True, holds=True),
        Bomb("half a TLS record", silent(b"\x16\x03\x03\x40\x00\x02"), is_tls=True,
             before_request=True, holds=True),
        Bomb("stalls after the status line", silent(b"HTTP/1.1 200 OK\r\n"), holds=True),
        Bomb("stalls after the headers", silent(head(LENGTH)), holds=True),
        Bomb("headers, 1 byte a second", dripping(b"", whole), holds=True),
        Bomb("body, 1 byte a second", dripping(head(LENGTH), FEED), holds=True),
        Bomb("chunks, 1 byte a second", dripping(CHUNKED, b"1\r\nx\r\n" * 99), holds=True),
    ]  # fmt: skip


def _headers() -> list[Bomb]:
    ok = b"HTTP/1.1 200 OK\r\n"
    many = b"".join(b"X-%d: %d\r\n" % (number, number) for number in range(600_000))
    return [
        Bomb("one header of 10 MB", sending(ok + b"X: " + b"x" * 10 * MIB + b"\r\n\r\n")),
        Bomb("10 MB of headers", sending(ok + many[: 10 * MIB] + b"\r\n\r\n" + FEED)),
        Bomb("endless headers", endless(ok, b"X: y\r\n" * 10_000)),
        Bomb("endless status line", endless(b"HTTP/1.1 200 ", b"x" * 65536)),
        Bomb("endless folded header", endless(ok + b"X: y\r\n", b" z\r\n" * 10_000)),
        Bomb("endless interim answers", endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1_000)),
        Bomb("endless blank lines", endless(b"", b"\r\n" * 10_000)),
    ]


def _bodies() -> list[Bomb]:
    extension = b"1;" + b"x" * 8_000 + b"\r\n<\r\n"
    return [
        Bomb("endless body", endless(head(), b"x" * 65536)),
        Bomb("endless chunked body", endless(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n")),
        Bomb("endless chunks of 1 byte", endless(CHUNKED, b"1\r\nx\r\n" * 10_000)),
        Bomb("endless chunk extension", endless(CHUNKED + b"1;", b"x" * 65536)),
        Bomb("long extension at every chunk", endless(CHUNKED, extension * 8)),
        Bomb("endless trailers", endless(CHUNKED + b"1\r\nx\r\n0\r\n", b"X: y\r\n" * 10_000)),
        Bomb("chunk of 2^63 bytes", endless(CHUNKED + b"7fffffffffffffff\r\n", b"x" * 65536)),
        Bomb("chunk size of 1 MB of zeros", sending(CHUNKED + b"0" * MIB)),
    ]


def _lengths() -> list[Bomb]:
    return [
        Bomb("says it is longer, then waits", silent(head("Content-Length: 99999") + FEED),
             holds=True),
        Bomb("says it is longer, then closes", sending(head("Content-Length: 99999") + FEED)),
        Bomb("says it is shorter", endless(head("Content-Length: 9") + FEED, b"x" * 65536)),
        Bomb("says 10^18 bytes", endless(head(f"Content-Length: {10**18}"), b"x" * 65536)),
        Bomb("two lengths", sending(head("Content-Length: 9", LENGTH) + FEED)),
        Bomb("length of 100 kB of digits", sending(head("Content-Length: " + "9" * 90_000))),
    ]  # fmt: skip


def _redirects() -> list[Bomb]:
    def onward(connection: socket.socket, number: int) -> None:
        connection.sendall(
            head(
                f"Location: /{number}", "Content-Length: 0", "Connection: close", status="302 Found"
            )
        )

    def large(connection: socket.socket, _number: int) -> None:
        connection.sendall(head("Location: /", status="302 Found"))
        while True:
            connection.sendall(b"x" * 65536)

    itself = head("Location: /", "Content-Length: 0", status="301 Moved Permanently")
    location = head(f"Location: /{'x' * 90_000}", "Content-Length: 0", status="302 Found")
    return [
        Bomb("endless redirect", onward),
        Bomb("redirect to itself", sending(itself)),
        Bomb("redirect with an endless body", large),
        Bomb("redirect to 90 kB of url", sending(location)),
        Bomb("error with an endless body", endless(head(status="404 Not Found"), b"x" * 65536)),
    ]
