from datetime import UTC, datetime

import html_text
import pytest

from connectors.doubts import Doubt, Reading
from connectors.text.page_dates import PageDates, page_dates

FIRST = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SECOND = datetime(2026, 3, 2, 8, tzinfo=UTC)


def dates_of(html: str) -> PageDates:
    return page_dates(html_text.parse_html(html))


@pytest.mark.parametrize(
    "html",
    [
        "<meta property='article:published_time' content='2026-03-01T10:30:00+01:00'>"
        "<meta property='article:modified_time' content='2026-03-02T08:00:00Z'>",
        "<meta name='DCTERMS.issued' content='2026-03-01T10:30:00+01:00'>"
        "<meta name='last-modified' content='Mon, 02 Mar 2026 08:00:00 GMT'>",
        '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": '
        '"2026-03-01T10:30:00+01:00", "dateModified": "2026-03-02T08:00:00Z"}</script>',
        '<script type="application/ld+json">{"@graph": [{"@type": "WebSite"}, {"datePublished": '
        '"2026-03-01T09:30:00Z", "dateModified": "2026-03-02T08:00:00Z"}]}</script>',
        "<time itemprop='datePublished' datetime='2026-03-01T09:30:00Z'>yesterday</time>"
        "<span itemprop='dateModified' content='2026-03-02T08:00Z'></span>",
        "<time class='entry-date Published' datetime='2026-03-01T09:30:00Z'>yesterday</time>"
        "<time class='dt-updated' datetime='2026-03-02T08:00:00Z'>today</time>",
    ],
)
def test_declared_instants_are_found(html: str) -> None:
    assert dates_of(html) == PageDates(Reading(FIRST), Reading(SECOND))


def test_same_instant_declared_twice_is_one() -> None:
    item = '<script type="application/ld+json">{"datePublished": "2026-03-01T09:30:00Z"}</script>'

    assert dates_of(item * 2).published == Reading(FIRST)


def test_instant_declared_with_and_without_its_zone_is_not_doubtful() -> None:
    item = "<time itemprop='datePublished' datetime='2026-03-01T09:30{}'></time>"

    assert dates_of(item.format("") + item.format("Z")).published == Reading(FIRST)
    assert dates_of(item.format("")).published == Reading(FIRST, Doubt.NO_ZONE)


def test_readable_declaration_leaves_no_doubt_of_an_unreadable_one() -> None:
    html = (
        "<meta property='article:published_time' content='soon'>"
        "<time itemprop='datePublished' datetime='2026-03-01T09:30Z'></time>"
    )

    assert dates_of(html).published == Reading(FIRST)


@pytest.mark.parametrize(
    ("declared", "doubt"),
    [
        ("soon", Doubt.UNREADABLE),
        ("03/04/2026", Doubt.DAY_OR_MONTH),
        ("13/04/26", Doubt.SHORT_YEAR),
    ],
)
def test_declaration_nobody_can_read_says_why_and_keeps_its_words(
    declared: str, doubt: Doubt
) -> None:
    found = dates_of(f"<meta property='article:published_time' content='{declared}'>").published

    assert found == Reading(None, doubt)
    assert found.given == declared


def test_listing_of_many_articles_has_no_date_of_its_own() -> None:
    item = "<time itemprop='datePublished' datetime='2026-03-0{}T09:30:00Z'></time>"

    assert dates_of(item.format(1) + item.format(2)).published == Reading(None)


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://pier.example/2026/03/01/closed", datetime(2026, 3, 1, tzinfo=UTC)),
        ("https://pier.example/news/2026-03-01-closed", datetime(2026, 3, 1, tzinfo=UTC)),
        ("https://pier.example/2026/03/", None),
        ("https://pier.example/2026/02/30/closed", None),
        ("https://pier.example/2026/03/011", None),
        (None, None),
    ],
)
def test_day_in_the_address_counts_where_the_page_is_silent(
    url: str | None, day: datetime | None
) -> None:
    found = page_dates(html_text.parse_html("<p>x</p>"), url=url)

    assert found == PageDates(Reading(day), Reading(None))


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<time datetime='2027-05-05'>the day of the event</time>",
        "<p>1 March 2026</p>",
        "<meta property='article:published_time'>",
        "<script type='application/ld+json'>{not json</script>",
        "<script type='application/ld+json'>[1, null, {\"datePublished\": 5}]</script>",
        "<script type='application/ld+json'>" + "[" * 100_000 + "</script>",
        "<script type='application/ld+json'></script>",
    ],
)
def test_what_declares_nothing_has_no_dates(html: str) -> None:
    assert dates_of(html) == PageDates(Reading(None), Reading(None))


ARTICLE = """<script type="application/ld+json">{}</script>"""


@pytest.mark.parametrize(
    "wrapped",
    [
        "<![CDATA[{}]]>",
        "\n//<![CDATA[\n{}\n//]]>\n",
        "/*<![CDATA[*/ {} /*]]>*/",
    ],
)
def test_marks_around_a_script_for_xhtml_hide_no_date(wrapped: str) -> None:
    item = '{"@type": "NewsArticle", "datePublished": "2026-03-01T09:30:00Z"}'

    found = dates_of(ARTICLE.format(wrapped.format(item)))

    assert found.published == Reading(FIRST)


def test_article_itself_goes_before_what_is_told_to_social_networks() -> None:
    item = '{"@type": ["NewsArticle"], "datePublished": "2026-03-01T09:30:00Z"}'
    html = "<meta property='article:published_time' content='2026-03-02T08:00:00Z'>"

    found = dates_of(html + ARTICLE.format(item))

    assert found.published == Reading(FIRST)
    assert found.published_from == "JSON-LD datePublished"


def test_videos_beside_an_article_have_no_say_in_its_date() -> None:
    items = (
        '[{"@type": "VideoObject", "datePublished": "2026-02-01T00:00:00Z"},'
        '{"@type": "NewsArticle", "datePublished": "2026-03-01T09:30:00Z"}]'
    )

    assert dates_of(ARTICLE.format(items)).published == Reading(FIRST)


def test_date_of_anything_but_an_article_comes_after_meta_elements() -> None:
    item = '{"@type": "WebSite", "datePublished": "2020-01-01T00:00:00Z"}'
    html = "<meta property='article:published_time' content='2026-03-01T09:30:00Z'>"

    found = dates_of(html + ARTICLE.format(item))

    assert (found.published, found.published_from) == (
        Reading(FIRST),
        "meta article:published_time",
    )


@pytest.mark.parametrize(
    ("html", "origin"),
    [
        ("<meta name='DCTERMS.issued' content='2026-03-01T09:30Z'>", "meta dcterms.issued"),
        ("<i itemprop='datePublished' content='2026-03-01T09:30Z'>", "microdata datePublished"),
        ("<time class='published' datetime='2026-03-01T09:30Z'>", "time element"),
        ("<p>1 March 2026</p>", ""),
    ],
)
def test_declaration_that_a_date_is_from_is_named(html: str, origin: str) -> None:
    assert dates_of(html).published_from == origin


def test_day_in_the_address_is_named_as_such() -> None:
    url = "https://pier.example/2026/03/01/closed"

    assert page_dates(html_text.parse_html("<p>x</p>"), url=url).published_from == "url"
