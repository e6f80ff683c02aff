"""JSON that comes in several pages."""

import json

import pytest

from connectors.errors import RetryLater, SourceBroken
from connectors.http.fetch import Fetcher
from tests.connectors.reading import connector, read
from tests.web import Answer, WebServer


def page(number: int, following: str | None) -> Answer:
    value = {"incidents": [{"id": number, "name": f"Fire {number}"}], "next": following}
    return Answer(body=json.dumps(value).encode(), headers={"ETag": f'"{number}"'})


PAGED = {"items": "incidents", "documents": {"key": "id", "text": "name"}, "pages": 5}


def test_pages_are_read_one_after_the_other(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/1", page(1, "/2?after=1"))
    web.route("/2", page(2, web.url("/3")))
    web.route("/3", page(3, None))
    options = {**PAGED, "url": url, "next": "next", "params": {"size": "1"}}

    result = read(connector("json", fetcher, **options, semantics="snapshot"))

    assert result.keys == ["1", "2", "3"]
    assert [each.path for each in web.requests] == ["/1?size=1", "/2?after=1", "/3"]
    assert result.is_complete


def test_link_header_leads_on_too(web: WebServer, fetcher: Fetcher) -> None:
    first = page(1, None)
    url = web.route("/1", Answer(body=first.body, headers={"Link": '</2>; rel="next"'}))
    web.route("/2", page(2, None))

    assert read(connector("json", fetcher, url=url, **PAGED)).keys == ["1", "2"]


def test_pages_left_over_are_remarked_and_leave_the_listing_incomplete(
    web: WebServer, fetcher: Fetcher
) -> None:
    url = web.route("/1", page(1, "/2"))
    web.route("/2", page(2, "/3"))
    options = {**PAGED, "pages": 2, "next": "next", "semantics": "snapshot"}

    result = read(connector("json", fetcher, url=url, **options))

    assert (result.keys, result.is_complete) == (["1", "2"], False)
    assert result.remarks == ["only the first 2 pages were read"]


def test_page_that_leads_to_itself_is_the_last(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/1", page(1, "/1"))

    assert read(connector("json", fetcher, url=url, next="next", **PAGED)).keys == ["1"]


def test_page_on_another_server_breaks_the_source(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/1", page(1, "http://elsewhere.example/2"))

    with pytest.raises(SourceBroken, match="next leads to another server"):
        read(connector("json", fetcher, url=url, next="next", **PAGED))


def test_first_page_that_is_unchanged_stands_for_all(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/1", page(1, "/2"))
    web.route("/2", page(2, None))
    source = connector("json", fetcher, url=url, next="next", **PAGED)
    first = read(source)

    assert read(source, first.cursor).is_unmodified
    assert web.count("/2") == 1


def test_a_page_that_asks_to_come_back_later_is_no_mistake(
    web: WebServer, fetcher: Fetcher
) -> None:
    url = web.route("/1", page(1, "/2"))
    web.route("/2", Answer(body=b'{"note": "Five calls\\na minute, please."}'))
    options = {**PAGED, "url": url, "next": "next", "busy": "note"}

    with pytest.raises(RetryLater, match="answered: Five calls a minute, please"):
        read(connector("json", fetcher, **options))
