"""WebSub over months: hubs that fail, leases that end, sources that go."""

from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from grounding.websub import (
    FIRST_PAUSE,
    PAUSE_IF_REFUSED,
)
from indexer.records import (
    RunStatus,
    SubscriptionState,
)
from tests.fakes import FakeClock
from tests.grounding.serving import DAY, HOUR, Line
from tests.grounding.websub.hub import Hub
from tests.grounding.websub.site import Site, feed, name_url, plan
from tests.web import Answer, WebServer


class TestFailures:
    def test_hub_that_denies_is_left_alone_for_a_day(self, site: Site) -> None:
        site.read()
        site.subscriber.tick()

        reply = site.hub.verify(site.hub.asked[0], mode="denied", reason="not\nyours")

        found = site.subscription()
        assert reply.status_code == 200
        assert found is not None
        assert found.last_error == "the hub denied the subscription: not yours"
        site.clock.advance(PAUSE_IF_REFUSED - HOUR)
        site.subscriber.tick()
        assert len(site.hub.asked) == 1
        site.clock.advance(HOUR)
        site.subscriber.tick()
        assert len(site.hub.asked) == 2

    def test_hub_may_end_a_subscription_that_it_once_confirmed(self, site: Site) -> None:
        form = site.subscribe()

        site.hub.verify(form, mode="denied")

        assert site.state is SubscriptionState.ASKED

    def test_hub_that_is_down_is_asked_again_after_growing_pauses(self, site: Site) -> None:
        site.hub.answer(503)
        site.read()
        asked_at: list[datetime] = []
        for _ in range(100):
            before = len(site.hub.asked)
            site.subscriber.tick()
            if len(site.hub.asked) > before:
                asked_at.append(site.clock())
            site.clock.advance(FIRST_PAUSE / 2)

        gaps = [later - sooner for sooner, later in pairwise(asked_at)]
        assert gaps[:5] == [FIRST_PAUSE * factor for factor in (1, 2, 4, 8, 16)]
        found = site.subscription()
        assert found is not None
        assert found.last_error is not None
        assert "503" in found.last_error

    def test_hub_that_names_a_pause_is_given_it(self, site: Site) -> None:
        site.hub.answer(503)
        site.hub.headers["Retry-After"] = "7200"
        site.read()
        site.subscriber.tick()

        found = site.subscription()
        assert found is not None
        assert found.ask_at == site.clock() + 2 * HOUR

    def test_hub_that_accepts_and_never_asks_back_is_asked_again(self, site: Site) -> None:
        site.read()
        site.subscriber.tick()
        site.clock.advance(FIRST_PAUSE)
        site.subscriber.tick()

        assert site.hub.modes == ["subscribe", "subscribe"]

    def test_failing_hub_does_not_keep_others_from_being_asked(self, site: Site) -> None:
        with Hub(statuses=(503,)) as failing:
            for name in ("bad-1", "bad-2"):
                url = site.web.route(f"/{name}", feed("a", hub=failing.url, topic=name_url(name)))
                site.running.http.post(
                    "/v1/sources",
                    json={
                        "name": name,
                        "kind": "feed",
                        "options": {"url": url},
                        "schedule": "cron 0 0 1 1 *",
                    },
                ).raise_for_status()
                site.running.service.sync(name, wait_seconds=20)
            site.read()

            site.subscriber.tick()

            assert len(failing.asked) == 1
            assert len(site.hub.asked) == 1

    def test_hub_at_a_private_address_is_never_asked(
        self, tmp_path: Path, clock: FakeClock, server_line: Line, hub: Hub, web: WebServer
    ) -> None:
        """Only the feed itself may be read here: its words decide whom else we talk to."""
        with server_line.connected(plan(tmp_path, clock, server_line, web)) as running:
            site = Site(running, hub, web, clock)
            site.publish("first", hub="http://169.254.169.254/latest/meta-data")
            site.read()
            site.subscriber.tick()

            found = site.subscription()

        assert found is not None
        assert found.last_error is not None
        assert "169.254.169.254" in found.last_error
        assert found.ask_at == clock() + PAUSE_IF_REFUSED

    def test_hub_on_this_machine_is_not_asked_unless_that_is_allowed(
        self, tmp_path: Path, clock: FakeClock, server_line: Line, hub: Hub, web: WebServer
    ) -> None:
        file = tmp_path / "feed.xml"
        file.write_bytes(feed("first", hub=hub.url, topic=name_url("news")).body)
        source = {"name": "news", "kind": "feed", "path": str(file), "schedule": "every 1d"}
        strict = replace(
            plan(tmp_path, clock, server_line, web), fetch={}, sources=[source], reads=False
        )
        with server_line.connected(strict) as running:
            site = Site(running, hub, web, clock)
            site.read()
            site.subscriber.tick()

            found = site.subscription()

        assert hub.asked == []
        assert found is not None
        assert found.last_error is not None
        assert "127.0.0.1" in found.last_error

    def test_hub_that_redirects_elsewhere_is_not_followed(self, site: Site) -> None:
        site.hub.answer(307)
        site.hub.headers["Location"] = site.web.route("/inside", Answer())
        site.read()
        site.subscriber.tick()

        found = site.subscription()
        assert site.web.count("/inside") == 0
        assert found is not None
        assert found.last_error is not None


class TestRenewal:
    def test_lease_is_renewed_before_it_ends(self, site: Site) -> None:
        site.subscribe()
        site.clock.advance(DAY / 2)
        site.subscriber.tick()
        assert len(site.hub.asked) == 1

        site.clock.advance(DAY / 4)
        site.subscriber.tick()

        first, second = site.hub.asked
        assert second == first
        assert site.state is SubscriptionState.ACTIVE
        site.hub.verify(second)
        found = site.subscription()
        assert found is not None
        assert found.lease_until == site.clock() + DAY

    def test_renewal_that_fails_is_tried_again_while_the_lease_lasts(self, site: Site) -> None:
        site.subscribe()
        site.hub.answer(500)
        site.clock.advance(DAY * 3 / 4)
        site.subscriber.tick()
        site.clock.advance(FIRST_PAUSE)
        site.subscriber.tick()

        assert len(site.hub.asked) == 3
        assert site.state is SubscriptionState.ACTIVE

    def test_lease_that_ran_out_is_no_longer_active(self, site: Site) -> None:
        site.subscribe()

        site.clock.advance(DAY)

        assert site.state is SubscriptionState.ASKED

    def test_restart_keeps_what_is_active_and_asks_again_for_what_is_not(
        self, tmp_path: Path, clock: FakeClock, server_line: Line, hub: Hub, web: WebServer
    ) -> None:
        same = plan(tmp_path, clock, server_line, web)
        with server_line.connected(same) as running:
            site = Site(running, hub, web, clock)
            site.publish("first")
            site.read()
            site.subscriber.tick()
        with server_line.connected(same) as running:
            site = Site(running, hub, web, clock)
            site.subscriber.tick()
            site.hub.verify(site.hub.asked[-1])
        with server_line.connected(same) as running:
            Site(running, hub, web, clock).subscriber.tick()

        assert hub.modes == ["subscribe", "subscribe"]

    def test_service_that_moved_is_subscribed_under_its_new_address(
        self, tmp_path: Path, clock: FakeClock, server_line: Line, hub: Hub, web: WebServer
    ) -> None:
        with server_line.connected(plan(tmp_path, clock, server_line, web)) as running:
            site = Site(running, hub, web, clock)
            site.publish("first")
            site.subscribe()
        moved = plan(tmp_path, clock, server_line, web, public_url="https://new.example/g/")
        with server_line.connected(moved) as running:
            Site(running, hub, web, clock).subscriber.tick()

        assert hub.asked[-1]["hub.callback"].startswith("https://new.example/g/v1/websub/")


class TestEnding:
    @pytest.mark.parametrize("change", [{"enabled": False}, {"schedule": None}], ids=str)
    def test_source_that_is_no_longer_read_is_unsubscribed(
        self, site: Site, change: dict[str, object]
    ) -> None:
        form = self._added(site)
        site.running.http.patch("/v1/sources/more", json=change).raise_for_status()

        self._ends(site, form)

    def test_source_that_is_removed_is_unsubscribed(self, site: Site) -> None:
        form = self._added(site)
        site.running.http.delete("/v1/sources/more").raise_for_status()

        self._ends(site, form)

    def test_feed_that_names_no_hub_any_more_is_unsubscribed(self, site: Site) -> None:
        form = site.subscribe()
        site.publish("first", "second", hub=None)
        site.read()

        self._ends(site, form)
        assert site.state is None

    def test_unmodified_feed_still_offers_its_hub(self, site: Site) -> None:
        site.subscribe()

        assert site.read().status is RunStatus.OK
        site.subscriber.tick()

        assert site.state is SubscriptionState.ACTIVE

    def test_hub_that_is_down_at_the_end_is_forgotten_after_a_few_attempts(
        self, site: Site
    ) -> None:
        site.subscribe()
        site.publish("second", hub=None)
        site.read()
        site.hub.answer(503)
        for _ in range(20):
            site.subscriber.tick()
            site.clock.advance(HOUR)

        assert site.hub.modes == ["subscribe", *["unsubscribe"] * 3]
        assert site.state is None

    def test_push_to_a_subscription_that_is_gone_ends_it(self, site: Site) -> None:
        form = site.subscribe()
        with Hub() as other:
            site.publish("second", hub=other.url)
            site.read()
            site.subscriber.tick()

            assert site.hub.push(form).status_code == 410
            assert other.asked[0]["hub.callback"] != form["hub.callback"]
            assert other.asked[0]["hub.secret"] != form["hub.secret"]

    def test_offer_that_comes_back_is_asked_for_again(self, site: Site) -> None:
        site.subscribe()
        site.publish("second", hub=None)
        site.read()
        site.publish("third")
        site.read()
        site.subscriber.tick()

        assert site.hub.modes == ["subscribe", "subscribe"]

    @staticmethod
    def _added(site: Site) -> dict[str, str]:
        """Subscribe a source that was added over HTTP, and so can be changed there."""
        url = site.web.route("/more", feed("a", hub=site.hub.url, topic=name_url("more")))
        body = {
            "name": "more",
            "kind": "feed",
            "options": {"url": url},
            "schedule": "cron 0 0 1 1 *",
        }
        site.running.http.post("/v1/sources", json=body).raise_for_status()
        site.running.service.sync("more", wait_seconds=20)
        site.subscriber.tick()
        form = site.hub.asked[-1]
        assert site.hub.verify(form).status_code == 200
        return form

    @staticmethod
    def _ends(site: Site, form: dict[str, str]) -> None:
        site.subscriber.tick()

        farewell = site.hub.asked[-1]
        assert farewell["hub.mode"] == "unsubscribe"
        assert farewell["hub.callback"] == form["hub.callback"]
        assert site.hub.push(form).status_code == 202
        assert site.pushed_runs() == []
        assert site.hub.verify(farewell).status_code == 200
        assert site.hub.push(form).status_code == 410
