import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.errors import RetryLater
from indexer import sources as registry
from indexer.errors import UnknownSource
from indexer.pace import LONGEST_PAUSE
from indexer.queue import Queue
from indexer.records import RunStatus
from tests.indexer.workshop import document, documents
from tests.indexer.worksite import WAIT_SECONDS, Site


def test_a_slot_is_queued_once(site: Site) -> None:
    site.add("news")
    site.queue.add_slot("news", "07:00")
    site.work_off()

    site.queue.add_slot("news", "07:00")
    site.queue.add_slot("news", "07:15")

    assert [run.slot for run in site.runs()] == ["07:00", "07:15"]


def test_two_schedulers_queue_one_run_for_a_slot(site: Site) -> None:
    site.add("news")
    other = Queue(site.workshop.database, site.workshop.clock)
    together = threading.Barrier(2)

    def add(queue: Queue) -> None:
        together.wait()
        queue.add_slot("news", "07:00")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add, [site.queue, other]))

    assert len(site.runs()) == 1


def test_the_same_slot_of_two_sources_is_two_runs(site: Site) -> None:
    for name in ("a", "b"):
        site.add(name)
        site.queue.add_slot(name, "07:00")

    assert [run.source for run in site.runs()] == ["a", "b"]


def test_a_run_that_waits_serves_whoever_asks(site: Site) -> None:
    site.add("news")

    first = site.queue.add_manual("news")
    site.queue.add_slot("news", "07:00")

    assert site.queue.add_manual("news") == first
    assert len(site.runs()) == 1


def test_a_source_that_asked_for_rest_is_left_alone_until_then(site: Site) -> None:
    site.add("news", RetryLater("busy", retry_after_seconds=3600))
    site.queue.add_slot("news", "07:00")
    site.work_off()

    site.queue.add_slot("news", "07:15")
    early = len(site.runs())
    site.workshop.clock.advance(timedelta(hours=1))
    site.queue.add_slot("news", "08:15")

    assert early == 1
    assert [run.slot for run in site.runs()] == ["07:00", "08:15"]


def test_a_source_that_asked_for_rest_may_be_read_by_hand(site: Site) -> None:
    site.add("news", RetryLater("busy", retry_after_seconds=3600))
    site.queue.add_slot("news", "07:00")
    site.work_off()
    site.add("news", documents(document("a")))

    site.queue.add_manual("news")
    site.work_off()

    assert site.source("news").resume_at is None
    assert site.workshop.current().keys() == {"a"}


def test_no_source_rests_longer_than_a_day(site: Site) -> None:
    site.add("news", RetryLater("busy", retry_after_seconds=999_999_999_999))
    site.queue.add_manual("news")

    site.work_off()

    assert site.runs()[0].status is RunStatus.FAILED
    assert site.source("news").resume_at == site.workshop.clock() + LONGEST_PAUSE


def test_a_source_that_is_off_is_read_by_hand_only(site: Site) -> None:
    site.add("news")
    with site.workshop.database.writing() as session:
        spec = registry.spec_of(registry.require(session, "news"))
        registry.change(session, replace(spec, is_enabled=False))

    site.queue.add_slot("news", "07:00")
    assert site.runs() == []
    site.queue.add_manual("news")

    assert len(site.runs()) == 1


def test_an_unknown_source_cannot_be_queued(site: Site) -> None:
    site.queue.add_slot("nobody", "07:00")
    with pytest.raises(UnknownSource, match="no source is named nobody"):
        site.queue.add_manual("nobody")

    assert site.runs() == []


def test_the_next_planned_read_is_written_down(site: Site) -> None:
    site.add("news")
    at = site.workshop.clock() + timedelta(minutes=15)

    site.queue.plan("news", at)
    site.queue.plan("nobody", at)

    assert site.source("news").next_read_at == at


def test_waiting_ends_with_the_time_or_with_the_run(site: Site) -> None:
    site.add("news", documents(document("a")))
    row = site.queue.add_manual("news")

    early = site.queue.wait_finished(row, 0)
    site.work_off()
    late = site.queue.wait_finished(row, WAIT_SECONDS)

    assert (early.status, late.status) == (RunStatus.QUEUED, RunStatus.OK)
    with pytest.raises(UnknownSource, match="no run is numbered"):
        site.queue.wait_finished(row + 1, 0)


def test_what_was_announced_after_a_look_is_not_waited_for(site: Site) -> None:
    seen = site.queue.announced
    site.queue.announce()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(site.queue.wait_changed, 2 * WAIT_SECONDS, since=seen)

        waiting.result(WAIT_SECONDS)


def test_a_run_of_a_removed_source_is_given_up(site: Site) -> None:
    site.add("news", documents(document("a")))
    site.queue.add_manual("news")
    with site.workshop.database.writing() as session:
        registry.remove(session, "news", now=site.workshop.clock())

    site.work_off()

    (run,) = site.runs()
    assert (run.status, run.error) == (RunStatus.INTERRUPTED, "the source was removed")
    assert site.workshop.versions() == []
