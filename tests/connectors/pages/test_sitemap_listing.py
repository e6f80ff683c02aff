"""What the kind `sitemap` takes for the listing of a site."""

import gzip
from collections.abc import Iterable

import pytest

from connectors.errors import SourceBroken
from connectors.http.fetch import Fetcher
from tests.connectors.piers import XML, page, sitemap, xml
from tests.connectors.reading import Read, connector, read
from tests.web import Answer, WebServer, html


def index(urls: Iterable[str]) -> Answer:
    entries = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return xml(f"<sitemapindex xmlns='{XML}'>{entries}</sitemapindex>")


def pages(web: WebServer, count: int) -> list[str]:
    return [web.route(f"/pier/{number}", page(number)) for number in range(count)]


def remarks(result: Read) -> str:
    return "\n".join(remark for batch in result.batches for remark in batch.remarks)


def tagged(answer: Answer, tag: str) -> Answer:
    return Answer(body=answer.body, headers={**answer.headers, "ETag": f'"{tag}"'})


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
        '{{"version": "https://jsonfeed.org/version/1.1", "title": "N", "items": '
        '[{{"id": "a", "url": "{0}"}}, {{"id": "b", "url": "{1}"}}]}}',
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


def test_no_more_pages_than_wanted_are_listed(web: WebServer, fetcher: Fetcher) -> None:
    urls = pages(web, 3)
    url = web.route("/map.xml", sitemap(urls))

    result = read(connector("sitemap", fetcher, url=url, max_pages=2))

    assert result.keys == urls[:2]
    assert not result.is_complete
    assert "max_pages" in remarks(result)


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
