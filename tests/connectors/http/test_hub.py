"""What a feed offers and asks for beside its entries: a hub, and to be left alone."""

import json
from pathlib import Path

import pytest

from connectors.feeds.feed_rest import LONGEST_TTL
from connectors.http.fetch import Fetcher
from connectors.http.hub import hub_as_cursor, hub_from_cursor, offered_hub
from connectors.records import Batch, Hub
from tests.connectors.reading import connector, read
from tests.web import Answer, WebServer

HUB, SELF = "https://hub.example/", "https://feeds.example/news?part=1"
OFFER = Hub(HUB, SELF)


def atom(*links: str) -> str:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{"".join(links)}'
        "<entry><id>1</id><title>One</title></entry></feed>"
    )


def rss(channel: str) -> str:
    return (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"'
        ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
        f"<channel><title>T</title>{channel}"
        "<item><guid>1</guid><title>One</title></item></channel></rss>"
    )


def link(rel: str, href: str, prefix: str = "") -> str:
    return f'<{prefix}link rel="{rel}" href="{href}"/>'


def batch_of(directory: Path, body: str) -> Batch:
    path = directory / "feed"
    path.write_text(body)
    (only,) = read(connector("feed", path=path)).batches
    return only


class TestHub:
    def test_atom_names_hub_and_self(self, tmp_path: Path) -> None:
        body = atom(link("hub", HUB), link("self", SELF))

        assert batch_of(tmp_path, body).hub == OFFER

    def test_rss_names_them_in_the_words_of_atom(self, tmp_path: Path) -> None:
        body = rss(link("hub", HUB, "atom:") + link("self", SELF, "atom:"))

        assert batch_of(tmp_path, body).hub == OFFER

    @pytest.mark.parametrize("kind", ["WebSub", "websub", "PubSubHubbub"])
    def test_json_feed_names_them(self, tmp_path: Path, kind: str) -> None:
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "T",
            "feed_url": SELF,
            "hubs": [
                {"type": "rssCloud", "url": "https://cloud.example"},
                {"type": kind, "url": HUB},
            ],
            "items": [{"id": "1", "content_text": "One"}],
        }

        assert batch_of(tmp_path, json.dumps(feed)).hub == OFFER

    @pytest.mark.parametrize("hubs", [None, {}, "x", [1], [{}], [{"type": "WebSub"}]], ids=repr)
    def test_json_feed_with_garbage_for_hubs_has_none(self, tmp_path: Path, hubs: object) -> None:
        feed = {"feed_url": SELF, "hubs": hubs, "items": [{"id": "1", "content_text": "One"}]}

        assert batch_of(tmp_path, json.dumps(feed)).hub is None

    def test_link_of_an_entry_is_no_hub_of_the_feed(self, tmp_path: Path) -> None:
        body = atom(link("self", SELF)).replace("<id>1", link("hub", HUB) + "<id>1")

        assert batch_of(tmp_path, body).hub is None

    def test_link_headers_go_before_what_the_body_says(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        body = atom(link("hub", "https://other.example/"), link("self", SELF)).encode()
        headers = {"Link": f'<{HUB}>; rel="hub", <{SELF}>; rel="self"', "ETag": '"1"'}
        url = web.route("/feed", Answer(body=body, headers=headers))
        reading = connector("feed", fetcher, url=url)

        first = read(reading)
        second = read(reading, first.cursor)

        assert first.batches[0].hub == OFFER
        assert second.is_unmodified
        assert second.batches[0].hub == OFFER

    def test_every_read_says_it_also_one_without_news(self, tmp_path: Path) -> None:
        path = tmp_path / "feed"
        path.write_text(atom(link("hub", HUB), link("self", SELF)))
        reading = connector("feed", path=path)

        again = read(reading, read(reading).cursor)

        assert again.is_unmodified
        assert again.batches[0].hub == OFFER

    def test_feed_that_names_no_hub_any_more_offers_none(self, tmp_path: Path) -> None:
        path = tmp_path / "feed"
        path.write_text(atom(link("hub", HUB), link("self", SELF)))
        reading = connector("feed", path=path)
        cursor = read(reading).cursor
        path.write_text(atom(link("self", SELF), "<subtitle>moved</subtitle>"))

        assert read(reading, cursor).batches[0].hub is None


class TestOffer:
    def test_hub_on_https_is_preferred(self) -> None:
        assert offered_hub(["http://a.example/", HUB], SELF) == OFFER

    def test_relative_addresses_are_those_of_the_feed(self) -> None:
        found = offered_hub(["/hub"], "/feed", address="https://a.example/x/y")

        assert found == Hub("https://a.example/hub", "https://a.example/feed")

    @pytest.mark.parametrize(
        "hub",
        [
            "",
            "hub",
            "ftp://hub.example/",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://user:secret@hub.example/",
            "https://[broken/",
            "https://hub.example/" + "x" * 3_000,
            "https://hub.example/a b",
            "https://hub.example/\n",
            "https:///path",
        ],
    )
    def test_what_is_no_address_of_a_hub_is_no_offer(self, hub: str) -> None:
        assert offered_hub([hub], SELF) is None
        assert offered_hub([HUB], hub) is None

    def test_no_offer_without_a_name_for_the_feed(self) -> None:
        assert offered_hub([HUB], "") is None

    @pytest.mark.parametrize("kept", [None, "x", [], ["a"], ["a", 1], {"url": "a"}], ids=repr)
    def test_foreign_cursor_is_no_offer(self, kept: object) -> None:
        assert hub_from_cursor({"hub": kept}) is None
        assert hub_from_cursor(hub_as_cursor(OFFER)) == OFFER


class TestRest:
    def test_ttl_of_a_channel_is_the_wish(self, tmp_path: Path) -> None:
        assert batch_of(tmp_path, rss("<ttl>60</ttl>")).rest_seconds == 3_600

    def test_update_period_is_a_wish(self, tmp_path: Path) -> None:
        said = "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"

        assert batch_of(tmp_path, rss(said)).rest_seconds == 1_800

    def test_hours_to_be_skipped_are_kept_to(self, tmp_path: Path) -> None:
        """The clock of the tests stands at noon."""
        said = "<skipHours><hour>12</hour><hour>13</hour></skipHours>"

        assert batch_of(tmp_path, rss(said)).rest_seconds == 7_200

    def test_feed_without_wishes_has_none(self, tmp_path: Path) -> None:
        assert batch_of(tmp_path, rss("")).rest_seconds is None

    def test_unmodified_feed_wishes_what_it_wished(self, tmp_path: Path) -> None:
        path = tmp_path / "feed"
        path.write_text(rss("<ttl>60</ttl>"))
        reading = connector("feed", path=path)

        again = read(reading, read(reading).cursor)

        assert again.is_unmodified
        assert again.batches[0].rest_seconds == 3_600

    @pytest.mark.parametrize(
        ("ttl", "max_age", "seconds"), [(5, 900, 900), (30, 900, 1_800), (9_999, 60, None)]
    )
    def test_longest_of_feed_and_server_counts(
        self, web: WebServer, fetcher: Fetcher, ttl: int, max_age: int, seconds: int | None
    ) -> None:
        headers = {"Cache-Control": f"max-age={max_age}"}
        body = rss(f"<ttl>{ttl}</ttl>").encode()
        url = web.route("/feed", Answer(body=body, headers=headers))

        (batch,) = read(connector("feed", fetcher, url=url)).batches

        assert batch.rest_seconds == (seconds or LONGEST_TTL.total_seconds())
