import json
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from connectors.errors import InvalidOptions, SourceBroken
from connectors.http.fetch import Fetcher
from connectors.records import Semantics
from tests.connectors.reading import Read, connector, read
from tests.web import Answer, WebServer

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <title>River levels</title>
  <entry>
    <id>tag:rivers.example,2026:1</id>
    <title type="html">Level at &lt;b&gt;Linden&lt;/b&gt; bridge</title>
    <link href="/levels/1"/>
    <author><name>Ada Brook</name></author>
    <published>2026-03-01T08:00:00+01:00</published>
    <updated>2026-03-01T09:30:00Z</updated>
    <category term="linden"/>
    <summary>Short.</summary>
    <content type="html">
      &lt;p&gt;The level is 3.2 m.&lt;/p&gt;&lt;p&gt;It falls.&lt;/p&gt;</content>
  </entry>
</feed>"""


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel><title>News</title>{"".join(items)}</channel></rss>'


def item(**fields: str) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f"<item>{inner}</item>"


def read_feed(tmp_path: Path, body: str | bytes, **options: Any) -> Read:
    path = tmp_path / "feed"
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    return read(connector("feed", path=path, **options))


def test_atom_entry_becomes_a_document_with_its_own_times(tmp_path: Path) -> None:
    document = read_feed(tmp_path, ATOM).document

    assert document.key == "tag:rivers.example,2026:1"
    assert document.title == "Level at Linden bridge"
    assert document.text == "The level is 3.2 m.\n\nIt falls."
    assert document.author == "Ada Brook"
    assert document.language == "en"
    assert document.published_at == datetime(2026, 3, 1, 7, 0, tzinfo=UTC)
    assert document.updated_at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert document.metadata == {"feed": "River levels", "tags": ["linden"]}


def test_relative_links_are_resolved_against_where_the_feed_was_found(
    web: WebServer, fetcher: Fetcher
) -> None:
    url = web.route("/feeds/atom", Answer(body=ATOM.encode()))

    document = read(connector("feed", fetcher, url=url, params={"reader": "secret"})).document

    assert document.url == web.url("/levels/1")


def test_rdf_date_is_the_publication_date(tmp_path: Path) -> None:
    rdf = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
      xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
      <channel rdf:about="https://a.example"><title>A</title></channel>
      <item rdf:about="https://a.example/1"><title>One</title><link>https://a.example/1</link>
      <dc:date>2026-02-03T04:05:06Z</dc:date></item></rdf:RDF>"""

    document = read_feed(tmp_path, rdf).document

    assert document.published_at == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert document.updated_at is None


def test_json_feed_is_read_like_any_other(tmp_path: Path) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Notes",
        "home_page_url": "https://n.example/",
        "items": [
            {
                "id": 7,
                "url": "seven",
                "title": "Seven",
                "content_html": "<p>Lucky &amp; odd.</p>",
                "date_published": "2026-01-02T03:04:05-05:00",
                "authors": [{"name": "Bo"}, {"name": "Cy"}],
                "tags": ["numbers"],
                "attachments": [{"url": "https://n.example/7.mp3"}],
            },
            {"id": "8", "content_text": "Plain."},
        ],
    }

    seven, eight = read_feed(tmp_path, json.dumps(feed)).documents

    assert (seven.key, seven.url) == ("7", "https://n.example/seven")
    assert (seven.text, seven.author) == ("Lucky & odd.", "Bo, Cy")
    assert seven.published_at == datetime(2026, 1, 2, 8, 4, 5, tzinfo=UTC)
    assert seven.metadata["enclosures"] == ["https://n.example/7.mp3"]
    assert (eight.key, eight.text, eight.published_at) == ("8", "Plain.", None)


def test_entry_without_text_is_read_as_its_title(tmp_path: Path) -> None:
    document = read_feed(tmp_path, rss(item(guid="1", title="Bridge closed"))).document

    assert document.text == "Bridge closed"


def test_entry_without_any_words_is_a_failure_and_harms_no_other(tmp_path: Path) -> None:
    result = read_feed(tmp_path, rss("<item><pubDate/></item>", item(title="Good")))

    assert [each.title for each in result.documents] == ["Good"]
    assert [each.reason for each in result.failures] == ["the entry has no text"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Sun, 01 Mar 2026 10:00:00 +0100", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("Sun, 01 Mar 26 10:00:00 GMT", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("dom, 01 Mar 2026 10:00:00 +0000", datetime(2026, 3, 1, 10, tzinfo=UTC)),
    ],
)
def test_dates_of_feeds_are_understood(tmp_path: Path, given: str, expected: datetime) -> None:
    document = read_feed(tmp_path, rss(item(title="T", pubDate=given))).document

    assert document.published_at == expected
    assert "date_as_given" not in document.metadata


@pytest.mark.parametrize(
    ("given", "flags"),
    [
        ("Sun, 01 Mar 2026 10:00:00 +0100", ()),
        ("2026-03-01", ()),
        ("2026-03-01 10:00", ("published_at: names no zone, read as UTC",)),
        ("Sun, 01 Mar 26 10:00 GMT", ("published_at: has a year of two digits, read as 2026",)),
        ("01 Mar 99 10:00 GMT", ("published_at: has a year of two digits, read as 1999",)),
        (
            "dom, 01 Mar 26 10:00",
            ("published_at: names no zone, read as UTC; has a year of two digits, read as 2026",),
        ),
        ("03/04/2026", ("published_at: may have day and month in either order, not read",)),
        ("last Tuesday", ("published_at: cannot be read as a time",)),
    ],
)
def test_doubtful_dates_are_flagged(tmp_path: Path, given: str, flags: tuple[str, ...]) -> None:
    assert read_feed(tmp_path, rss(item(title="T", pubDate=given))).document.time_flags == flags


def test_short_year_in_a_zone_that_nobody_can_place_is_kept_as_given(tmp_path: Path) -> None:
    given = "Sun, 01 Mar 26 10:00 IST"

    document = read_feed(tmp_path, rss(item(title="T", pubDate=given))).document

    assert document.published_at is None
    assert document.metadata["date_as_given"] == given
    assert document.time_flags == ("published_at: names a zone that nobody can place, not read",)


def test_leap_second_stays_in_its_minute(tmp_path: Path) -> None:
    feed = rss(item(title="T", pubDate="Sat, 31 Dec 2016 23:59:60 GMT"))

    document = read_feed(tmp_path, feed).document

    assert document.published_at == datetime(2016, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def test_both_dates_of_an_entry_are_flagged(tmp_path: Path) -> None:
    feed = ATOM.replace("08:00:00+01:00", "08:00:00").replace("09:30:00Z", "09:30:00")

    document = read_feed(tmp_path, feed).document

    assert document.time_flags == (
        "published_at: names no zone, read as UTC",
        "updated_at: names no zone, read as UTC",
    )


def test_date_nobody_understands_stays_unknown_and_is_kept_as_given(tmp_path: Path) -> None:
    document = read_feed(tmp_path, rss(item(title="T", pubDate="last Tuesday"))).document

    assert document.published_at is None
    assert document.metadata["date_as_given"] == "last Tuesday"


def test_assumed_zone_holds_for_dates_without_one(tmp_path: Path) -> None:
    feed = rss(item(title="T", pubDate="2026-07-01 12:00:00"))

    document = read_feed(tmp_path, feed, assumed_zone="Europe/Berlin").document

    assert document.published_at == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert document.time_flags == ()


def test_hour_that_clocks_show_twice_is_the_earlier_one_and_flagged(tmp_path: Path) -> None:
    feed = rss(item(title="T", pubDate="2026-10-25 02:30:00"))

    document = read_feed(tmp_path, feed, assumed_zone="Europe/Berlin").document

    assert document.published_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert document.time_flags == (
        "published_at: comes twice as clocks are set back, read as the earlier",
    )


def test_entries_without_ids_get_distinct_keys_that_stay(tmp_path: Path) -> None:
    feed = rss(item(title="One"), item(title="Two"), item(title="Two", description="More"))

    first, second = read_feed(tmp_path, feed), read_feed(tmp_path, feed)

    assert len(set(first.keys)) == 3
    assert first.keys == second.keys


def test_different_entries_under_one_id_are_all_kept(tmp_path: Path) -> None:
    feed = rss(
        item(guid="same", title="One", link="https://a.example/1"),
        item(guid="same", title="Two", link="https://a.example/2"),
        item(guid="same", title="Two", link="https://a.example/2"),
    )

    result = read_feed(tmp_path, feed)

    assert sorted(each.title for each in result.documents) == ["One", "Two"]
    assert all(key.startswith("same#") for key in result.keys)
    assert not result.failures


def test_newest_version_under_one_id_wins_wherever_it_stands(tmp_path: Path) -> None:
    old, new = (
        item(guid="1", title="T", description=text, pubDate=f"Sun, 0{day} Mar 2026 10:00:00 GMT")
        for day, text in ((1, "old"), (2, "new"))
    )

    assert read_feed(tmp_path, rss(old, new)).document.text == "new"
    assert read_feed(tmp_path, rss(new, old)).document.text == "new"


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "https://[bad"]
)
def test_link_that_leads_to_no_web_page_is_no_url(tmp_path: Path, link: str) -> None:
    assert read_feed(tmp_path, rss(item(title="T", link=link))).document.url is None


def test_long_text_is_cut_at_a_sentence_and_says_so(tmp_path: Path) -> None:
    text = "This is a sentence. " * 100

    document = read_feed(
        tmp_path, rss(item(title="T", description=text)), max_text_chars=1_000
    ).document

    assert document.text.endswith("a sentence.")
    assert 500 < len(document.text) <= 1_000
    assert document.metadata["truncated"] is True


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (rss(item(title="Grüße")).encode("utf-8"), "iso-8859-1"),
        (rss(item(title="Grüße")).encode("iso-8859-1"), "iso-8859-1"),
        (b'<?xml version="1.0" encoding="utf-8"?>' + rss(item(title="Grüße")).encode("cp1252"), ""),
        (
            ('<?xml version="1.0" encoding="utf-16"?>' + rss(item(title="Grüße"))).encode("utf-16"),
            "",
        ),
        (('<?xml version="1.0"?>' + rss(item(title="Grüße"))).encode("utf-16-be"), ""),
        (b"\xef\xbb\xbf" + rss(item(title="Grüße")).encode("utf-8"), ""),
    ],
    ids=["header-wrong", "header-right", "prolog-wrong", "utf-16", "utf-16-unmarked", "bom"],
)
def test_encodings_are_read_whatever_was_declared(
    web: WebServer, fetcher: Fetcher, body: bytes, charset: str
) -> None:
    kind = f"text/xml; charset={charset}" if charset else "text/xml"
    url = web.route("/feed", Answer(body=body, headers={"Content-Type": kind}))

    assert read(connector("feed", fetcher, url=url)).document.title == "Grüße"


def test_ill_formed_feed_gives_what_can_be_recovered(tmp_path: Path) -> None:
    broken = rss(item(title="Fish &amp; chips & peas", guid="1")).replace("</channel></rss>", "<it")

    assert read_feed(tmp_path, broken).document.title == "Fish & chips & peas"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("", "the reply is empty"),
        (" \n ", "the reply is empty"),
        ("<!doctype html><html><body><p>Please log in</p></body></html>", "an HTML page"),
        ('{"error": "no such feed"}', "JSON without a list of items"),
        ("{", "ill-formed JSON"),
        ("[" * 100_000, "ill-formed JSON"),
        ("<urlset><url><loc>https://a.example</loc></url></urlset>", "XML without a feed"),
        ("/etc/passwd", ""),
        ("\x00\x01\x02", ""),
    ],
)
def test_what_is_no_feed_breaks_the_source(tmp_path: Path, body: str, complaint: str) -> None:
    with pytest.raises(SourceBroken, match=f"source here: not a feed: .*{complaint}"):
        read_feed(tmp_path, body)


def test_feed_without_entries_is_fine(tmp_path: Path) -> None:
    result = read_feed(tmp_path, rss())

    assert (result.documents, result.failures) == ([], [])


def test_entities_that_multiply_are_refused(tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">{levels}]>'

    with pytest.raises(SourceBroken, match="oversized entities"):
        read_feed(tmp_path, bomb + rss(item(title="T", description="&l11;")))


def test_oversized_entities_are_refused(tmp_path: Path) -> None:
    bomb = f'<!DOCTYPE rss [\n<!ENTITY a "{"x" * 5_000}">\n]>' + rss(item(title="&a;" * 10_000))

    with pytest.raises(SourceBroken, match="oversized entities"):
        read_feed(tmp_path, bomb)


@pytest.mark.parametrize("text", ["<!" + "-" * 200_000, "<b" + " " * 200_000, "<p>" * 20_000])
def test_markup_of_a_text_takes_no_time_by_its_square(tmp_path: Path, text: str) -> None:
    body = rss(item(title="T", description=f"<![CDATA[{text}]]>"))
    started = monotonic()

    assert read_feed(tmp_path, body).document.title == "T"

    assert monotonic() - started < 5


def test_external_entities_are_not_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    bait = f'<!DOCTYPE rss [\n<!ENTITY x SYSTEM "{secret.as_uri()}">\n]>'

    result = read_feed(tmp_path, bait + rss(item(title="T", description="see &x;")))

    assert "hunter2" not in result.document.text


def test_absence_means_nothing(tmp_path: Path) -> None:
    result = read_feed(tmp_path, ATOM)

    assert connector("feed", path=tmp_path / "feed").semantics is Semantics.APPEND_ONLY
    assert not result.is_complete
    assert not any(batch.removed for batch in result.batches)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "exactly one of url and path"),
        ({"url": "https://a.example", "path": "/x"}, "exactly one of url and path"),
        ({"url": "ftp://a.example/feed"}, "http:// or https://"),
        ({"url": "https://a.example", "assumed_zone": "Mars/Base"}, "not an IANA time zone"),
        ({"url": "https://a.example", "interval": 5}, "interval"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidOptions, match=complaint):
        connector("feed", **options)
