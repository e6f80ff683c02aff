import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http.link_header import MOST_LINKS, Link, read_links

BASE = httpx.URL("https://feeds.example/news/feed.xml?page=2")


def links(*headers: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(link.url, link.rels) for link in read_links(headers, BASE)]


def test_hub_and_self_of_one_header() -> None:
    header = '<https://hub.example/>; rel="hub", <https://feeds.example/feed>; rel=self'

    assert links(header) == [
        ("https://hub.example/", ("hub",)),
        ("https://feeds.example/feed", ("self",)),
    ]


def test_headers_of_one_name_add_up() -> None:
    assert links("<https://a.example/>; rel=hub", "<https://b.example/>; rel=hub") == [
        ("https://a.example/", ("hub",)),
        ("https://b.example/", ("hub",)),
    ]


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("?page=3", "https://feeds.example/news/feed.xml?page=3"),
        ("/top", "https://feeds.example/top"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("", "https://feeds.example/news/feed.xml?page=2"),
    ],
)
def test_addresses_are_relative_to_the_answer(target: str, url: str) -> None:
    assert links(f"<{target}>; rel=next") == [(url, ("next",))]


@pytest.mark.parametrize(
    "header",
    [
        '<https://a.example/>;REL="Next Last"',
        '<https://a.example/> ; title="a, b; rel=\\"no\\"" ; rel="next  last"',
        "<https://a.example/>; rel='next last'"[:-11] + '"next last"',
        '<https://a.example/>; rel="next last"; rel="other"',
    ],
)
def test_rels_are_words_in_lower_case(header: str) -> None:
    assert links(header) == [("https://a.example/", ("next", "last"))]


def test_commas_in_addresses_and_titles_end_no_link() -> None:
    header = '<https://a.example/x,y>; title="one, two"; rel=next, <https://b.example/>; rel=prev'

    assert links(header) == [
        ("https://a.example/x,y", ("next",)),
        ("https://b.example/", ("prev",)),
    ]


def test_type_is_kept() -> None:
    header = '<https://a.example/feed>; rel=alternate; type="Application/RSS+XML"'

    assert read_links([header], BASE) == (
        Link("https://a.example/feed", ("alternate",), "application/rss+xml"),
    )


@pytest.mark.parametrize(
    "header",
    [
        "",
        "https://a.example/; rel=next",
        "<https://a.example/>",
        "<https://a.example/>; title=x",
        "<javascript:alert(1)>; rel=next",
        "<file:///etc/passwd>; rel=hub",
        "<http://[bad/>; rel=next",
        "<http://a.example:port/>; rel=next",
        '<https://a.example/>; rel="next',
        '<https://a.example/>; rel=next; anchor="https://b.example/"',
    ],
)
def test_what_is_no_link_of_this_answer_is_left_out(header: str) -> None:
    assert links(header) == []


def test_bad_links_do_not_hide_good_ones() -> None:
    assert links("nonsense, <https://a.example/>; rel=next") == []
    assert links("<http://[bad/>; rel=x, <https://a.example/>; rel=next") == [
        ("https://a.example/", ("next",))
    ]


def test_links_are_bounded() -> None:
    many = ", ".join(f"<https://a.example/{number}>; rel=next" for number in range(300))

    assert len(read_links([many], BASE)) == MOST_LINKS


@given(st.text(alphabet='<>;=", \\abc/:[]%?#@rel\x00é', max_size=200))
def test_any_header_is_read_without_an_error(header: str) -> None:
    read_links([header], BASE)
