"""Runs whose worker died, slept, or could not write how they ended."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from connectors.records import Batch, Cursor
from indexer.catalogue import runs
from indexer.records import RunStatus
from indexer.tables import RunRow
from indexer.worker import LEASE
from tests.indexer.workshop import (
    CrashingDatabase,
    FakeConnector,
    Workshop,
    document,
    documents,
)
from tests.indexer.worksite import WAIT_SECONDS, Acting, Site


def _claim(site: Site, owner: str) -> int:
    """Take the oldest run as a worker of that name would, and leave it."""
    now = site.workshop.clock()
    with site.workshop.database.writing() as session:
        row = runs.claim(session, owner=owner, now=now, lease_until=now + LEASE)
    assert row is not None
    return row


def _dead_owner() -> str:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return f"{socket.gethostname()}:{process.pid}:{'0' * 32}"


@pytest.mark.parametrize(
    "owner",
    [_dead_owner, lambda: f"{socket.gethostname()}:{os.getpid()}:{'0' * 32}"],
    ids=["dead process", "earlier process with our number"],
)
def test_the_run_of_a_dead_worker_is_interrupted_and_queued_again(
    site: Site, owner: Callable[[], str]
) -> None:
    site.add("news", documents(document("a")))
    site.queue.add_manual("news")
    row = _claim(site, owner())

    assert site.worker.recover() == 1
    site.work_off()

    lost, again = site.runs()
    assert (lost.id, lost.status) == (row, RunStatus.INTERRUPTED)
    assert lost.finished_at is not None
    assert lost.error is not None
    assert (again.slot, again.status) == (f"again:{row}", RunStatus.OK)
    assert site.workshop.current().keys() == {"a"}


@pytest.mark.parametrize(
    "owner",
    ["elsewhere:1:x", f"{socket.gethostname()}:{os.getppid()}:x"],
    ids=["another host", "another live process"],
)
def test_the_run_of_a_worker_that_may_live_is_left_until_its_lease_ends(
    site: Site, owner: str
) -> None:
    site.add("news")
    site.queue.add_manual("news")
    _claim(site, owner)
    site.workshop.clock.advance(LEASE)

    early = site.worker.recover()
    site.workshop.clock.advance(timedelta(microseconds=1))

    assert (early, site.worker.recover()) == (0, 1)


def test_a_long_read_keeps_its_lease(site: Site) -> None:
    site.workshop.source("news")
    clock, database = site.workshop.clock, site.workshop.database
    site.queue.add_manual("news")

    class Slow(FakeConnector):
        def read(self, cursor: Cursor) -> Iterator[Batch]:
            for nth in range(5):
                clock.advance(LEASE / 2)
                yield documents(document(str(nth)), cursor={"page": nth})
                with database.reading() as session:
                    end = session.scalars(select(RunRow.lease_until)).one()
                lengths.append(end - clock() if end else None)

    lengths: list[timedelta | None] = []
    site.connectors["news"] = Slow()

    site.work_off()

    assert lengths == [LEASE] * 5


def test_a_run_whose_lease_ended_is_left_to_the_next(site: Site) -> None:
    def sleep_on_the_way() -> None:
        site.workshop.clock.advance(LEASE + timedelta(minutes=1))
        site.another_worker().recover()

    site.workshop.source("news")
    site.connectors["news"] = Acting(
        sleep_on_the_way,
        documents(document("a"), cursor={"page": 1}),
        documents(document("b"), cursor={"page": 2}),
    )
    site.queue.add_manual("news")

    site.worker.run_next()

    assert [run.status for run in site.runs()] == [RunStatus.INTERRUPTED, RunStatus.QUEUED]
    assert site.workshop.current().keys() == {"a"}
    assert site.source("news").last_attempt_at is None


def test_a_run_that_ended_after_its_lease_stays_interrupted(site: Site) -> None:
    def sleep_at_the_end() -> None:
        site.workshop.clock.advance(LEASE + timedelta(minutes=1))
        site.another_worker().recover()

    site.workshop.source("news")
    site.connectors["news"] = Acting(sleep_at_the_end)
    site.queue.add_manual("news")

    site.worker.run_next()

    assert [run.status for run in site.runs()] == [RunStatus.INTERRUPTED, RunStatus.QUEUED]
    assert site.source("news").last_success_at is None


def test_a_run_whose_end_could_not_be_written_is_queued_again(workshop: Workshop) -> None:
    failing = CrashingDatabase(workshop.database, crash_at=0, error=OSError)
    site = Site(replace(workshop, database=failing))
    site.workshop.source("news")

    def break_down() -> None:
        failing.crash_at = failing.commits + 1

    site.connectors["news"] = Acting(break_down)
    site.queue.add_manual("news")

    with pytest.raises(OSError):  # noqa: PT011 - the one that was asked for
        site.worker.run_next()

    assert site.worker.recover() == 1
    assert [run.status for run in site.runs()] == [RunStatus.INTERRUPTED, RunStatus.QUEUED]


def test_recovering_when_nothing_was_lost_does_nothing(site: Site) -> None:
    site.add("news")
    site.queue.add_manual("news")

    assert site.worker.recover() == 0
    assert [run.status for run in site.runs()] == [RunStatus.QUEUED]


def test_starting_takes_up_the_runs_of_a_dead_worker(site: Site) -> None:
    site.add("news", documents(document("a")))
    site.queue.add_manual("news")
    row = _claim(site, _dead_owner())
    worker = site.another_worker(threads=1)

    worker.start()
    again = next(run.id for run in site.runs() if run.id != row)
    run = site.queue.wait_finished(again, WAIT_SECONDS)
    worker.stop()

    assert run.status is RunStatus.OK
