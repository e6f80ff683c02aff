import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.text.fields import web_link
from connectors.text.links import is_same_site, site_of, without_tracking


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://a.example/p?utm_source=x&utm_medium=y", "https://a.example/p"),
        ("https://a.example/p?id=7&utm_source=x&b=2", "https://a.example/p?id=7&b=2"),
        ("https://a.example/p?b=2&a=1&fbclid=IwAR0", "https://a.example/p?b=2&a=1"),
        ("https://a.example/p?gclid=1&msclkid=2&mc_eid=3&mc_cid=4", "https://a.example/p"),
        ("https://a.example/p?UTM_Source=x", "https://a.example/p"),
        ("https://a.example/p?q=a%20b+c&amp;utm_source=x", "https://a.example/p?q=a%20b+c"),
        ("https://a.example:8443/p?utm_source=x#part", "https://a.example:8443/p#part"),
        ("https://a.example/p#utm_source=rss&utm_medium=rss", "https://a.example/p"),
        ("https://a.example/p#xtor=RSS-1", "https://a.example/p"),
        ("https://a.example/?utm_campaign=x", "https://a.example/"),
    ],
)
def test_parameters_that_track_are_left_out(link: str, shown: str) -> None:
    assert without_tracking(link) == shown


@pytest.mark.parametrize(
    "link",
    [
        "https://a.example/p?",
        "https://a.example/p?&a=1&&b",
        "https://a.example/p?ref=main&source=feed&id=1&session=2&keyword=x",
        "https://a.example/p?b=%7E&a=~&c=%E4",
        "https://a.example/utm_source=x",
        "https://a.example/p?q=utm_source=x",
        "https://a.example/p?utm_source",
        "https://a.example/p#section-utm_x",
        "https://a.example/p#:~:text=open",
        "https://a.example/p#!route?x=1",
    ],
)
def test_everything_else_is_left_alone(link: str) -> None:
    assert without_tracking(link) == link


@given(st.text())
def test_any_text_is_survived_and_cleaned_once(link: str) -> None:
    once = without_tracking(link)

    assert without_tracking(once) == once


def test_links_of_documents_are_without_tracking() -> None:
    assert web_link("/p?utm_source=x&id=1", base="https://a.example/") == "https://a.example/p?id=1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/x", "http://www.a.example:80/y"),
        ("https://m.a.example/", "https://a.example./"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/x"),
    ],
)
def test_addresses_of_one_site(one: str, other: str) -> None:
    assert is_same_site(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/", "https://b.example/"),
        ("https://ann.pages.example/", "https://bob.pages.example/"),
        ("https://a.example/", "https://a.example.evil.example/"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8081/"),
        ("", ""),
        ("https://[", "https://["),
        ("https://a.example:x/", "https://a.example:x/"),
    ],
)
def test_addresses_of_different_sites(one: str, other: str) -> None:
    assert not is_same_site(one, other)


def test_short_host_is_not_taken_for_an_alias() -> None:
    assert site_of("https://m.example/") == "m.example"
