"""However fast a hub pushes, its source is read now and then, and never for nothing."""

from collections.abc import Callable

import pytest

from grounding.websub import BETWEEN_READS, LOOK_AGAIN_SECONDS, Subscriber
from indexer.records import Subscription
from tests.grounding.serving import HOUR
from tests.grounding.websub.site import Site


class Put:
    """Keeps what is put off until later, and does it when told to."""

    def __init__(self) -> None:
        self.jobs: dict[str, tuple[float, Callable[[], None]]] = {}

    def __call__(self, name: str, seconds: float, job: Callable[[], None]) -> None:
        self.jobs[name] = (seconds, job)

    def do(self, name: str) -> None:
        _, job = self.jobs.pop(name)
        job()


@pytest.fixture
def put_off() -> Put:
    return Put()


@pytest.fixture
def subscriber(site: Site, put_off: Put) -> Subscriber:
    parts = site.running.service.parts
    site.subscribe()
    return Subscriber(
        parts.database,
        parts.queue,
        parts.fetcher,
        public_url=site.running.url,
        clock=site.clock,
        later=put_off,
    )


def subscription(site: Site) -> Subscription:
    found = site.subscription()
    assert found is not None
    return found


def test_pushes_in_a_burst_are_one_read_now_and_one_later(
    site: Site, subscriber: Subscriber, put_off: Put
) -> None:
    found = subscription(site)
    for _ in range(20):
        subscriber.take(found)
    site.finished_push()

    assert len(site.pushed_runs()) == 1
    assert put_off.jobs["pushed news"][0] == BETWEEN_READS.total_seconds()

    site.clock.advance(BETWEEN_READS)
    put_off.do("pushed news")
    assert len(site.pushed_runs()) == 2


def test_push_right_after_a_late_read_is_put_off_again(
    site: Site, subscriber: Subscriber, put_off: Put
) -> None:
    found = subscription(site)
    subscriber.take(found)
    subscriber.take(found)
    site.clock.advance(BETWEEN_READS)
    put_off.do("pushed news")

    subscriber.take(found)

    assert "pushed news" in put_off.jobs


def test_read_that_found_nothing_is_repeated_once(
    site: Site, subscriber: Subscriber, put_off: Put
) -> None:
    site.clock.advance(HOUR)
    subscriber.take(subscription(site))
    site.finished_push()
    assert put_off.jobs["look again news"][0] == LOOK_AGAIN_SECONDS
    site.publish("first", "second")

    put_off.do("look again news")

    assert site.finished_push().counts.new == 1
    assert put_off.jobs == {}


def test_read_that_found_news_is_not_repeated(
    site: Site, subscriber: Subscriber, put_off: Put
) -> None:
    site.clock.advance(HOUR)
    site.publish("first", "second")
    subscriber.take(subscription(site))
    site.finished_push()

    put_off.do("look again news")

    assert len(site.pushed_runs()) == 1


def test_clock_that_steps_back_puts_nothing_off_for_long(
    site: Site, subscriber: Subscriber, put_off: Put
) -> None:
    found = subscription(site)
    subscriber.take(found)
    site.clock.advance(-HOUR)

    subscriber.take(found)

    assert put_off.jobs["pushed news"][0] == BETWEEN_READS.total_seconds()


def test_what_is_delivered_last_is_kept(site: Site, subscriber: Subscriber) -> None:
    site.clock.advance(HOUR)
    subscriber.take(subscription(site))

    assert subscription(site).delivered_at == site.clock()
