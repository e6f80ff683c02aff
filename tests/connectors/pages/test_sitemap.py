"""What the kind `sitemap` does with the pages that are listed."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors import registry
from connectors.errors import InvalidOptions, RetryLater
from connectors.http.fetch import Fetcher
from connectors.protocol import Connector
from connectors.records import Semantics
from tests.connectors.piers import XML, page, sitemap, xml
from tests.connectors.reading import Read, connector, read
from tests.fakes import FakeClock
from tests.web import Answer, WebServer, html, redirect


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


def test_page_that_redirects_to_another_site_is_a_failure(web: WebServer, fetcher: Fetcher) -> None:
    (one,) = pages(web, 1)
    with WebServer() as other:
        away = web.route("/away", redirect(other.route("/x", page("x"))))
        result = read(
            connector("sitemap", fetcher, url=web.route("/map.xml", sitemap([one, away])))
        )

    assert result.keys == [one]
    assert "another site" in result.failures[0].reason


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


def test_page_that_was_left_out_is_not_asked_for_on_every_read(
    web: WebServer, fetcher: Fetcher
) -> None:
    clock = FakeClock()
    url = web.route("/map.xml", sitemap([*pages(web, 1), web.url("/no")]))
    web.route("/no", html("<meta name='robots' content='noindex'><p>Closed.</p>"))
    source = timed(fetcher, clock, url=url)

    second = read(source, read(source).cursor)
    clock.advance(timedelta(days=8))
    read(source, second.cursor)

    assert web.count("/no") == 2
    assert second.is_unmodified
