import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from grounding.query.receipt_book import KeptReceipt, ReceiptBook
from indexer.catalogue import erasures, receipts
from indexer.database import Database, open_database
from tests.fakes import START

CALLERS = 24
KILLED_AFTER_ANSWERING = """
import os, signal, sys
from datetime import UTC, datetime
from grounding.query.receipt_book import KeptReceipt, ReceiptBook
from indexer.database import open_database

book = ReceiptBook(open_database(sys.argv[1], migrate=False))
for n in range(5):
    book.keep(KeptReceipt(f"rcpt_{n}", datetime(2026, 3, 1, tzinfo=UTC), 1, b"{}"))
    print(f"rcpt_{n}", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def receipt(name: str, body: bytes = b"{}") -> KeptReceipt:
    return KeptReceipt(name, START, 1, body)


def stored(database: Database) -> list[str]:
    with database.reading() as session:
        return erasures.receipt_ids(session)


@pytest.fixture
def book(database: Database) -> Iterator[ReceiptBook]:
    made = ReceiptBook(database)
    yield made
    made.close()


class Commits:
    """Counts the commits of a database from now on."""

    def __init__(self, database: Database) -> None:
        self.count = 0
        event.listen(database.engine, "commit", self._one_more)

    def _one_more(self, connection: object) -> None:
        self.count += 1


def all_at_once(
    database: Database, book: ReceiptBook, receipts: list[KeptReceipt]
) -> list[Future[None]]:
    """Have every receipt wait behind another writer before the first one can be written."""
    begun = threading.Barrier(len(receipts) + 1)

    def keep(one: KeptReceipt) -> None:
        begun.wait()
        book.keep(one)

    with ThreadPoolExecutor(len(receipts)) as callers, database.writing():
        asked = [callers.submit(keep, one) for one in receipts]
        begun.wait()
        wait(asked, timeout=0.3)
        assert not any(each.done() for each in asked)
    return asked


def test_a_receipt_is_stored_when_keeping_returns(database: Database, book: ReceiptBook) -> None:
    book.keep(receipt("rcpt_a", b'{"a":1}'))

    with database.reading() as session:
        assert receipts.body(session, "rcpt_a") == b'{"a":1}'


def test_all_who_wait_are_stored_in_few_transactions(database: Database, book: ReceiptBook) -> None:
    commits = Commits(database)

    asked = all_at_once(database, book, [receipt(f"rcpt_{n:02}") for n in range(CALLERS)])

    assert [each.result() for each in asked] == [None] * CALLERS
    assert stored(database) == [f"rcpt_{n:02}" for n in range(CALLERS)]
    # As a rule three: of whoever held the lock, of the first, and of all that came meanwhile.
    assert commits.count < CALLERS / 2


def test_one_that_was_there_before_fails_alone(database: Database, book: ReceiptBook) -> None:
    book.keep(receipt("rcpt_twice", b"first"))

    asked = all_at_once(
        database, book, [receipt(name) for name in ("rcpt_a", "rcpt_twice", "rcpt_b", "rcpt_c")]
    )

    failed = [each.exception() for each in asked]
    assert [type(each) for each in failed] == [type(None), IntegrityError, type(None), type(None)]
    assert stored(database) == ["rcpt_a", "rcpt_b", "rcpt_c", "rcpt_twice"]


def test_what_could_not_be_stored_is_told_to_who_waits_and_the_next_is_stored(
    database: Database, book: ReceiptBook
) -> None:
    with database.writing() as session:
        session.execute(text("ALTER TABLE receipt RENAME TO elsewhere"))
    with pytest.raises(SQLAlchemyError, match="receipt"):
        book.keep(receipt("rcpt_lost"))
    with database.writing() as session:
        session.execute(text("ALTER TABLE elsewhere RENAME TO receipt"))

    book.keep(receipt("rcpt_kept"))

    assert stored(database) == ["rcpt_kept"]


def test_a_closed_book_may_be_written_to_again(database: Database, book: ReceiptBook) -> None:
    book.keep(receipt("rcpt_a"))
    book.close()

    book.keep(receipt("rcpt_b"))

    assert stored(database) == ["rcpt_a", "rcpt_b"]


def test_closing_stores_what_waits(database: Database) -> None:
    book = ReceiptBook(database)

    with ThreadPoolExecutor(2) as callers:
        with database.writing():
            asked = callers.submit(book.keep, receipt("rcpt_a"))
            wait([asked], timeout=0.2)
            closing = callers.submit(book.close)
        closing.result()
        assert stored(database) == ["rcpt_a"]
        assert asked.result() is None


def test_a_process_that_is_killed_has_lost_no_receipt_it_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'grounding.db'}"
    open_database(url).close()

    died = subprocess.run(
        [sys.executable, "-c", KILLED_AFTER_ANSWERING, url],
        check=False,
        capture_output=True,
        text=True,
    )

    assert died.returncode == -signal.SIGKILL, died.stderr
    database = open_database(url)
    assert stored(database) == died.stdout.split()
    assert len(died.stdout.split()) == 5
    database.close()
