"""A feed, the hub that pushes for it and the service that reads it, for tests of WebSub."""

from dataclasses import dataclass
from pathlib import Path

from grounding.websub import (
    Subscriber,
)
from indexer.catalogue import runs, sources, subscriptions
from indexer.records import (
    RunRecord,
    Subscription,
    SubscriptionState,
    Trigger,
)
from tests.fakes import FakeClock
from tests.grounding.serving import Line, Plan, Running
from tests.grounding.websub.hub import Hub
from tests.web import Answer, WebServer

PATH = "/feed"


def feed(*entries: str, hub: str | None, topic: str) -> Answer:
    links = f'<link rel="self" href="{topic}"/>'
    links += f'<link rel="hub" href="{hub}"/>' if hub else ""
    body = "".join(
        f"<entry><id>{each}</id><title>{each}</title><updated>2026-03-01T08:00:00Z</updated>"
        f"<content>{each} was published.</content></entry>"
        for each in entries
    )
    text = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{links}{body}</feed>'
    return Answer(body=text.encode(), headers={"Content-Type": "application/atom+xml"})


@dataclass
class Site:
    """A feed that a hub pushes for, and the service that reads it."""

    running: Running
    hub: Hub
    web: WebServer
    clock: FakeClock

    @property
    def subscriber(self) -> Subscriber:
        found = self.running.service.parts.websub
        assert found is not None
        return found

    @property
    def topic(self) -> str:
        return self.web.url(PATH)

    def publish(self, *entries: str, hub: str | None = "") -> None:
        address = self.hub.url if hub == "" else hub
        self.web.route(PATH, feed(*entries, hub=address, topic=self.topic))

    def read(self) -> RunRecord:
        return self.running.service.sync("news", wait_seconds=20)

    def subscription(self) -> Subscription | None:
        with self.running.service.parts.database.reading() as session:
            source = sources.named(session, "news")
            assert source is not None
            return subscriptions.subscription_of(session, source.id)

    @property
    def state(self) -> SubscriptionState | None:
        found = self.subscription()
        return None if found is None else found.state(self.clock())

    def subscribe(self) -> dict[str, str]:
        """Have the feed read and the hub asked and satisfied; return what the hub was asked."""
        self.read()
        self.subscriber.tick()
        form = self.hub.asked[-1]
        assert self.hub.verify(form).status_code == 200
        return form

    def pushed_runs(self) -> list[RunRecord]:
        with self.running.service.parts.database.reading() as session:
            found = runs.recent(session, source="news", limit=500)
        return [each for each in found if each.trigger is Trigger.HUB]

    def finished_push(self) -> RunRecord:
        run = self.pushed_runs()[0]
        return self.running.service.parts.queue.wait_finished(run.id, 20)


def plan(directory: Path, clock: FakeClock, line: Line, web: WebServer, **server: object) -> Plan:
    source = {"name": "news", "kind": "feed", "url": web.url(PATH), "schedule": "cron 0 0 1 1 *"}
    return Plan(
        directory,
        clock=clock,
        server={"public_url": line.url} | server,
        sources=[source],
        reads=True,
    )


def name_url(name: str) -> str:
    return f"http://feeds.example/{name}"
