"""WebSub from end to end: hubs are asked, answer, and push."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from grounding.websub import (
    BETWEEN_READS,
    LONGEST_LEASE,
    Signature,
    lease_of,
)
from indexer.records import (
    RunStatus,
    SubscriptionState,
)
from tests.fakes import FakeClock
from tests.grounding.serving import DAY, Line
from tests.grounding.websub.hub import DAY_SECONDS, Hub, signature_of
from tests.grounding.websub.site import PATH, Site, feed, plan
from tests.web import Answer, WebServer


class TestSubscribing:
    def test_hub_is_asked_once_its_feed_was_read(self, site: Site) -> None:
        site.read()
        site.subscriber.tick()

        (form,) = site.hub.asked
        assert (form["hub.mode"], form["hub.topic"]) == ("subscribe", site.topic)
        assert form["hub.callback"].startswith(f"{site.running.url}/v1/websub/")
        assert len(form["hub.secret"]) > 40
        assert site.state is SubscriptionState.ASKED

    def test_hub_that_asks_back_is_told_its_challenge_as_plain_text(self, site: Site) -> None:
        site.read()
        site.subscriber.tick()

        reply = site.hub.verify(site.hub.asked[0])

        assert (reply.status_code, reply.text) == (200, "a <b>challenge</b>")
        assert reply.headers["content-type"].startswith("text/plain")
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert site.state is SubscriptionState.ACTIVE
        found = site.subscription()
        assert found is not None
        assert found.lease_until == site.clock() + timedelta(seconds=DAY_SECONDS)

    def test_hub_may_ask_back_before_it_has_answered(
        self, tmp_path: Path, clock: FakeClock, server_line: Line, web: WebServer
    ) -> None:
        with (
            Hub(verifies=True) as hub,
            server_line.connected(plan(tmp_path, clock, server_line, web)) as running,
        ):
            site = Site(running, hub, web, clock)
            site.publish("first")
            site.read()
            site.subscriber.tick()

            assert site.state is SubscriptionState.ACTIVE

    def test_parameters_that_nobody_knows_are_ignored(self, site: Site) -> None:
        site.read()
        site.subscriber.tick()

        assert site.hub.verify(site.hub.asked[0], verify_token="x").status_code == 200

    def test_what_was_not_asked_for_is_not_found(self, site: Site) -> None:
        site.read()
        site.subscriber.tick()
        wrong: list[dict[str, str]] = [
            {"topic": "http://example.org/other"},
            {"topic": ""},
            {"mode": "unsubscribe"},
            {"mode": "publish"},
            {"mode": ""},
            {"challenge": ""},
            {"challenge": "x" * 5_000},
        ]

        statuses = [site.hub.verify(site.hub.asked[0], **each).status_code for each in wrong]

        assert statuses == [404] * len(wrong)
        assert site.state is SubscriptionState.ASKED

    def test_hub_that_was_not_asked_yet_is_not_believed(self, site: Site) -> None:
        site.read()
        found = site.subscription()
        assert found is not None
        callback = f"{site.running.url}/v1/websub/{found.callback}"

        reply = site.hub.verify(
            {"hub.callback": callback, "hub.mode": "subscribe", "hub.topic": site.topic}
        )

        assert reply.status_code == 404

    def test_callback_that_nobody_gave_out_is_not_found(self, site: Site) -> None:
        for callback in ("nobody", "%00", "a" * 5_000, "%ff"):
            url = f"{site.running.url}/v1/websub/{callback}"

            asked = httpx.get(url, params={"hub.mode": "subscribe"}, trust_env=False)
            pushed = httpx.post(url, content=b"x", trust_env=False)

            assert (asked.status_code, pushed.status_code) == (404, 410)

    def test_same_offer_read_again_asks_nobody(self, site: Site) -> None:
        site.subscribe()
        site.publish("first", "second")
        site.read()
        site.subscriber.tick()

        assert site.hub.modes == ["subscribe"]

    def test_feed_without_a_hub_asks_nobody(self, site: Site) -> None:
        site.publish("first", hub=None)
        site.read()
        site.subscriber.tick()

        assert site.state is None
        assert site.hub.asked == []

    def test_without_an_address_of_our_own_nobody_is_asked_or_answered(
        self, tmp_path: Path, clock: FakeClock, server_line: Line, hub: Hub, web: WebServer
    ) -> None:
        off = plan(tmp_path, clock, server_line, web, websub=False)
        with server_line.connected(off) as running:
            site = Site(running, hub, web, clock)
            site.publish("first")
            site.read()
            reply = running.http.post("/v1/websub/any", content=b"x")

            assert running.service.parts.websub is None
            assert site.state is SubscriptionState.OFFERED
            assert reply.status_code == 404


class TestPushes:
    def test_push_has_the_feed_read_now(self, site: Site) -> None:
        form = site.subscribe()
        site.publish("first", "second")

        reply = site.hub.push(form)

        assert reply.status_code == 202
        run = site.finished_push()
        assert (run.status, run.counts.new) == (RunStatus.OK, 1)

    def test_words_of_a_push_are_not_stored(self, site: Site) -> None:
        form = site.subscribe()
        body = feed("planted", hub=site.hub.url, topic=site.topic).body

        site.hub.push(form, body)

        run = site.finished_push()
        assert (run.status, run.counts.new) == (RunStatus.OK, 0)

    def test_source_is_read_although_it_asked_for_rest(self, site: Site) -> None:
        answer = feed("first", hub=site.hub.url, topic=site.topic)
        lasting = {**answer.headers, "Cache-Control": "max-age=7200"}
        site.web.route(PATH, Answer(body=answer.body, headers=lasting))
        form = site.subscribe()
        site.publish("first", "second")

        site.hub.push(form)

        assert site.finished_push().counts.new == 1

    def test_source_that_fails_is_left_alone_for_its_pause(self, site: Site) -> None:
        form = site.subscribe()
        site.web.route(PATH, Answer(status=404))
        site.read()

        assert site.hub.push(form).status_code == 202
        assert site.pushed_runs() == []

    def test_push_that_is_not_signed_rightly_is_ignored_and_not_told_so(self, site: Site) -> None:
        form = site.subscribe()
        wrong = ["", "sha256=", "sha256", "=", "sha256=" + "0" * 64, "sha256=caf\u00e9"]

        replies = [
            httpx.post(
                form["hub.callback"],
                content=b"<feed/>",
                headers=[(b"X-Hub-Signature", each.encode())],
                trust_env=False,
            )
            for each in wrong
        ]
        unsigned = httpx.post(form["hub.callback"], content=b"<feed/>", trust_env=False)

        assert {reply.status_code for reply in (*replies, unsigned)} == {202}
        assert site.pushed_runs() == []

    def test_push_signed_with_another_secret_is_counted(self, site: Site) -> None:
        form = site.subscribe()

        site.hub.push(form, secret="guessed")
        site.hub.push(form)

        text = site.running.http.get("/metrics").text
        assert 'grounding_hub_pushes_total{outcome="forged"} 1.0' in text
        assert 'grounding_hub_pushes_total{outcome="genuine"} 1.0' in text

    def test_signature_of_another_body_is_wrong(self, site: Site) -> None:
        form = site.subscribe()
        signature = signature_of(b"one", form["hub.secret"])

        site.hub.push(form, b"two", signature=signature)
        assert site.pushed_runs() == []

        site.hub.push(form, b"one", signature=signature)
        assert len(site.pushed_runs()) == 1

    def test_push_repeated_a_hundred_times_is_read_a_few_times(self, site: Site) -> None:
        form = site.subscribe()

        replies = {site.hub.push(form).status_code for _ in range(100)}

        assert replies == {202}
        # The clock stands still: one read at once, one for all the others, put off till later.
        site.running.service.parts.queue.wait_finished(site.pushed_runs()[-1].id, 20)
        assert len(site.pushed_runs()) <= 2

    def test_push_after_a_while_is_read_at_once_again(self, site: Site) -> None:
        form = site.subscribe()
        site.hub.push(form)
        site.finished_push()
        site.clock.advance(BETWEEN_READS)

        site.hub.push(form)

        assert len(site.pushed_runs()) == 2

    def test_hub_needs_no_key_and_only_a_hub_does_not(
        self, tmp_path: Path, clock: FakeClock, server_line: Line, hub: Hub, web: WebServer
    ) -> None:
        keyed = replace(plan(tmp_path, clock, server_line, web), api_key="secret")
        with server_line.connected(keyed) as running:
            site = Site(running, hub, web, clock)
            site.publish("first")
            form = site.subscribe()

            assert site.hub.push(form).status_code == 202
            assert running.http.get("/v1/sources").status_code == 401
            assert running.http.get("/v1/websub").status_code == 401

    def test_push_larger_than_a_body_may_be_is_refused(
        self, tmp_path: Path, clock: FakeClock, server_line: Line, hub: Hub, web: WebServer
    ) -> None:
        small = plan(tmp_path, clock, server_line, web, max_body_bytes=1_000)
        with server_line.connected(small) as running:
            site = Site(running, hub, web, clock)
            site.publish("first")
            form = site.subscribe()

            assert site.hub.push(form, b"x" * 1_001).status_code == 413
            assert site.pushed_runs() == []


class TestSignature:
    @pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512", "SHA256"])
    def test_every_method_of_the_specification_is_known(self, method: str) -> None:
        header = signature_of(b"body", "secret", method=method.lower())
        signature = Signature(header.replace(method.lower(), method), "secret")
        signature.update(b"bo")
        signature.update(b"dy")

        assert signature.is_right()

    @pytest.mark.parametrize("method", ["md5", "sha3_256", "sha224", ""])
    def test_other_methods_are_not(self, method: str) -> None:
        assert not Signature(f"{method}=", "secret").is_right()


@pytest.mark.parametrize(
    ("said", "lease"),
    [
        ("86400", DAY),
        ("1", timedelta(seconds=1)),
        ("9" * 400, LONGEST_LEASE),
        ("", DAY),
        ("0", DAY),
        ("-5", DAY),
        ("1.5", DAY),
        ("soon", DAY),
    ],
)
def test_lease_is_what_the_hub_says_within_reason(said: str, lease: timedelta) -> None:
    assert lease_of(said) == lease
