"""What of a reply reaches the batches of every kind that reads one body."""

import pytest

from connectors.http.fetch import Fetcher, Link
from connectors.location import LONGEST_CACHE_REST_SECONDS, Content, Location, read_content
from connectors.records import Cursor, Document, Hub
from tests.web import Answer, WebServer

HUB = '<https://hub.example/>; rel="hub", <https://feeds.example/feed>; rel="self"'


def content(url: str, fetcher: Fetcher, cursor: Cursor | None = None) -> Content:
    return read_content(Location(url=url), cursor or {}, source="here", fetcher=fetcher)


@pytest.mark.parametrize(
    ("cache_control", "rest_seconds"),
    [
        ("max-age=600", 600),
        ("max-age=31536000, immutable", LONGEST_CACHE_REST_SECONDS),
        ("no-store", None),
        ("max-age=0", None),
        ("", None),
    ],
)
def test_freshness_is_a_bounded_wish_to_rest(
    web: WebServer, fetcher: Fetcher, cache_control: str, rest_seconds: float | None
) -> None:
    url = web.route("/data", Answer(body=b"x", headers={"Cache-Control": cache_control}))
    documents = [Document(str(number), "text") for number in range(101)]

    found = list(content(url, fetcher).in_batches(documents=documents))

    assert [batch.rest_seconds for batch in found] == [rest_seconds] * 2


def test_an_unmodified_source_may_rest_too(web: WebServer, fetcher: Fetcher) -> None:
    headers = {"Cache-Control": "max-age=600", "ETag": '"v1"', "Link": HUB}
    url = web.route("/data", Answer(body=b"x", headers=headers))
    first = content(url, fetcher)

    again = content(url, fetcher, first.cursor)

    assert again.unmodified().is_unmodified
    assert again.unmodified().rest_seconds == 600
    assert again.unmodified().hub == Hub("https://hub.example/", "https://feeds.example/feed")


def test_the_same_body_again_may_rest_too(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/data", Answer(body=b"x", headers={"Cache-Control": "max-age=600"}))
    first = content(url, fetcher)

    again = content(url, fetcher, first.cursor)

    assert (again.is_unmodified, again.unmodified().rest_seconds) == (True, 600)


def test_hub_and_links_of_the_headers_are_passed_on(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/data", Answer(body=b"x", headers={"Link": HUB}))

    found = content(url, fetcher)

    assert found.links[1] == Link("https://feeds.example/feed", ("self",))
    assert next(found.in_batches()).hub == Hub("https://hub.example/", "https://feeds.example/feed")


def test_a_hub_without_a_name_for_the_source_is_of_no_use(web: WebServer, fetcher: Fetcher) -> None:
    headers = {"Link": "<https://hub.example/>; rel=hub"}
    url = web.route("/data", Answer(body=b"x", headers=headers))

    assert content(url, fetcher).hub is None


def test_a_word_before_a_reference_is_sent_with_the_secret(
    web: WebServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RIVER_KEY", "swordfish")
    url = web.route("/data", Answer(body=b"x"))
    location = Location(url=url, headers={"Authorization": "Bearer env:RIVER_KEY"})

    found = read_content(location, {}, source="here", fetcher=fetcher)

    assert web.requests[0].headers["authorization"] == "Bearer swordfish"
    assert "swordfish" not in repr(found)
