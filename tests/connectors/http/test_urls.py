import httpx
import pytest

from connectors.errors import SourceBroken
from connectors.http.urls import is_same_origin, masked_url, redirect_target, web_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/feed", "https://example.org/feed"),
        ("https://ann:pw@example.org:8443/a?b=c", "https://***@example.org:8443/a?b=***"),
        ("https://example.org/a?token", "https://example.org/a?token=***"),
        ("https://example.org/a#access_token=x", "https://example.org/a"),
        ("https://ann:pass#word@example.org/", "an unreadable url"),
    ],
)
def test_masked_url_shows_no_secret(url: str, shown: str) -> None:
    assert masked_url(url) == shown


def test_an_unreadable_url_is_not_repeated_in_the_message() -> None:
    with pytest.raises(SourceBroken) as caught:
        web_url("https://ann:pass#word@example.org/")

    assert "pass" not in str(caught.value)


@pytest.mark.parametrize(
    ("start", "hop", "is_same"),
    [
        ("https://a.org/x", "https://a.org/y", True),
        ("https://a.org/", "https://A.org:443/", True),
        ("http://a.org/", "https://a.org/", True),
        ("https://a.org/", "http://a.org/", False),
        ("https://a.org/", "https://b.a.org/", False),
        ("https://a.org/", "https://a.org:8443/", False),
        ("http://a.org:8080/", "https://a.org:8080/", False),
    ],
)
def test_secrets_go_to_the_same_server_only(start: str, hop: str, is_same: bool) -> None:
    assert is_same_origin(httpx.URL(start), httpx.URL(hop)) is is_same


def test_redirects_may_be_relative() -> None:
    start = web_url("https://a.org/one/two?x=1")

    assert str(redirect_target(start, "../three")) == "https://a.org/three"
    assert str(redirect_target(start, "//b.org/")) == "https://b.org/"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "//example.org/",
        "example.org",
        "http:example.org",
        "http:///example.org",
        "http:\\\\example.org\\",
        " http://example.org/",
        "http://example.org\t/",
        "http://example.org\x00.a.org/",
        "http://example.org%00.a.org/",
        "http://example.org\\.a.org/",
        "http://example.org:99999/",
        "http://example.org:0x50/",
        "http://[fe80::1%25lo]/",
    ],
)
def test_what_is_no_web_url_is_refused(url: str) -> None:
    with pytest.raises(SourceBroken):
        web_url(url)


@pytest.mark.parametrize(
    "url", ["http://xn--i-7iq.example/", "http://xn--lhost-9na.example/", "http://a_b.example/"]
)
def test_host_name_that_idna_now_forbids_can_be_asked(url: str) -> None:
    assert str(web_url(url)) == url
    assert is_same_origin(web_url(url), web_url(url))
