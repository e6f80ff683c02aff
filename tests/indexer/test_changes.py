import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from indexer.catalogue import changes
from indexer.database import Database
from indexer.records import Change, ChangeKind
from tests.fakes import START

WRITERS = 4
TRANSACTIONS = 25


class BackwardClock:
    """Every reading is a second before the last one; threads may share it."""

    def __init__(self) -> None:
        self._readings = itertools.count()

    def __call__(self) -> datetime:
        return START - timedelta(seconds=next(self._readings))


def _append(database: Database, now: datetime, *documents: int) -> int:
    with database.writing() as session:
        at = changes.next_instant(session, now)
        return changes.append(
            session, ChangeKind.ADDED, at=at, source_id=1, documents=list(documents)
        )


def _write(database: Database, clock: BackwardClock, writer: int) -> None:
    for transaction in range(TRANSACTIONS):
        rows = [writer * 1_000 + transaction] * (1 + transaction % 3)
        _append(database, clock(), *rows)


def _tail(database: Database, writing: list[Future[None]]) -> Iterator[Change]:
    """Read the log as an index view does, until the writers are done and nothing is left."""
    seq = 0
    while True:
        are_done = all(each.done() for each in writing)
        with database.reading() as session:
            found = changes.after(session, seq, 7)
        yield from found
        seq = found[-1].seq if found else seq
        if are_done and not found:
            return


@pytest.fixture
def tailed(database: Database) -> list[Change]:
    """What a reader saw who followed the log while four writers wrote it."""
    clock = BackwardClock()
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(_write, database, clock, writer) for writer in range(WRITERS)]
        seen = list(_tail(database, writing))
    for each in writing:
        each.result()
    return seen


def test_a_tailing_reader_skips_and_repeats_nothing(tailed: list[Change]) -> None:
    entries = WRITERS * sum(1 + transaction % 3 for transaction in range(TRANSACTIONS))

    assert [change.seq for change in tailed] == list(range(1, entries + 1))


def test_time_never_runs_backwards_along_the_log(tailed: list[Change]) -> None:
    transactions = [
        (at, {change.document_row for change in group})
        for at, group in itertools.groupby(tailed, key=lambda change: change.at)
    ]
    instants = [at for at, _ in transactions]

    assert instants == sorted(set(instants))
    assert len(transactions) == WRITERS * TRANSACTIONS
    assert all(len(rows) == 1 for _, rows in transactions)


def test_an_empty_log_has_seq_zero_and_no_instant(database: Database) -> None:
    with database.reading() as session:
        assert changes.head(session) == (0, None)
        assert changes.next_instant(session, START) == START


def test_entries_of_one_transaction_share_an_instant_and_follow_each_other(
    database: Database,
) -> None:
    last = _append(database, START, 5, 6, 7)

    with database.reading() as session:
        found = changes.after(session, 0, 10)
    assert last == 3
    assert [(change.seq, change.document_row, change.at) for change in found] == [
        (1, 5, START),
        (2, 6, START),
        (3, 7, START),
    ]


def test_a_clock_that_stands_still_still_gives_later_instants(database: Database) -> None:
    for row in range(3):
        _append(database, START, row)

    with database.reading() as session:
        instants = [change.at for change in changes.after(session, 0, 10)]
    assert instants == [START + timedelta(microseconds=step) for step in range(3)]


def test_a_rolled_back_entry_leaves_no_gap(database: Database) -> None:
    def append_and_fail() -> None:
        with database.writing() as session:
            changes.append(session, ChangeKind.ADDED, at=START, source_id=1, documents=[2])
            raise RuntimeError

    _append(database, START, 1)
    with pytest.raises(RuntimeError):
        append_and_fail()

    assert _append(database, START, 3) == 2


def test_after_answers_in_pages(database: Database) -> None:
    _append(database, START, *range(5))

    with database.reading() as session:
        pages = [[c.seq for c in changes.after(session, seq, 2)] for seq in (0, 2, 4, 5)]
    assert pages == [[1, 2], [3, 4], [5], []]


def test_the_instant_of_a_change_is_found_by_its_seq(database: Database) -> None:
    _append(database, START, 1)

    with database.reading() as session:
        assert changes.instant_of(session, 1) == START
        assert changes.instant_of(session, 2) is None


def test_a_database_keeps_its_identity(database: Database) -> None:
    with database.writing() as session:
        first = changes.create_database_id(session)
    with database.writing() as session:
        second = changes.create_database_id(session)

    assert first == second
    assert len(first) == 32


def test_two_threads_agree_on_a_databases_identity(database: Database) -> None:
    together = threading.Barrier(2)

    def identity() -> str:
        together.wait()
        with database.writing() as session:
            return changes.create_database_id(session)

    with ThreadPoolExecutor(2) as pool:
        found = [pool.submit(identity) for _ in range(2)]

    assert found[0].result() == found[1].result()
