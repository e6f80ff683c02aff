"""Whose turn it is at a host: one at a time, with a pause between, and none while it rests."""

from collections.abc import Iterator
from contextlib import ExitStack
from threading import Barrier, Thread

import httpx
import pytest

from connectors.errors import NotNow, RetryLater
from connectors.http.hosts import LONGEST_REST_SECONDS, MOST_HOSTS, Hosts, Politeness, host_of

HERE = httpx.URL("https://feeds.example/a")
ELSEWHERE = httpx.URL("https://news.example/a")


class Time:
    """A monotonic clock that only moves when somebody sleeps, or is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


def hosts(time: Time, **politeness: float) -> Hosts:
    chosen = Politeness(
        per_host=int(politeness.get("per_host", 1)),
        delay_seconds=politeness.get("delay_seconds", 0),
        longest_wait_seconds=politeness.get("longest_wait_seconds", 60),
    )
    return Hosts(chosen, sleep=time.sleep, monotonic=lambda: time.now)


def test_requests_to_one_host_never_overlap() -> None:
    polite = Hosts()
    together, most = 0, 0
    start = Barrier(8)

    def ask() -> None:
        nonlocal together, most
        start.wait()
        for _ in range(20):
            with polite.turn(HERE):
                together += 1
                most = max(most, together)
                together -= 1

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1


def test_another_host_is_not_waited_for(time: Time) -> None:
    polite = hosts(time, longest_wait_seconds=0)

    with polite.turn(HERE), polite.turn(ELSEWHERE):
        pass

    assert time.slept == []


def test_whose_turn_comes_too_late_is_told_to_come_again(time: Time) -> None:
    polite = hosts(time, longest_wait_seconds=0)

    with polite.turn(HERE), pytest.raises(RetryLater, match="is being read for other sources"):
        polite.turn(HERE).__enter__()


def test_as_many_as_allowed_may_ask_at_once(time: Time) -> None:
    polite = hosts(time, per_host=2, longest_wait_seconds=0)

    with ExitStack() as turns:
        turns.enter_context(polite.turn(HERE))
        turns.enter_context(polite.turn(HERE))
        with pytest.raises(NotNow):
            turns.enter_context(polite.turn(HERE))


def test_the_pause_counts_from_the_end_of_the_last_request(time: Time) -> None:
    polite = hosts(time, delay_seconds=2)

    with polite.turn(HERE):
        time.now += 5
    time.now += 0.5
    with polite.turn(HERE):
        pass

    assert time.slept == [1.5]


def test_a_request_may_want_a_longer_pause_around_it(time: Time) -> None:
    polite = hosts(time, delay_seconds=2)

    with polite.turn(HERE, delay_seconds=10):
        pass
    with polite.turn(HERE):
        pass
    with polite.turn(HERE):
        pass

    assert time.slept == [10, 2]


def test_a_failed_request_gives_up_its_turn_and_keeps_the_pause(time: Time) -> None:
    polite = hosts(time, delay_seconds=2)

    with pytest.raises(ZeroDivisionError), polite.turn(HERE):
        raise ZeroDivisionError
    with polite.turn(HERE):
        pass

    assert time.slept == [2]


def test_a_pause_that_is_too_long_says_how_long_it_is(time: Time) -> None:
    polite = hosts(time, delay_seconds=90, longest_wait_seconds=60)
    with polite.turn(HERE):
        pass
    time.now += 20

    with pytest.raises(NotNow) as caught:
        polite.turn(HERE).__enter__()

    assert caught.value.retry_after_seconds == 70
    assert time.slept == []


def test_nobody_asks_a_host_that_rests(time: Time) -> None:
    polite = hosts(time)
    polite.rest(HERE, 100)
    time.now += 40

    with pytest.raises(NotNow, match="asked for rest, for another 60 s") as caught:
        polite.turn(HERE).__enter__()

    assert caught.value.retry_after_seconds == 60
    time.now += 60
    with polite.turn(HERE):
        pass


def test_a_shorter_wish_does_not_shorten_a_rest(time: Time) -> None:
    polite = hosts(time)
    polite.rest(HERE, 100)
    polite.rest(HERE, 1)

    with pytest.raises(NotNow) as caught:
        polite.turn(HERE).__enter__()

    assert caught.value.retry_after_seconds == 100


def test_a_rest_of_years_ends_after_a_day(time: Time) -> None:
    polite = hosts(time)
    polite.rest(HERE, 1e9)

    with pytest.raises(NotNow) as caught:
        polite.turn(HERE).__enter__()

    assert caught.value.retry_after_seconds == LONGEST_REST_SECONDS


def test_a_host_that_asks_for_rest_during_a_pause_is_left_alone(time: Time) -> None:
    polite: Hosts

    def sleep(seconds: float) -> None:
        time.now += seconds
        polite.rest(HERE, 30)

    polite = Hosts(Politeness(per_host=2, delay_seconds=5), sleep=sleep, monotonic=lambda: time.now)
    with polite.turn(HERE):
        pass

    with pytest.raises(NotNow):
        polite.turn(HERE).__enter__()


def many_hosts(number: int) -> Iterator[httpx.URL]:
    return (httpx.URL(f"https://host-{each}.example/") for each in range(number))


def test_hosts_that_nothing_is_known_of_are_forgotten(time: Time) -> None:
    polite = hosts(time)
    polite.rest(HERE, 50)

    for url in many_hosts(3 * MOST_HOSTS):
        with polite.turn(url):
            pass

    assert len(polite) <= MOST_HOSTS
    with pytest.raises(NotNow):
        polite.turn(HERE).__enter__()


def test_hosts_at_rest_are_bounded_too(time: Time) -> None:
    polite = hosts(time)

    for number, url in enumerate(many_hosts(3 * MOST_HOSTS)):
        polite.rest(url, 1_000 + number)

    assert len(polite) <= MOST_HOSTS


def test_a_host_is_told_by_scheme_name_and_port() -> None:
    same = ["https://a.example/x", "https://A.example:443/y", "https://a.example./z?q"]
    other = ["http://a.example/", "https://a.example:8443/", "https://b.example/"]

    assert len({host_of(httpx.URL(url)) for url in same}) == 1
    assert len({host_of(httpx.URL(url)) for url in [same[0], *other]}) == 4
