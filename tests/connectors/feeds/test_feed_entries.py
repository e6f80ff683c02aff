"""What thousands of recorded feeds have shown: links, ids and titles that are easily mistaken."""

import json
from pathlib import Path

import pytest

from connectors.errors import SourceBroken
from connectors.feeds.entries import Entry, parse_feed
from tests.connectors.reading import connector, read

FOUND_AT = "https://rivers.example/news/feed"


def atom(inner: str, *, base: str = "") -> bytes:
    attribute = f' xml:base="{base}"' if base else ""
    text = f'<feed xmlns="http://www.w3.org/2005/Atom"{attribute}><entry>{inner}</entry></feed>'
    return text.encode()


def rss(inner: str) -> bytes:
    return f'<rss version="2.0"><channel><item>{inner}</item></channel></rss>'.encode()


def only(body: bytes, *, address: str = FOUND_AT) -> Entry:
    (entry,) = parse_feed(body, source="here", address=address).entries
    return entry


@pytest.mark.parametrize(
    ("written", "body"),
    [
        ("t3_42", atom("<id>t3_42</id><title>x</title>")),
        ("t3_42", atom("<id>t3_42</id><title>x</title>", base="https://elsewhere.example/a/")),
        ("HTTP://www.Rivers.example/1", atom("<id>HTTP://www.Rivers.example/1</id>")),
        ("abc123", rss("<guid>abc123</guid><title>x</title>")),
        ("abc123", rss('<guid isPermaLink="false">abc123</guid><title>x</title>')),
    ],
)
def test_an_id_is_what_the_feed_says_letter_by_letter(written: str, body: bytes) -> None:
    assert only(body).id == written


def test_an_id_stays_the_same_wherever_the_feed_is_read_from() -> None:
    body = atom("<id>level-1</id><title>Level</title>")

    assert only(body, address=FOUND_AT).id == only(body, address="http://mirror.example/").id


def test_an_id_inside_of_content_with_a_base_of_its_own_is_left_alone() -> None:
    body = atom('<content type="xhtml" xml:base="/.rss?limit=5"><div>x</div></content><id>n1</id>')

    assert only(body).id == "n1"


def test_an_id_that_is_no_address_is_no_link() -> None:
    assert only(atom("<id>level-1</id><title>Level</title>")).link == ""
    assert only(rss("<guid>level-1</guid><title>Level</title>")).link == ""


def test_an_id_that_is_an_address_is_the_link_of_an_item_without_one() -> None:
    body = rss("<guid>https://rivers.example/1</guid><title>Level</title>")

    assert only(body).link == "https://rivers.example/1"


def test_a_relative_link_is_resolved_against_the_base_that_the_feed_names() -> None:
    link = '<link href="levels/1"/><title>x</title>'

    assert only(atom(link)).link == "https://rivers.example/news/levels/1"
    assert only(atom(link, base="http://a.example/b/")).link == "http://a.example/b/levels/1"
    assert only(atom(link, base="/b/")).link == "https://rivers.example/b/levels/1"


@pytest.mark.parametrize("uri", ["uri='at://did:x/1'", 'type="text/html" uri = "at://did:x/1"'])
def test_an_address_outside_of_the_web_does_not_hide_the_one_on_it(uri: str) -> None:
    body = rss(f"<title>x</title><link {uri}>https://rivers.example/1</link>")

    assert only(body).link == "https://rivers.example/1"


def test_enclosures_are_resolved_too() -> None:
    body = rss('<title>x</title><enclosure url="/a.mp3" type="audio/mpeg"/>')

    assert only(body).enclosures == ("https://rivers.example/a.mp3",)


def test_a_link_that_cannot_be_resolved_is_kept_as_it_is_and_harms_no_entry() -> None:
    assert only(atom('<link href="http://[x"/><title>Level</title>')).title == "Level"


def test_the_page_of_an_entry_goes_before_its_enclosure() -> None:
    body = atom(
        '<link rel="alternate" type="text/html">https://rivers.example/page</link>'
        '<link rel="enclosure" type="text/html">https://rivers.example/sound</link>'
    )

    assert only(body).link == "https://rivers.example/page"


def test_the_title_of_an_image_is_not_that_of_its_entry() -> None:
    body = atom("<title>Level</title><image><title>A photograph</title></image>")

    assert only(body).title == "Level"


def test_control_characters_are_dropped_from_titles_and_texts() -> None:
    body = json.dumps({"items": [{"id": "1", "title": "ab\bcd", "content_text": "x\x01y"}]})

    entry = only(body.encode())

    assert (entry.title, entry.text) == ("abcd", "xy")


def test_an_entry_that_holds_nothing_but_a_date_of_change_is_kept(tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    feed.write_bytes(atom("<updated>2026-03-01T09:30:00Z</updated>"))

    found = read(connector("feed", path=feed))

    assert found.document.text == "2026-03-01T09:30:00Z"
    assert not found.failures


@pytest.mark.parametrize(
    "body",
    [
        b"<CHANNEL><TITLE>Rivers</TITLE></CHANNEL>",
        b'<?xml version="1.0"?><!-- none yet --><rdf:RDF xmlns:rdf="http://www.w3.org/x#"/>',
    ],
)
def test_a_feed_of_an_old_format_without_entries_is_an_empty_feed(body: bytes) -> None:
    assert parse_feed(body, source="here").entries == ()


def test_xml_that_only_mentions_a_channel_is_no_feed() -> None:
    with pytest.raises(SourceBroken, match="not a feed"):
        parse_feed(b"<river><channel/></river>", source="here")
