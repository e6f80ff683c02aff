"""Receipts are kept before they are answered with, and all that wait at once in one transaction.

Each becomes an entry of the chain in the same transaction.

    augment ─▶ keep ─▶ waiting ─▶ writer: one transaction for all who wait ─▶ every `keep` returns

A name that was given to a caller is therefore stored, whatever becomes of this process then.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Final, TypeAlias

from sqlalchemy.exc import IntegrityError

from connectors.records import JsonValue
from grounding.receipts.chain import Chain, Recorded
from grounding.receipts.entries import Kind
from indexer.catalogue import receipts
from indexer.database import Database

_MOST_AT_ONCE: Final = 256
_LONGEST_STOP_SECONDS: Final = 35.0


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """A receipt as it is stored; body: its canonical form.

    of: for an answer, the receipt of the prompt that it answers.
    """

    id: str
    created_at: datetime
    seq: int
    body: bytes
    of: str | None = None


_Waiting: TypeAlias = tuple[KeptReceipt, "Future[None]"]


class ReceiptBook:
    """Stores receipts. Any thread may call it; one of its own writes, from the first receipt on."""

    def __init__(self, database: Database, chain: Chain | None = None) -> None:
        self._database = database
        self._chain = chain or Chain()
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._writer: threading.Thread | None = None

    def keep(self, receipt: KeptReceipt) -> None:
        """Store a receipt, and return once that is committed.

        Raises:
            SQLAlchemyError: it is not stored, such as on a full disk.
        """
        done: Future[None] = Future()
        with self._lock:  # so that none is left behind by a `close`
            self._waiting.put((receipt, done))
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="receipts", daemon=True)
                self._writer.start()
        done.result()

    def close(self) -> None:
        """Store what is waiting, and end the thread."""
        with self._lock:
            writer, self._writer = self._writer, None
            if writer is not None:
                self._waiting.put(None)
        if writer is not None:
            writer.join(_LONGEST_STOP_SECONDS)

    def _write(self) -> None:
        while (first := self._waiting.get()) is not None:
            some, is_last = self._who_waits(first)
            self._store(some)
            if is_last:
                return

    def _who_waits(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """Return all who wait by now, and whether the thread is to end after them."""
        some = [first]
        while len(some) < _MOST_AT_ONCE:
            try:
                other = self._waiting.get_nowait()
            except Empty:
                break
            if other is None:
                return some, True
            some.append(other)
        return some, False

    def _store(self, some: Sequence[_Waiting]) -> None:
        try:
            with self._database.writing() as session:
                receipts.add(session, [_values(receipt) for receipt, _ in some])
                self._chain.append(session, [_recorded(receipt) for receipt, _ in some])
        except IntegrityError as error:
            if len(some) == 1:
                some[0][1].set_exception(error)
                return
            for each in some:  # one of them was there before; the others are not to suffer by it
                self._store([each])
        except Exception as error:  # noqa: BLE001 - it is raised again by each `keep` that waits
            for _, done in some:
                done.set_exception(error)
        else:
            for _, done in some:
                done.set_result(None)


def _values(receipt: KeptReceipt) -> dict[str, object]:
    return {
        "id": receipt.id,
        "created_at": receipt.created_at,
        "seq": receipt.seq,
        "body": receipt.body,
        "of": receipt.of,
    }


def _recorded(receipt: KeptReceipt) -> Recorded:
    if receipt.of is None:
        return Recorded(Kind.CONTEXT, receipt.created_at, receipt.id, receipt.body)
    facts: dict[str, JsonValue] = {"of": receipt.of}
    return Recorded(Kind.ANSWER, receipt.created_at, receipt.id, receipt.body, facts)
