import time

import pytest

from connectors.errors import ItemFailed
from connectors.feeds.opml import FeedList, Subscription, read_opml, write_opml

LIST = """<?xml version="1.0" encoding="{encoding}"?>
<opml version="2.0"><head><title>Feeds</title></head><body>
<outline text="News">
  <outline text="Grüße &amp; mehr" type="rss" xmlUrl="https://a.example/rss?x=1&amp;y=2"/>
  <outline text="Deep"><outline title="日本" xmlUrl="https://b.example/feed"/></outline>
</outline>
<outline text="Top" xmlUrl="https://c.example/atom" category="/Tech/AI"/>
<outline text="Again" xmlUrl="https://c.example/atom"/>
<outline text="More" type="include" url="https://d.example/more.opml"/>
</body></opml>"""


def feed(attributes: str) -> bytes:
    return f"<opml version='1.0'><body><outline {attributes}/></body></opml>".encode()


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
def test_feeds_are_read_with_their_titles_and_folders(encoding: str) -> None:
    found = read_opml(LIST.format(encoding=encoding).encode(encoding))

    assert found == FeedList(
        (
            Subscription("https://a.example/rss?x=1&y=2", "Grüße & mehr", "News"),
            Subscription("https://b.example/feed", "日本", "News"),
            Subscription("https://c.example/atom", "Top", "Tech"),
        ),
        ("https://d.example/more.opml",),
    )


def test_latin_1_is_read_as_declared() -> None:
    text = LIST.format(encoding="ISO-8859-1").replace("日本", "Café")

    assert read_opml(text.encode("latin-1")).feeds[1].title == "Café"


def test_what_is_written_is_read_back() -> None:
    feeds = (
        Subscription("https://c.example/a?b=1&c=2", '<Top> & "more"', ""),
        Subscription("https://a.example/rss", "Grüße", "press"),
        Subscription("https://b.example/rss", "日本", "press"),
    )

    written = write_opml(reversed(feeds), title="Feeds & more")

    assert read_opml(written).feeds == feeds
    assert written.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<opml version=\"2.0\">")


def test_control_characters_are_not_written() -> None:
    written = write_opml([Subscription("https://a.example/", "a\0\x08b", "c\x01")], title="\x02")

    assert read_opml(written).feeds == (Subscription("https://a.example/", "ab", "c"),)


def test_entities_are_neither_expanded_nor_followed() -> None:
    declared = "".join(
        f'<!ENTITY e{number} "{f"&e{number - 1};" * 10}">' for number in range(1, 12)
    )
    body = (
        f'<!DOCTYPE opml [<!ENTITY e0 "{"x" * 100}">{declared}'
        '<!ENTITY file SYSTEM "file:///etc/passwd">]>'
        '<opml version="2.0"><body><outline text="&e11;&file;" xmlUrl="https://a.example/"/>'
        "</body></opml>"
    )
    before = time.monotonic()

    found = read_opml(body.encode())

    assert [each.title for each in found.feeds] == ["&e11;&file;"]
    assert time.monotonic() - before < 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no OPML"),
        (b"https://a.example/list.opml", "no OPML"),
        (b"<rss><channel/></rss>", "no OPML"),
        (b"\x00\x01\x02", "no OPML"),
        (b" " * 10_000_001, "larger than 10000000 bytes"),
        (b"<opml>" + b"<outline xmlUrl='http://a/%d'/>" * 1, ""),
    ],
)
def test_what_is_no_list_is_refused(body: bytes, reason: str) -> None:
    if not reason:
        assert read_opml(body).feeds
        return
    with pytest.raises(ItemFailed, match=reason):
        read_opml(body)


@pytest.mark.parametrize(
    "body",
    [
        b"</outline></outline></opml>",
        b"<opml></outline></body></outline>",
        b"<opml><body>" + b"<outline text='x'>" * 5_000,
        feed("xmlUrl=''"),
        feed("xmlUrl='&#0;&#xD800;'"),
    ],
)
def test_broken_lists_are_read_or_refused_and_nothing_else(body: bytes) -> None:
    try:
        found = read_opml(body)
    except ItemFailed:
        return
    assert all(isinstance(each.url, str) for each in found.feeds)
