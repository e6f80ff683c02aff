import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from connectors.errors import RetryLater
from connectors.records import Failure
from indexer.catalogue import runs
from indexer.queue import Queue
from indexer.records import Counts, RunRecord, RunStatus, Trigger
from indexer.worker import Worker
from tests.indexer.workshop import (
    document,
    documents,
)
from tests.indexer.worksite import WAIT_SECONDS, Acting, Site
from tests.waiting import until

# One run


def test_a_queued_run_is_carried_out_and_recorded(site: Site) -> None:
    site.add("news", documents(document("a"), failures=(Failure("b", "torn"),), bytes_read=7))
    row = site.queue.add_manual("news")
    queued_at = site.workshop.clock()
    site.workshop.clock.advance(timedelta(minutes=1))

    assert site.worker.run_next() == row

    (run,) = site.runs()
    now = site.workshop.clock()
    assert run == RunRecord(
        id=row,
        source="news",
        trigger=Trigger.MANUAL,
        status=RunStatus.OK,
        slot=run.slot,
        queued_at=queued_at,
        started_at=now,
        finished_at=now,
        counts=Counts(new=1, failed_items=1, bytes_read=7),
        failures=(("b", "torn"),),
    )
    source = site.source("news")
    assert (source.last_attempt_at, source.last_success_at, source.last_changed_at) == (now,) * 3


def test_an_idle_worker_finds_nothing(site: Site) -> None:
    site.add("news")

    assert site.worker.run_next() is None


def test_a_read_that_changed_nothing_is_a_success_but_no_change(site: Site) -> None:
    site.add("news", documents(document("a")))
    site.queue.add_manual("news")
    site.work_off()
    changed_at = site.workshop.clock()
    site.workshop.clock.advance(timedelta(hours=1))

    site.queue.add_manual("news")
    site.work_off()

    source = site.source("news")
    assert (source.last_changed_at, source.last_success_at) == (changed_at, site.workshop.clock())


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RetryLater("source bad: busy"), "source bad: busy"),
        (ValueError("a bug"), "source bad: ValueError: a bug"),
        (RuntimeError("nul \x00 and \ud800"), "source bad: RuntimeError: nul  and ?"),
    ],
)
def test_a_source_that_fails_is_recorded_and_the_next_goes_on(
    site: Site, error: Exception, reason: str
) -> None:
    site.add("bad", documents(document("a")), error)
    site.add("good", documents(document("b")))
    site.queue.add_manual("bad")
    site.queue.add_manual("good")

    site.work_off()

    bad, good = site.runs()
    assert (bad.status, bad.error) == (RunStatus.FAILED, reason)
    assert good.status is RunStatus.OK
    assert site.workshop.current().keys() == {"a", "b"}
    assert (site.source("bad").failures_in_row, site.source("bad").last_error) == (1, reason)


def test_a_source_that_cannot_be_built_is_recorded(site: Site) -> None:
    site.workshop.source("odd")
    site.queue.add_manual("odd")

    site.work_off()

    (run,) = site.runs()
    assert (run.status, run.error) == (RunStatus.FAILED, "source odd: unknown kind")


def test_an_unexpected_error_tells_no_sql_and_no_values(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    value = uuid.uuid4().hex  # not in the lines of code that a traceback shows

    def fail() -> None:
        with site.workshop.database.writing() as session:
            session.execute(text("SELECT * FROM missing WHERE name = :name"), {"name": value})

    site.workshop.source("news")
    site.connectors["news"] = Acting(fail)
    site.queue.add_manual("news")

    site.work_off()

    (run,) = site.runs()
    assert run.error is not None
    assert "missing" in run.error
    assert "SELECT" not in run.error
    assert value not in run.error + caplog.text


def test_failures_in_a_row_are_counted_until_a_success(site: Site) -> None:
    site.add("news", RetryLater("busy"))
    for _ in range(3):
        site.queue.add_manual("news")
        site.work_off()
    assert site.source("news").failures_in_row == 3

    site.add("news", documents(document("a")))
    site.queue.add_manual("news")
    site.work_off()

    source = site.source("news")
    assert (source.failures_in_row, source.last_error) == (0, None)


def test_hundreds_of_failed_items_are_counted_and_the_first_kept(site: Site) -> None:
    failures = tuple(Failure(f"bad {nth}", "torn\x00") for nth in range(300))
    site.add("news", documents(document("a"), failures=failures))
    site.queue.add_manual("news")

    site.work_off()

    (run,) = site.runs()
    assert run.counts.failed_items == 300
    assert len(run.failures) == runs.MOST_FAILURES_KEPT
    assert run.failures[0] == ("bad 0", "torn")


def test_old_runs_are_forgotten(site: Site) -> None:
    site.add("news")
    site.add("other")
    for name in ("other", *["news"] * 5):
        site.queue.add_manual(name)
        site.work_off()

    with site.workshop.database.writing() as session:
        runs.prune(session, site.source("news").id, keep=2)

    assert [run.id for run in site.runs("news")] == [run.id for run in site.runs()][-2:]
    assert len(site.runs("other")) == 1


def test_old_pushes_are_forgotten(site: Site) -> None:
    source = site.workshop.source("pushed")
    now = site.workshop.clock()
    with site.workshop.database.writing() as session:
        for nth in range(runs.RUNS_KEPT + 3):
            runs.record(
                session,
                source.id,
                slot=f"push:{nth}",
                started_at=now,
                now=now,
                counts=Counts(),
                failures=(),
            )

    assert len(site.runs()) == runs.RUNS_KEPT


def test_a_run_that_waits_is_never_forgotten(site: Site) -> None:
    site.add("news")
    waiting = site.queue.add_manual("news")
    with site.workshop.database.writing() as session:
        source = site.source("news")
        for nth in range(3):
            runs.record(
                session,
                source.id,
                slot=f"push:{nth}",
                started_at=site.workshop.clock(),
                now=site.workshop.clock(),
                counts=Counts(),
                failures=(),
            )

        runs.prune(session, source.id, keep=1)

    assert [run.id for run in site.runs() if run.status is RunStatus.QUEUED] == [waiting]


# Several workers


def test_a_run_is_taken_by_one_worker(site: Site) -> None:
    names = [f"source-{nth}" for nth in range(12)]
    for name in names:
        site.add(name, documents(document(name)))
        site.queue.add_manual(name)
    workers = [site.another_worker(), site.another_worker()]
    together = threading.Barrier(2)

    def work(worker: Worker) -> list[int]:
        together.wait()
        return list(iter(worker.run_next, None))

    with ThreadPoolExecutor(2) as pool:
        taken = [row for rows in pool.map(work, workers) for row in rows]

    assert sorted(taken) == [run.id for run in site.runs()]
    assert {run.status for run in site.runs()} == {RunStatus.OK}
    assert all(len(connector.cursors) == 1 for connector in site.connectors.values())  # type: ignore[attr-defined]


def test_nobody_reads_a_source_that_somebody_is_reading(site: Site) -> None:
    site.add("other", documents(document("b")))
    site.workshop.source("news")
    other = site.another_worker()
    meanwhile: list[int | None] = []

    def act() -> None:
        site.queue.add_manual("news")
        site.queue.add_manual("other")
        meanwhile.extend([other.run_next(), other.run_next()])

    site.connectors["news"] = Acting(act, documents(document("a")))
    first = site.queue.add_manual("news")

    assert site.worker.run_next() == first

    second = next(run for run in site.runs("news") if run.id != first)
    assert meanwhile == [site.runs("other")[0].id, None]
    assert second.status is RunStatus.QUEUED


def test_a_second_worker_of_the_same_process_leaves_the_runs_of_the_first(site: Site) -> None:
    site.workshop.source("news")
    recovered: list[int] = []
    site.connectors["news"] = Acting(
        lambda: recovered.append(site.another_worker().recover()), documents(document("a"))
    )
    site.queue.add_manual("news")

    site.work_off()

    assert recovered == [0]
    assert [run.status for run in site.runs()] == [RunStatus.OK]


# Threads


def test_started_workers_carry_out_what_is_queued(site: Site) -> None:
    site.add("news", documents(document("a")))
    worker = site.another_worker(threads=1)
    worker.start()

    run = site.queue.wait_finished(site.queue.add_manual("news"), WAIT_SECONDS)
    worker.stop()

    assert run.status is RunStatus.OK


def test_of_idle_threads_one_looks_for_runs_and_another_takes_its_place(site: Site) -> None:
    looks, may_look, second = [], threading.Event(), threading.Event()

    class Slow(Queue):
        @property
        def announced(self) -> int:  # asked before each look
            looks.append(threading.current_thread().name)
            if len(looks) > 1:
                second.set()
            assert may_look.wait(WAIT_SECONDS)
            return super().announced

    site.queue = Slow(site.workshop.database, site.workshop.clock)
    entered = threading.Barrier(2)  # passed when both are being read at the same time
    for name in ("a", "b"):
        site.workshop.source(name)
        site.connectors[name] = Acting(
            lambda: entered.wait(WAIT_SECONDS), documents(document(name))
        )
        site.queue.add_slot(name, "07:00")
    worker = site.another_worker(threads=4)

    worker.start()
    until(lambda: bool(looks))
    looks_together = second.wait(0.2)
    may_look.set()
    until(lambda: all(run.finished_at is not None for run in site.runs()))
    worker.stop()

    assert not looks_together
    assert [run.status for run in site.runs()] == [RunStatus.OK, RunStatus.OK]


def test_a_worker_told_to_stop_ends_between_two_parts_and_the_rest_is_queued(site: Site) -> None:
    site.workshop.source("news")
    site.connectors["news"] = Acting(
        site.worker.stop,
        documents(document("a"), cursor={"page": 1}),
        documents(document("b"), cursor={"page": 2}),
    )
    site.queue.add_manual("news")

    site.worker.run_next()

    cut, again = site.runs()
    assert (cut.status, again.status) == (RunStatus.INTERRUPTED, RunStatus.QUEUED)
    assert site.workshop.current().keys() == {"a"}
    assert again.slot == f"again:{cut.id}"
    site.another_worker().run_next()
    assert [(row.key, row.version) for row in site.workshop.versions()] == [("a", 1), ("b", 1)]
