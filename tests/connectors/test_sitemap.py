import gzip
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from connectors import registry
from connectors.errors import InvalidOptions, RetryLater, SourceBroken
from connectors.fetch import Fetcher
from connectors.protocol import Connector
from connectors.records import Semantics
from tests.connectors.reading import Read, connector, read
from tests.fakes import FakeClock
from tests.web import Answer, WebServer, html, redirect

XML = "http://www.sitemaps.org/schemas/sitemap/0.9"


def page(number: int | str) -> Answer:
    return html(
        f"<html lang='en'><head><title>Pier {number}</title></head>"
        f"<body><p>Pier {number} is open again.</p></body></html>"
    )


def xml(body: str) -> Answer:
    return Answer(body=body.encode(), headers={"Content-Type": "application/xml"})


def sitemap(urls: Iterable[str], lastmod: str = "") -> Answer:
    dated = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    entries = "".join(f"<url><loc>{url}</loc>{dated}</url>" for url in urls)
    return xml(f"<?xml version='1.0'?><urlset xmlns='{XML}'>{entries}</urlset>")


def index(urls: Iterable[str]) -> Answer:
    entries = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return xml(f"<sitemapindex xmlns='{XML}'>{entries}</sitemapindex>")


def pages(web: WebServer, count: int) -> list[str]:
    return [web.route(f"/pier/{number}", page(number)) for number in range(count)]


def timed(fetcher: Fetcher, clock: FakeClock, **options: object) -> Connector:
    return registry.build("sitemap", options, source="here", fetcher=fetcher, clock=clock)


def removed(result: Read) -> list[str]:
    return [key for batch in result.batches for key in batch.removed]


def remarks(result: Read) -> str:
    return "\n".join(remark for batch in result.batches for remark in batch.remarks)


def test_listed_pages_are_read(web: WebServer, fetcher: Fetcher) -> None:
    urls = pages(web, 3)
    url = web.route("/sitemap.xml", sitemap(urls))

    source = connector("sitemap", fetcher, url=url)
    result = read(source)

    assert source.semantics is Semantics.SNAPSHOT
    assert result.keys == urls
    assert [each.title for each in result.documents] == ["Pier 0", "Pier 1", "Pier 2"]
    assert result.is_complete


def test_second_read_of_the_same_pages_is_unmodified(web: WebServer, fetcher: Fetcher) -> None:
    urls = pages(web, 3)
    source = connector("sitemap", fetcher, url=web.route("/sitemap.xml", sitemap(urls)))

    again = read(source, read(source).cursor)

    assert again.documents == []
    assert sorted(again.unchanged) == urls
    assert again.is_complete
    assert again.is_unmodified


def test_site_is_found_through_its_robots_txt(web: WebServer, fetcher: Fetcher) -> None:
    urls = pages(web, 2)
    web.route("/robots.txt", Answer(body=f"Sitemap: {web.url('/map-1.xml')}".encode()))
    web.route("/map-1.xml", sitemap(urls))

    assert read(connector("sitemap", fetcher, url=web.url("/"))).keys == urls


def test_site_without_a_word_of_sitemaps_is_asked_for_the_usual_one(
    web: WebServer, fetcher: Fetcher
) -> None:
    urls = pages(web, 2)
    web.route("/sitemap.xml", sitemap(urls))

    assert read(connector("sitemap", fetcher, url=web.url())).keys == urls


def test_site_with_a_path_means_the_pages_below_it(web: WebServer, fetcher: Fetcher) -> None:
    (pier,) = pages(web, 1)
    other, near = (web.route(path, page(path)) for path in ("/other", "/pier-2/x"))
    web.route("/sitemap.xml", sitemap([pier, other, near]))

    assert read(connector("sitemap", fetcher, url=web.url("/pier"))).keys == [pier]


def test_index_of_sitemaps_is_followed(web: WebServer, fetcher: Fetcher) -> None:
    one, two, three = pages(web, 3)
    inner = web.route("/inner.xml", index([web.route("/c.xml", sitemap([three]))]))
    maps = [
        web.route("/a.xml", sitemap([one])),
        web.route("/b.xml.gz", Answer(body=gzip.compress(sitemap([two]).body))),
        inner,
        inner,
    ]
    url = web.route("/index.xml", index(maps))

    result = read(connector("sitemap", fetcher, url=url))

    assert result.keys == [one, two, three]
    assert result.is_complete
    assert web.count("/c.xml") == 1


def test_index_that_names_itself_ends(web: WebServer, fetcher: Fetcher) -> None:
    url = web.url("/index.xml")
    web.route("/index.xml", index([url, web.route("/a.xml", sitemap(pages(web, 1)))]))

    assert len(read(connector("sitemap", fetcher, url=url)).documents) == 1


def test_index_of_indexes_without_end_is_cut_and_so_not_complete(
    web: WebServer, fetcher: Fetcher
) -> None:
    for depth in range(9):
        web.route(f"/{depth}.xml", index([web.url(f"/{depth + 1}.xml"), web.url("/a.xml")]))
    web.route("/a.xml", sitemap(pages(web, 1)))

    result = read(connector("sitemap", fetcher, url=web.url("/0.xml")))

    assert len(result.documents) == 1
    assert not result.is_complete
    assert "lists more than is read" in remarks(result)
    assert web.count("/5.xml") == 0


@pytest.mark.parametrize(
    "body",
    [
        "{0}\n{1}\n",
        "\ufeff{0}\r\n\r\n{1}",
        "<rss version='2.0'><channel><title>N</title><item><link>{0}</link></item>"
        "<item><link>{1}</link></item></channel></rss>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>a</id><link href='{0}'/></entry>"
        "<entry><id>b</id><link href='{1}'/></entry></feed>",
        "<urlset><url><loc> {0} </loc></url><url><loc><![CDATA[{1}]]></loc></url></urlset>",
        "<urlset xmlns='http://www.google.com/schemas/sitemap/0.84'><url><loc>/pier/0</loc>"
        "<image:image xmlns:image='urn:i'><image:loc>https://i.example/i.png</image:loc>"
        "</image:image></url><url><loc>{1}</loc></url></urlset>",
        "<?xml version='1.0'?><!DOCTYPE urlset [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
        "<urlset><url><loc>&x;</loc></url><url><loc>{0}</loc></url><url><loc>{1}</loc></url>"
        "</urlset>",
    ],
)
def test_sitemap_may_have_any_form(web: WebServer, fetcher: Fetcher, body: str) -> None:
    urls = pages(web, 2)
    url = web.route("/map.xml", xml(body.format(*urls)))

    result = read(connector("sitemap", fetcher, url=url))

    assert result.keys == urls
    assert result.failures == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (html("<html><body>Not found</body></html>"), "its root is <html>"),
        (Answer(body=b"just words\nand more"), "neither XML nor one address a line"),
        (Answer(), "is empty"),
        (Answer(body=b"\x1f\x8bbroken"), "damaged gzip"),
        (Answer(body=b"<"), "not a sitemap"),
        (Answer(status=404), "404"),
    ],
)
def test_what_is_no_sitemap_fails_the_source_and_removes_nothing(
    web: WebServer, fetcher: Fetcher, answer: Answer, reason: str
) -> None:
    url = web.route("/sitemap.xml", answer)

    with pytest.raises(SourceBroken, match=reason):
        read(connector("sitemap", fetcher, url=url))


def test_gzip_bomb_is_refused(web: WebServer, fetcher: Fetcher) -> None:
    bomb = Answer(body=gzip.compress(b"<urlset>" + b" " * 60_000_000))
    url = web.route("/sitemap.xml.gz", bomb)

    with pytest.raises(SourceBroken, match="larger than"):
        read(connector("sitemap", fetcher, url=url))


def test_entities_are_not_expanded(web: WebServer, fetcher: Fetcher) -> None:
    entities = "<!ENTITY a 'xxxxxxxxxx'>" + "".join(
        f"<!ENTITY {name} '{f'&{before};' * 10}'>"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    body = (
        f"<!DOCTYPE urlset [{entities}]><urlset><url><loc>{pages(web, 1)[0]}</loc></url>"
        "<url><loc>https://a.example/&i;</loc></url></urlset>"
    )

    result = read(connector("sitemap", fetcher, url=web.route("/map.xml", xml(body))))

    assert len(result.documents) == 1


def test_sitemap_that_is_cut_off_proves_no_absence(web: WebServer, fetcher: Fetcher) -> None:
    urls = pages(web, 3)
    whole = sitemap(urls)
    source = connector("sitemap", fetcher, url=web.route("/map.xml", whole, xml("")))
    cursor = read(source).cursor
    web.route("/map.xml", xml(whole.body[:-40].decode()))

    second = read(source, cursor)

    assert not second.is_complete
    assert "cut off" in second.failures[0].reason
    assert second.cursor["pages"].keys() == {*urls}  # type: ignore[union-attr]


def test_empty_sitemap_is_not_complete_and_keeps_what_was_known(
    web: WebServer, fetcher: Fetcher
) -> None:
    urls = pages(web, 2)
    url = web.route("/map.xml", sitemap(urls), sitemap([]), sitemap(urls))
    source = connector("sitemap", fetcher, url=url)

    first = read(source)
    empty = read(source, first.cursor)
    third = read(source, empty.cursor)

    assert not empty.is_complete
    assert not empty.is_unmodified
    assert "lists no page" in remarks(empty)
    assert third.is_unmodified


def test_failed_part_of_an_index_makes_the_listing_partial(
    web: WebServer, fetcher: Fetcher
) -> None:
    one, two = pages(web, 2)
    maps = [
        web.route("/a.xml", sitemap([one])),
        web.route("/b.xml", sitemap([two]), Answer(status=404)),
    ]
    source = connector("sitemap", fetcher, url=web.route("/index.xml", index(maps)))
    first = read(source)

    second = read(source, first.cursor)

    assert not second.is_complete
    assert [each.key for each in second.failures] == [None]
    assert two in second.cursor["pages"]  # type: ignore[operator]


def test_page_that_is_no_longer_listed_is_absent_from_a_complete_read(
    web: WebServer, fetcher: Fetcher
) -> None:
    one, two = pages(web, 2)
    url = web.route("/map.xml", sitemap([one, two]), sitemap([one]))
    source = connector("sitemap", fetcher, url=url)

    second = read(source, read(source).cursor)

    assert second.is_complete
    assert not second.is_unmodified
    assert (second.unchanged, second.keys) == ([one], [])


def test_failing_page_is_still_listed(web: WebServer, fetcher: Fetcher) -> None:
    one, two = pages(web, 2)
    source = connector("sitemap", fetcher, url=web.route("/map.xml", sitemap([one, two])))
    first = read(source)
    web.route("/pier/1", Answer(status=403))

    second = read(source, first.cursor)

    assert second.is_complete
    assert {*second.unchanged, *(each.key for each in second.failures)} == {one, two}


def test_page_that_is_listed_and_gone_twice_is_removed(web: WebServer, fetcher: Fetcher) -> None:
    one, two = pages(web, 2)
    url = web.route("/map.xml", sitemap([one, two], "2026-02-01"))
    clock = FakeClock()
    source = timed(fetcher, clock, url=url)
    cursor = read(source).cursor
    web.route("/pier/1", Answer(status=404))
    clock.advance(timedelta(days=8))

    second = read(source, cursor)
    third = read(source, second.cursor)

    assert two in second.unchanged
    assert removed(third) == [two]


def test_unchanged_lastmod_is_believed_for_a_week(web: WebServer, fetcher: Fetcher) -> None:
    clock = FakeClock()
    (one,) = pages(web, 1)
    url = web.route("/map.xml", sitemap([one], "2026-02-01"))
    source = timed(fetcher, clock, url=url)
    cursor = read(source).cursor
    web.route("/pier/0", page("0, after a storm,"))

    soon = read(source, cursor)
    clock.advance(timedelta(days=8))
    later = read(source, soon.cursor)

    assert (soon.keys, soon.unchanged) == ([], [one])
    assert later.keys == [one]
    assert web.count("/pier/0") == 2


def test_page_with_another_lastmod_is_asked_for(web: WebServer, fetcher: Fetcher) -> None:
    one, two = pages(web, 2)
    url = web.route(
        "/map.xml", sitemap([one, two], "2026-02-01"), sitemap([one, two], "2026-02-02T08:00Z")
    )
    source = connector("sitemap", fetcher, url=url)

    read(source, read(source).cursor)

    assert web.count("/pier/0") == 2


def test_lastmod_is_the_date_of_change_of_a_page_that_names_none(
    web: WebServer, fetcher: Fetcher
) -> None:
    urls = pages(web, 1)
    url = web.route("/map.xml", sitemap(urls, "2026-02-01T10:00:00+01:00"))

    document = read(connector("sitemap", fetcher, url=url)).document

    assert document.updated_at == datetime(2026, 2, 1, 9, tzinfo=UTC)
    assert document.published_at is None
    assert document.metadata == {"updated_from": "sitemap lastmod"}


def test_news_sitemap_dates_its_articles(web: WebServer, fetcher: Fetcher) -> None:
    (one,) = pages(web, 1)
    body = (
        f"<urlset xmlns='{XML}' xmlns:news='urn:news'><url><loc>{one}</loc><news:news>"
        "<news:publication_date>2026-02-01T09:00:00Z</news:publication_date></news:news></url>"
        "</urlset>"
    )

    document = read(connector("sitemap", fetcher, url=web.route("/m.xml", xml(body)))).document

    assert document.published_at == datetime(2026, 2, 1, 9, tzinfo=UTC)
    assert document.metadata == {"date_from": "sitemap"}


def test_large_site_is_read_in_parts(web: WebServer, fetcher: Fetcher) -> None:
    urls = pages(web, 7)
    url = web.route("/map.xml", sitemap(urls, "2026-02-01"))
    source = connector("sitemap", fetcher, url=url, pages_per_read=3)

    first = read(source)
    second = read(source, first.cursor)
    third = read(source, second.cursor)

    assert [first.keys, second.keys, third.keys] == [urls[:3], urls[3:6], urls[6:]]
    assert "4 of 7 listed pages are not read yet" in remarks(first)
    assert second.unchanged == urls[:3]
    assert remarks(third) == ""


def test_cursor_moves_with_each_batch(web: WebServer, fetcher: Fetcher) -> None:
    urls = pages(web, 30)
    source = connector("sitemap", fetcher, url=web.route("/map.xml", sitemap(urls, "2026-02-01")))
    first = next(iter(source.read({})))

    rest = read(source, first.cursor)

    assert [each.key for each in first.documents] + rest.keys == urls
    assert rest.is_complete


def test_pages_are_chosen_by_their_path(web: WebServer, fetcher: Fetcher) -> None:
    paths = ["/docs/a", "/docs/b/c", "/docs/old/d", "/blog/e"]
    urls = [web.route(path, page(path)) for path in paths]
    url = web.route("/map.xml", sitemap(urls))

    chosen = read(connector("sitemap", fetcher, url=url, include=["/docs/*"], exclude=["*/old/*"]))

    assert chosen.keys == urls[:2]


def test_pages_of_other_sites_are_left_out_unless_allowed(web: WebServer, fetcher: Fetcher) -> None:
    (one,) = pages(web, 1)
    with WebServer() as other:
        two = other.route("/pier/2", page(2))
        url = web.route("/map.xml", sitemap([one, two]))

        strict = read(connector("sitemap", fetcher, url=url))
        allowed = read(
            connector("sitemap", fetcher, url=url, allow_hosts=[f"127.0.0.1:{other.port}"])
        )

    assert strict.keys == [one]
    assert "allow_hosts" in remarks(strict)
    assert allowed.keys == [one, two]


def test_page_that_redirects_to_another_site_is_a_failure(web: WebServer, fetcher: Fetcher) -> None:
    (one,) = pages(web, 1)
    with WebServer() as other:
        away = web.route("/away", redirect(other.route("/x", page("x"))))
        result = read(
            connector("sitemap", fetcher, url=web.route("/map.xml", sitemap([one, away])))
        )

    assert result.keys == [one]
    assert "another site" in result.failures[0].reason


def test_no_more_pages_than_wanted_are_listed(web: WebServer, fetcher: Fetcher) -> None:
    urls = pages(web, 3)
    url = web.route("/map.xml", sitemap(urls))

    result = read(connector("sitemap", fetcher, url=url, max_pages=2))

    assert result.keys == urls[:2]
    assert not result.is_complete
    assert "max_pages" in remarks(result)


def test_pages_that_robots_txt_excludes_are_left_out(web: WebServer, fetcher: Fetcher) -> None:
    web.route("/robots.txt", Answer(body=b"User-agent: *\nDisallow: /pier/1"))
    one, two = pages(web, 2)
    source = connector("sitemap", fetcher, url=web.route("/map.xml", sitemap([one, two])))

    result = read(source)

    assert (result.keys, result.failures) == ([one], [])
    assert "robots.txt" in remarks(result)
    assert web.count("/pier/1") == 0


def test_page_that_begins_to_ask_not_to_be_indexed_is_removed(
    web: WebServer, fetcher: Fetcher
) -> None:
    one, two = pages(web, 2)
    source = connector("sitemap", fetcher, url=web.route("/map.xml", sitemap([one, two])))
    cursor = read(source).cursor
    web.route("/pier/1", html("<meta name='robots' content='noindex'><p>Closed.</p>"))

    second = read(source, cursor)
    third = read(source, second.cursor)

    assert removed(second) == [two]
    assert third.unchanged == [one]


def test_site_that_is_busy_is_left_alone(web: WebServer, fetcher: Fetcher) -> None:
    urls = pages(web, 60)
    for number in range(60):
        web.route(f"/pier/{number}", Answer(status=503))
    source = connector("sitemap", fetcher, url=web.route("/map.xml", sitemap(urls)))

    with pytest.raises(RetryLater):
        read(source)

    assert web.count("/pier/30") == 0


def tagged(answer: Answer, tag: str) -> Answer:
    return Answer(body=answer.body, headers={**answer.headers, "ETag": f'"{tag}"'})


def test_sitemaps_that_did_not_change_are_not_sent_again(web: WebServer, fetcher: Fetcher) -> None:
    one, two = pages(web, 2)
    maps = [
        web.route("/a.xml", tagged(sitemap([one], "2026-02-01"), "a")),
        web.route("/b.xml", tagged(sitemap([two], "2026-02-01"), "b")),
    ]
    url = web.route("/index.xml", tagged(index(maps), "i"))
    source = connector("sitemap", fetcher, url=url)
    first = read(source)

    second = read(source, first.cursor)
    third = read(source, second.cursor)

    assert [each.bytes_read for each in third.batches] == [0]
    assert (third.unchanged, third.is_complete, third.is_unmodified) == ([one, two], True, True)
    assert third.cursor == first.cursor
    assert [web.count(path) for path in ("/a.xml", "/b.xml", "/index.xml")] == [3, 3, 3]


def test_one_sitemap_that_changed_is_enough_to_read_them_all(
    web: WebServer, fetcher: Fetcher
) -> None:
    one, two = pages(web, 2)
    changing = web.route(
        "/b.xml", tagged(sitemap([], "2026-02-01"), "1"), tagged(sitemap([two], "2026-02-01"), "2")
    )
    steady = web.route("/a.xml", tagged(sitemap([one], "2026-02-01"), "a"))
    url = web.route("/index.xml", tagged(index([steady, changing]), "i"))
    source = connector("sitemap", fetcher, url=url)

    second = read(source, read(source).cursor)

    assert second.keys == [two]
    assert second.unchanged == [one]


def test_sitemap_that_did_not_change_hides_no_page_that_waits(
    web: WebServer, fetcher: Fetcher
) -> None:
    urls = pages(web, 3)
    url = web.route("/map.xml", tagged(sitemap(urls, "2026-02-01"), "m"))
    source = connector("sitemap", fetcher, url=url, pages_per_read=2)

    second = read(source, read(source).cursor)

    assert second.keys == urls[2:]


def test_changed_choice_of_pages_is_not_hidden_by_an_unchanged_sitemap(
    web: WebServer, fetcher: Fetcher
) -> None:
    urls = pages(web, 3)
    url = web.route("/map.xml", tagged(sitemap(urls, "2026-02-01"), "m"))
    cursor = read(connector("sitemap", fetcher, url=url, exclude=["/pier/2"])).cursor

    second = read(connector("sitemap", fetcher, url=url), cursor)

    assert second.keys == urls[2:]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "exactly one of url and sitemaps"),
        ({"url": "https://a.example/", "include": ["docs/*"]}, "neither / nor"),
        ({"url": "https://a.example/", "allow_hosts": ["https://b.example"]}, "no host name"),
        ({"url": "https://a.example/", "pages_per_read": 0}, "pages_per_read"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, object], expected: str) -> None:
    with pytest.raises(InvalidOptions, match=expected):
        connector("sitemap", **options)
