"""What `fetch` owes to hosts: their turn, their rest, their robots.txt; and what replies tell."""

from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Thread
from time import monotonic, sleep

import pytest

from connectors.errors import Disallowed, Refused, RetryLater, SourceBroken, SourceGone
from connectors.http.fetch import Fetcher, FetchLimits, Link, Politeness, Validators
from tests.connectors.fetching import local_fetcher
from tests.web import Answer, Request, WebServer, html, redirect

ROBOTS = "User-agent: *\nDisallow: /private\nCrawl-delay: 7\nSitemap: /map.xml\n"


def robots(text: str = ROBOTS, **headers: str) -> Answer:
    return Answer(body=text.encode(), headers={"Content-Type": "text/plain", **headers})


@pytest.fixture
def elsewhere() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


class TestWhatTheReplyTells:
    def test_freshness_links_and_language(self, web: WebServer, fetcher: Fetcher) -> None:
        headers = {
            "Cache-Control": "max-age=600",
            "Age": "100",
            "Link": '<https://hub.example/>; rel="hub", </feed>; rel="self"',
            "Content-Language": "de-CH, fr",
            "Last-Modified": "Sun, 01 Mar 2026 10:00:00 GMT",
        }
        reply = fetcher.fetch(web.route("/page", Answer(headers=headers)))

        assert reply.fresh_for_seconds == 500
        assert reply.links[0] == Link("https://hub.example/", ("hub",))
        assert reply.linked("self") == (web.url("/feed"),)
        assert reply.content_language == "de-CH"
        assert reply.last_modified_at == datetime(2026, 3, 1, 10, tzinfo=UTC)

    def test_nothing_is_told_where_nothing_is_said(self, web: WebServer, fetcher: Fetcher) -> None:
        reply = fetcher.fetch(web.route("/page", html("x")))

        assert (reply.fresh_for_seconds, reply.links) == (None, ())
        assert (reply.content_language, reply.last_modified_at) == (None, None)

    def test_unmodified_replies_are_fresh_again(self, web: WebServer, fetcher: Fetcher) -> None:
        headers = {"Cache-Control": "max-age=600", "Link": "<https://hub.example/>; rel=hub"}
        url = web.route("/page", Answer(status=304, headers=headers))

        reply = fetcher.fetch(url, validators=Validators(etag='"v1"'))

        assert (reply.is_unmodified, reply.fresh_for_seconds) == (True, 600)
        assert reply.linked("hub") == ("https://hub.example/",)

    def test_links_of_a_redirected_reply_start_where_it_was_found(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        web.route("/new/page", Answer(headers={"Link": "<next>; rel=next"}))

        reply = fetcher.fetch(web.route("/old", redirect("/new/page")))

        assert reply.linked("next") == (web.url("/new/next"),)


class TestAHostsTurn:
    def test_sources_of_one_host_never_ask_at_once(self, web: WebServer, fetcher: Fetcher) -> None:
        together, most = 0, 0

        def slow(request: Request) -> Answer:
            nonlocal together, most
            together += 1
            most = max(most, together)
            sleep(0.005)
            together -= 1
            return html(request.path)

        url = web.route("/page", slow)
        threads = [Thread(target=fetcher.fetch, args=(url,)) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert (web.count("/page"), most) == (12, 1)

    def test_delay_lies_between_requests(self, web: WebServer, pauses: list[float]) -> None:
        url = web.route("/page", html("x"))

        with local_fetcher(pauses, Politeness(delay_seconds=5)) as fetcher:
            for _ in range(3):
                fetcher.fetch(url)

        assert pauses == [pytest.approx(5, abs=0.5)] * 2

    def test_waiting_for_a_turn_is_not_part_of_the_time_for_an_attempt(
        self, web: WebServer, pauses: list[float]
    ) -> None:
        url = web.route("/page", html("x"))

        def paused(seconds: float) -> None:
            pauses.append(seconds)
            sleep(0.6)

        with Fetcher(
            FetchLimits(timeout_seconds=0.5, attempts=1),
            politeness=Politeness(delay_seconds=0.6),
            allow_private_addresses=True,
            sleep=paused,
        ) as fetcher:
            fetcher.fetch(url)
            assert fetcher.fetch(url).body == b"x"

        assert len(pauses) == 1

    def test_redirects_to_another_host_take_their_turn_there(
        self, web: WebServer, elsewhere: WebServer, pauses: list[float]
    ) -> None:
        elsewhere.route("/page", html("x"))
        url = web.route("/old", redirect(elsewhere.url("/page")))

        with local_fetcher(pauses, Politeness(delay_seconds=5)) as fetcher:
            fetcher.fetch(url)
            fetcher.fetch(elsewhere.url("/page"))

        assert pauses == [pytest.approx(5, abs=0.5)]

    def test_no_source_of_a_host_asks_during_its_rest(
        self, web: WebServer, elsewhere: WebServer, fetcher: Fetcher, pauses: list[float]
    ) -> None:
        busy = web.route("/busy", Answer(status=429, headers={"Retry-After": "3600"}))
        other = web.route("/other", html("x"))
        with pytest.raises(RetryLater):
            fetcher.fetch(busy)

        with pytest.raises(RetryLater, match="asked for rest") as caught:
            fetcher.fetch(other)

        assert caught.value.retry_after_seconds == pytest.approx(3600, abs=1)
        assert web.count("/other") == 0
        assert fetcher.fetch(elsewhere.route("/page", html("x"))).body == b"x"
        pauses.append(3600)
        assert fetcher.fetch(other).body == b"x"

    def test_a_short_rest_is_waited_for_by_who_was_told_and_refused_to_others(
        self, web: WebServer, pauses: list[float]
    ) -> None:
        busy = Answer(status=503, headers={"Retry-After": "7"})
        url = web.route("/page", busy, html("fine"))
        other = web.route("/other", html("x"))
        refused: list[RetryLater] = []

        def meanwhile(seconds: float) -> None:
            with pytest.raises(RetryLater) as caught:
                fetcher.fetch(other)
            refused.append(caught.value)
            pauses.append(seconds)

        with Fetcher(
            allow_private_addresses=True,
            sleep=meanwhile,
            monotonic=lambda: monotonic() + sum(pauses),
        ) as fetcher:
            assert fetcher.fetch(url).body == b"fine"

        assert refused[0].retry_after_seconds == pytest.approx(7, abs=0.5)
        assert (web.count("/other"), pauses) == (0, [7])

    def test_rest_asked_for_behind_a_redirect_is_that_hosts(
        self, web: WebServer, elsewhere: WebServer, fetcher: Fetcher
    ) -> None:
        there = elsewhere.route("/page", Answer(status=503, headers={"Retry-After": "3600"}))
        with pytest.raises(RetryLater):
            fetcher.fetch(web.route("/old", redirect(there)))

        with pytest.raises(RetryLater, match="asked for rest"):
            fetcher.fetch(elsewhere.url("/other"))

        assert fetcher.fetch(web.route("/page", html("x"))).body == b"x"


class TestRobots:
    def test_pages_are_read_where_allowed_with_the_delay_asked_for(
        self, web: WebServer, fetcher: Fetcher, pauses: list[float]
    ) -> None:
        web.route("/robots.txt", robots())
        url = web.route("/page", html("x"))

        fetcher.fetch(url, obeys_robots=True)
        fetcher.fetch(url, obeys_robots=True)

        assert web.count("/robots.txt") == 1
        assert pauses == [pytest.approx(7, abs=0.5)]

    def test_disallowed_pages_are_not_asked_for(self, web: WebServer, fetcher: Fetcher) -> None:
        web.route("/robots.txt", robots())
        url = web.route("/private", html("x"))

        with pytest.raises(Disallowed, match=r"robots\.txt asks"):
            fetcher.fetch(url, obeys_robots=True)

        assert web.count("/private") == 0
        assert isinstance(Disallowed(""), SourceGone)

    def test_feeds_and_apis_are_read_without_asking(self, web: WebServer, fetcher: Fetcher) -> None:
        web.route("/robots.txt", robots())

        fetcher.fetch(web.route("/private", html("x")))

        assert web.count("/robots.txt") == 0

    def test_a_redirect_does_not_lead_around_the_rules_of_another_host(
        self, web: WebServer, elsewhere: WebServer, fetcher: Fetcher
    ) -> None:
        elsewhere.route("/robots.txt", robots("User-agent: grounding\nDisallow: /"))
        target = elsewhere.route("/page", html("x"))

        with pytest.raises(Disallowed):
            fetcher.fetch(web.route("/page", redirect(target)), obeys_robots=True)

        assert elsewhere.count("/page") == 0

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
    def test_refused_rules_allow_everything(
        self, web: WebServer, fetcher: Fetcher, status: int
    ) -> None:
        web.route("/robots.txt", Answer(status=status))

        assert fetcher.fetch(web.route("/page", html("x")), obeys_robots=True).body == b"x"

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_rules_that_cannot_be_read_now_allow_nothing(
        self, web: WebServer, fetcher: Fetcher, status: int
    ) -> None:
        web.route("/robots.txt", Answer(status=status))
        url = web.route("/page", html("x"))

        for _ in range(2):
            with pytest.raises(RetryLater):
                fetcher.fetch(url, obeys_robots=True)

        assert web.count("/page") == 0
        assert web.count("/robots.txt") == 3

    def test_rules_are_found_behind_five_redirects_and_given_up_after_that(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        for number in range(5):
            web.route(f"/{number}", redirect(f"/{number + 1}"))
        web.route("/robots.txt", redirect("/1"))
        web.route("/5", robots())

        with pytest.raises(Disallowed):
            fetcher.fetch(web.route("/private", html("x")), obeys_robots=True)

    def test_rules_that_redirect_for_ever_are_none(self, web: WebServer, fetcher: Fetcher) -> None:
        web.route("/robots.txt", redirect("/robots.txt"))

        assert fetcher.fetch(web.route("/page", html("x")), obeys_robots=True).body == b"x"

    def test_only_the_beginning_of_endless_rules_is_read(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        def endless() -> Iterator[bytes]:
            yield ROBOTS.encode()
            while True:
                yield b"# more to come\n" * 1_000

        web.route("/robots.txt", Answer(chunks=endless))

        assert fetcher.sitemaps(web.url("/page")) == (web.url("/map.xml"),)
        assert fetcher.crawl_delay(web.url("/page")) == 7

    def test_credentials_of_a_source_are_not_sent_for_the_rules(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        web.route("/page", html("x"))
        url = web.url("/page").replace("http://", "http://ann:s3cret@")

        fetcher.fetch(url, headers={"X-Key": "k"}, obeys_robots=True)

        sent = web.asked("/robots.txt")[0].headers
        assert "authorization" not in sent
        assert "x-key" not in sent


class TestPost:
    def test_form_is_sent_once(self, web: WebServer, fetcher: Fetcher) -> None:
        url = web.route("/hub", Answer(status=202, body=b"ok"))

        reply = fetcher.post(url, {"hub.mode": "subscribe", "hub.topic": "https://a.example/?b&c"})

        (asked,) = web.asked("/hub")
        assert (asked.method, reply.status) == ("POST", 202)
        assert asked.body == b"hub.mode=subscribe&hub.topic=https%3A%2F%2Fa.example%2F%3Fb%26c"
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"

    def test_redirect_is_not_followed_with_the_body(self, web: WebServer, fetcher: Fetcher) -> None:
        url = web.route("/hub", redirect("/other", 307))
        web.route("/other", Answer(status=202))

        with pytest.raises(Refused, match=r"redirects what is sent to it; use .*/other"):
            fetcher.post(url, {"hub.mode": "subscribe"})

        assert web.count("/other") == 0

    @pytest.mark.parametrize(("status", "kind"), [(503, RetryLater), (404, Refused)])
    def test_failure_is_not_repeated(
        self, web: WebServer, fetcher: Fetcher, status: int, kind: type[Exception]
    ) -> None:
        url = web.route("/hub", Answer(status=status))

        with pytest.raises(kind, match=str(status)):
            fetcher.post(url, {"a": "b"})

        assert web.count("/hub") == 1

    def test_private_addresses_are_refused(self, web: WebServer) -> None:
        with Fetcher() as careful, pytest.raises(SourceBroken, match="not a public address"):
            careful.post(web.url("/hub"), {"a": "b"})

        assert web.requests == []
