from datetime import UTC, datetime

import pytest

from connectors.errors import InvalidOptions, RetryLater, SourceBroken, SourceGone
from connectors.http.fetch import Fetcher
from connectors.records import Failure, Semantics
from tests.connectors.harbour import WORDS, page, reads
from tests.connectors.reading import connector, pdf, read
from tests.web import Answer, WebServer, html, redirect


def test_page_becomes_a_document_with_its_facts(web: WebServer, fetcher: Fetcher) -> None:
    head = (
        "<meta name='author' content='Ann Other'>"
        "<meta property='article:published_time' content='2026-03-01T10:30:00+01:00'>"
        "<meta property='article:modified_time' content='2026-03-02T08:00:00Z'>"
    )
    url = web.route("/harbour", html(page(head=head, lang="en-GB")))

    document = read(connector("web", fetcher, url=url)).document

    assert (document.key, document.url, document.title) == (url, url, "Harbour")
    assert document.text == WORDS
    assert (document.author, document.language) == ("Ann Other", "en-GB")
    assert document.media_type == "text/html"
    assert document.published_at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert document.updated_at == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert document.metadata == {
        "date_from": "meta article:published_time",
        "updated_from": "meta article:modified_time",
    }


def test_pages_have_one_current_version_each() -> None:
    assert connector("web", url="https://a.example/").semantics is Semantics.KEYED_LATEST


def test_page_is_shown_under_its_canonical_address_and_keeps_its_key(
    web: WebServer, fetcher: Fetcher
) -> None:
    url = web.route("/harbour", html(page(head="<link rel='canonical' href='/news/harbour?p=1'>")))

    document = read(connector("web", fetcher, url=f"{url}?utm_source=x")).document

    assert document.key == f"{url}?utm_source=x"
    assert document.url == web.url("/news/harbour?p=1")


@pytest.mark.parametrize(
    "canonical", ["https://other.example/harbour", "/", "javascript:x()", "http://["]
)
def test_canonical_address_of_another_site_or_the_front_page_is_not_believed(
    web: WebServer, fetcher: Fetcher, canonical: str
) -> None:
    url = web.route("/harbour", html(page(head=f"<link rel='canonical' href='{canonical}'>")))

    assert read(connector("web", fetcher, url=url)).document.url == url


def test_address_is_shown_without_tracking_parameters(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/harbour", html(page()))

    document = read(connector("web", fetcher, url=f"{url}?id=7&utm_source=mail&b=2")).document

    assert document.url == f"{url}?id=7&b=2"


def test_unmodified_page_costs_nothing_and_is_seen(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/harbour", html(page(), ETag='"v1"'))

    first, second = reads(connector("web", fetcher, url=url), 2)

    assert web.requests[-1].headers["if-none-match"] == '"v1"'
    assert second.documents == []
    assert second.unchanged == [url]
    assert second.is_unmodified
    assert second.cursor == first.cursor


def test_page_with_the_same_words_is_unchanged_without_validators(
    web: WebServer, fetcher: Fetcher
) -> None:
    url = web.route("/a", html(page() + "<!-- 1 -->"), html(page() + "<!-- 2 -->"))

    _, second = reads(connector("web", fetcher, url=url), 2)

    assert (second.documents, second.unchanged, second.is_unmodified) == ([], [url], True)


def test_failing_page_is_a_failure_and_the_others_are_read(
    web: WebServer, fetcher: Fetcher
) -> None:
    good, bad = web.route("/good", html(page())), web.route("/bad", Answer(status=403))

    result = read(connector("web", fetcher, urls=[bad, good]))

    assert result.keys == [good]
    assert [each.key for each in result.failures] == [bad]
    assert "403" in result.failures[0].reason


def test_failing_page_keeps_what_was_known_of_it(web: WebServer, fetcher: Fetcher) -> None:
    other = web.route("/other", html(page()))
    ok = html(page(), ETag='"v1"')
    url = web.route("/a", ok, Answer(status=403), ok)

    _, second, third = reads(connector("web", fetcher, urls=[url, other]), 3)

    assert [each.key for each in second.failures] == [url]
    assert second.batches[0].removed == ()
    assert third.unchanged == [url, other]
    assert web.asked("/a")[-1].headers["if-none-match"] == '"v1"'


@pytest.mark.parametrize("status", [404, 410])
def test_page_that_is_gone_twice_in_a_row_is_removed(
    web: WebServer, fetcher: Fetcher, status: int
) -> None:
    url = web.route("/a", html(page()), Answer(status=status))

    _, second, third = reads(connector("web", fetcher, url=url), 3)

    assert (second.unchanged, second.failures) == ([url], [])
    assert str(status) in second.batches[0].remarks[0]
    assert third.batches[0].removed == (url,)


def test_page_that_comes_back_is_not_removed(web: WebServer, fetcher: Fetcher) -> None:
    ok, gone = html(page()), Answer(status=404)
    url = web.route("/a", ok, gone, ok, gone)

    found = reads(connector("web", fetcher, url=url), 4)

    assert [each.batches[0].removed for each in found] == [(), (), (), ()]


def test_source_fails_when_no_page_can_be_read(web: WebServer, fetcher: Fetcher) -> None:
    urls = [web.route("/a", Answer(status=403)), web.route("/b", Answer(status=404))]

    with pytest.raises(SourceBroken, match=r"none of 2 pages can be read: .*403"):
        read(connector("web", fetcher, urls=urls))


def test_busy_pages_are_asked_again_later(web: WebServer, fetcher: Fetcher) -> None:
    busy = Answer(status=503, headers={"Retry-After": "90"})
    url = web.route("/a", busy)

    with pytest.raises(RetryLater) as caught:
        read(connector("web", fetcher, url=url))

    assert caught.value.retry_after_seconds == 90


def test_cursor_moves_with_each_batch_so_a_restart_goes_on(
    web: WebServer, fetcher: Fetcher
) -> None:
    urls = [web.route(f"/{number}", html(page(f"<p>{number} {WORDS}"))) for number in range(25)]
    source = connector("web", fetcher, urls=urls)
    first = next(iter(source.read({})))

    rest = read(source, first.cursor)

    assert [each.key for each in first.documents] + rest.keys == urls
    assert len(web.asked("/0")) == 1


def test_page_no_longer_named_is_removed(web: WebServer, fetcher: Fetcher) -> None:
    one, two = web.route("/1", html(page())), web.route("/2", html(page()))
    cursor = read(connector("web", fetcher, urls=[one, two])).cursor

    result = read(connector("web", fetcher, url=two), cursor)

    assert result.batches[0].removed == (one,)
    assert result.unchanged == [two]


def test_robots_txt_is_obeyed(web: WebServer, fetcher: Fetcher) -> None:
    web.route("/robots.txt", Answer(body=b"User-agent: *\nDisallow: /private"))
    url, private = web.route("/a", html(page())), web.route("/private/a", html(page()))

    result = read(connector("web", fetcher, urls=[url, private]))

    assert result.keys == [url]
    assert "robots.txt" in result.batches[0].remarks[0]
    assert web.count("/private/a") == 0


def test_source_that_may_not_be_read_at_all_says_so(web: WebServer, fetcher: Fetcher) -> None:
    web.route("/robots.txt", Answer(body=b"User-agent: *\nDisallow: /"))

    with pytest.raises(SourceGone):
        read(connector("web", fetcher, url=web.route("/a", html(page()))))


@pytest.mark.parametrize(
    "asks",
    [
        html(page(head="<meta name='robots' content='NOINDEX, follow'>")),
        html(page(head="<meta name='robots' content='noai'>")),
        html(page(), **{"X-Robots-Tag": "noindex"}),
        html(page(), **{"X-Robots-Tag": "grounding: none"}),
    ],
)
def test_page_that_asks_not_to_be_indexed_is_left_out(
    web: WebServer, fetcher: Fetcher, asks: Answer
) -> None:
    ok = html(page())
    url, other = web.route("/a", ok, asks), web.route("/b", ok)

    first, second = reads(connector("web", fetcher, urls=[url, other]), 2)

    assert first.keys == [url, other]
    assert second.batches[0].removed == (url,)
    assert "asks not to be read" in second.batches[0].remarks[0]


def test_wishes_to_robots_can_be_ignored_on_a_site_of_ones_own(
    web: WebServer, fetcher: Fetcher
) -> None:
    web.route("/robots.txt", Answer(body=b"User-agent: *\nDisallow: /"))
    url = web.route("/a", html(page(head="<meta name='robots' content='noindex'>")))

    assert read(connector("web", fetcher, url=url, obeys_robots=False)).keys == [url]


def test_wish_to_another_robot_is_not_meant(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/a", html(page(), **{"X-Robots-Tag": "otherbot: noindex"}))

    assert read(connector("web", fetcher, url=url)).keys == [url]


@pytest.mark.parametrize(
    ("path", "media_type", "body", "title"),
    [
        ("/notes.md", "text/markdown", b"# Notes\n\nThe pier is *open*.", "Notes"),
        ("/notes.md", "text/plain", b"# Notes\n\nThe pier is *open*.", "Notes"),
        ("/notes", "text/plain; charset=utf-8", b"The pier is open.", "notes"),
        ("/paper", "application/pdf", pdf("The pier is open.", title="Notes"), "Notes"),
        ("/paper.pdf", "application/octet-stream", pdf("The pier is open.", title="N"), "N"),
        ("/page", "", page("<p>The pier is open.</p>").encode(), "Harbour"),
        ("/page", "text/plain", page("<p>The pier is open.</p>").encode(), "Harbour"),
    ],
)
def test_media_types_other_than_html_are_read(
    web: WebServer, fetcher: Fetcher, path: str, media_type: str, body: bytes, title: str
) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    url = web.route(path, Answer(body=body, headers=headers))

    document = read(connector("web", fetcher, url=url)).document

    assert "The pier is open." in document.text
    assert document.title == title


def test_date_of_a_file_is_what_the_server_says(web: WebServer, fetcher: Fetcher) -> None:
    headers = {"Content-Type": "text/plain", "Last-Modified": "Sun, 01 Mar 2026 10:00:00 GMT"}
    url = web.route("/a.txt", Answer(body=b"The pier is open.", headers=headers))

    document = read(connector("web", fetcher, url=url)).document

    assert document.updated_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert document.metadata["updated_from"] == "Last-Modified"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(body=b"\x89PNG", headers={"Content-Type": "image/png"}), "it is image/png"),
        (html(page("<div id='app'></div>")), "the page has no text"),
        (html(""), "the page has no text"),
    ],
)
def test_what_cannot_be_read_as_text_is_a_failure(
    web: WebServer, fetcher: Fetcher, answer: Answer, reason: str
) -> None:
    url, good = web.route("/a", answer), web.route("/b", html(page()))

    (failure,) = read(connector("web", fetcher, urls=[url, good])).failures

    assert failure.key == url
    assert reason in failure.reason


def test_charset_of_the_header_is_used(web: WebServer, fetcher: Fetcher) -> None:
    body = page("<p>Гавань снова открыта</p>").encode("koi8-r")
    headers = {"Content-Type": "text/html; charset=koi8-r"}
    url = web.route("/a", Answer(body=body, headers=headers))

    assert read(connector("web", fetcher, url=url)).document.text == "Гавань снова открыта"


def test_language_nobody_declares_is_detected(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/a", html(f"<html><body><p>{WORDS}</p></body></html>"))
    declared = web.route("/b", html("<p>Offen.</p>", **{"Content-Language": "de, en"}))

    first, second = read(connector("web", fetcher, urls=[url, declared])).documents

    assert (first.language, first.metadata["language_from"]) == ("en", "detected")
    assert (second.language, second.metadata) == ("de", {})


def test_redirect_is_followed_and_the_key_stays(web: WebServer, fetcher: Fetcher) -> None:
    target = web.route("/new", html(page()))
    url = web.route("/old", redirect("/new", 301))

    document = read(connector("web", fetcher, url=url)).document

    assert (document.key, document.url) == (url, target)


def test_parts_named_in_ignore_are_no_part_of_the_page(web: WebServer, fetcher: Fetcher) -> None:
    counted = (page(f"<p>{WORDS}</p><p class='n'>Read {n} times today.") for n in (41, 42))
    url = web.route("/a", *map(html, counted))

    first, second = reads(connector("web", fetcher, url=url, ignore=["p.n"]), 2)

    assert first.document.text == WORDS
    assert second.unchanged == [url]


def test_changed_options_read_every_page_anew(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/a", html(page(), ETag='"v1"'))
    cursor = read(connector("web", fetcher, url=url)).cursor

    again = read(connector("web", fetcher, url=url, ignore=["aside"]), cursor)

    assert again.keys == [url]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "give exactly one of url and urls"),
        ({"url": "https://a.example/", "urls": ["https://b.example/"]}, "exactly one"),
        ({"url": "ftp://a.example/"}, "http"),
        ({"url": "https://a.example/", "ignore": ["p["]}, "no CSS selector"),
        ({"url": "https://a.example/", "headers": {"Authorization": "Bearer abc123"}}, "secret"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, object], expected: str) -> None:
    with pytest.raises(InvalidOptions, match=expected):
        connector("web", **options)


def test_secret_header_goes_to_the_page(
    web: WebServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGE_TOKEN", "abc123")
    url = web.route("/a", html(page()))

    read(connector("web", fetcher, url=url, headers={"Authorization": "Bearer env:PAGE_TOKEN"}))

    assert web.asked("/a")[0].headers["authorization"] == "Bearer abc123"


def test_failure_names_the_page(web: WebServer, fetcher: Fetcher) -> None:
    good, bad = web.route("/good", html(page())), web.route("/bad", html(""))

    assert read(connector("web", fetcher, urls=[good, bad])).failures == [
        Failure(bad, "the page has no text; it may need a browser to show any")
    ]


def test_source_rests_for_as_long_as_all_of_its_pages_hold(
    web: WebServer, fetcher: Fetcher
) -> None:
    one = web.route("/1", html(page(), **{"Cache-Control": "max-age=600"}))
    two = web.route("/2", html(page(), **{"Cache-Control": "max-age=300"}))
    unsaid = web.route("/3", html(page()))

    both = read(connector("web", fetcher, urls=[one, two]))
    all_of_them = read(connector("web", fetcher, urls=[one, two, unsaid]))

    assert both.batches[-1].rest_seconds == 300
    assert all_of_them.batches[-1].rest_seconds is None
