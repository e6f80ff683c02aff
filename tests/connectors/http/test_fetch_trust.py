"""Where `fetch` goes, whom it believes, and whom it tells secrets."""

import shutil
import ssl
from pathlib import Path
from threading import Thread

import pytest

from connectors.errors import RetryLater, SourceBroken
from connectors.http.fetch import Fetcher
from tests.connectors.fetching import local_fetcher
from tests.fakes import FakeClock
from tests.web import Answer, Request, WebServer, html, redirect


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(web: WebServer, fetcher: Fetcher, status: int) -> None:
    url = web.route("/old", redirect("new", status))
    web.route("/new", html("here"))

    reply = fetcher.fetch(url)

    assert (reply.body, reply.url) == (b"here", web.url("/new"))


def test_redirects_in_a_circle_end(web: WebServer, fetcher: Fetcher) -> None:
    with pytest.raises(SourceBroken, match="redirects more than 5 times"):
        fetcher.fetch(web.route("/circle", redirect("/circle")))

    assert web.count("/circle") == 6


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("file:///etc/passwd", "expected a url with http"),
        ("gopher://127.0.0.1/", "expected a url with http"),
        ("http://host:port/", "redirects to an unreadable url"),
        ("http://[bad/", "host name cannot be read"),
        ("", "redirects without saying where"),
    ],
)
def test_redirect_to_no_web_url_is_refused(
    web: WebServer, fetcher: Fetcher, location: str, message: str
) -> None:
    with pytest.raises(SourceBroken, match=message):
        fetcher.fetch(web.route("/old", redirect(location)))


def test_secrets_stay_with_the_host_they_are_for(web: WebServer, fetcher: Fetcher) -> None:
    web.route("/start", redirect("/same"))
    web.route("/same", redirect(web.url("/other", host="localhost")))
    web.route("/other", html("x"))
    url = web.url("/start").replace("http://", "http://ann:s3cret@")

    fetcher.fetch(url, headers={"X-Key": "k"})

    sent = {request.path: request.headers for request in web.requests}
    assert sent["/same"]["x-key"] == "k"
    assert "authorization" in sent["/same"]
    assert "x-key" not in sent["/other"]
    assert "authorization" not in sent["/other"]


def test_password_in_a_redirect_is_not_used(web: WebServer, fetcher: Fetcher) -> None:
    target = web.url("/new").replace("http://", "http://ann:planted@")
    web.route("/new", html("x"))

    fetcher.fetch(web.route("/old", redirect(target)))

    assert "authorization" not in web.asked("/new")[0].headers


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x",
        "file:///etc/passwd",
        "example.org/feed",
        "http://",
        "",
        "http://[bad",
        "http://example.org:99999/",
        "http://exa mple\x00.org/",
    ],
)
def test_what_is_no_web_url_is_refused(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(SourceBroken):
        fetcher.fetch(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]"])
def test_private_addresses_are_refused_unless_allowed(web: WebServer, host: str) -> None:
    web.route("/page", html("x"))
    with (
        Fetcher(clock=FakeClock()) as careful,
        pytest.raises(SourceBroken, match=r"\[fetch\] allow_private_addresses = true"),
    ):
        careful.fetch(web.url("/page", host=host))

    assert web.requests == []


@pytest.mark.parametrize("value", ["s3cret\r\nHost: evil", "s3cret\n", "s3cret\x00", "s3cret\x7f"])
def test_header_that_cannot_be_sent_is_refused_and_not_shown(
    web: WebServer, fetcher: Fetcher, value: str
) -> None:
    url = web.route("/page", html("x"))

    with pytest.raises(SourceBroken, match="cannot be asked for: header 'X-Key'") as caught:
        fetcher.fetch(url, headers={"X-Key": value})

    assert "s3cret" not in str(caught.value)
    assert web.requests == []


def test_headers_of_the_connection_are_not_for_sources_to_choose(
    web: WebServer, fetcher: Fetcher
) -> None:
    url = web.route("/page", html("x"))

    fetcher.fetch(url, headers={"Connection": "close", "Transfer-Encoding": "chunked", "TE": "x"})

    assert not {"connection", "transfer-encoding", "te"} & set(web.requests[0].headers)


def test_proxy_in_the_environment_is_not_used(
    web: WebServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    assert fetcher.fetch(web.route("/page", html("direct"))).body == b"direct"


def test_server_that_speaks_no_http_is_retry_later(web: WebServer, fetcher: Fetcher) -> None:
    # TLS to a plain server: the handshake meets an HTTP error page.
    with pytest.raises(RetryLater):
        fetcher.fetch(web.url("/page").replace("http://", "https://"))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_certificate_must_be_trusted(
    certificate: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with WebServer(tls) as web:
        url = web.route("/page", html("secret"))
        with (
            local_fetcher(pauses) as fetcher,
            pytest.raises(SourceBroken, match="its certificate is not trusted"),
        ):
            fetcher.fetch(url)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with local_fetcher(pauses) as fetcher:
            assert fetcher.fetch(url).body == b"secret"

    assert pauses == []


def test_threads_share_one_fetcher(web: WebServer, fetcher: Fetcher) -> None:
    def echo(request: Request) -> Answer:
        return Answer(body=request.path.encode())

    web.route("/echo", echo)
    bodies: list[bytes] = []

    def read(number: int) -> None:
        bodies.append(fetcher.fetch(web.url(f"/echo?{number}")).body)

    threads = [Thread(target=read, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(bodies) == sorted(f"/echo?{number}".encode() for number in range(20))
