"""The chain of receipts is linear, and whatever is done to it afterwards is found."""

import dataclasses
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from grounding.query.receipt_book import KeptReceipt, ReceiptBook
from grounding.receipts.chain import Chain
from grounding.receipts.entries import START, Kind, read_entry
from grounding.receipts.errors import KeyUnusable
from grounding.receipts.keys import SIGNING, KeyRing, name_of, new_key
from grounding.receipts.service import Receipts, links
from grounding.receipts.verify import Link, Report, Verifier, verified
from indexer.catalogue import receipts as catalogue
from indexer.database import Database
from tests.fakes import START as NOW
from tests.fakes import FakeClock
from tests.grounding.serving import DAY


def receipt(number: int, *, of: str | None = None) -> KeptReceipt:
    return KeptReceipt(f"rcpt_{number}", NOW, number, b'{"n":%d}' % number, of)


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    new_key(tmp_path / "keys")
    return KeyRing(tmp_path / "keys")


def filled(database: Database, keys: KeyRing | None, count: int = 4) -> Receipts:
    chain = Chain(keys)
    book = ReceiptBook(database, chain)
    for number in range(count):
        book.keep(receipt(number))
    book.close()
    return Receipts(database, chain, FakeClock())


def chain_of(receipts: Receipts) -> list[Link]:
    with receipts.database.reading() as session:
        return list(links(session))


def faults(some: Sequence[Link], verifier: Verifier | None = None) -> tuple[str, ...]:
    return verified(some, verifier).faults


def test_each_receipt_is_an_entry_that_names_the_one_before(database: Database) -> None:
    receipts = filled(database, None)

    entries = [read_entry(link.sealed.content) for link in chain_of(receipts)]

    assert [each.position for each in entries] == [1, 2, 3, 4]
    assert entries[0].previous == START
    digests = [link.sealed.digest for link in chain_of(receipts)]
    assert [each.previous for each in entries[1:]] == digests[:-1]


def test_untouched_chain_is_valid(database: Database, keys: KeyRing) -> None:
    report = filled(database, keys).all_verified()

    assert report.faults == ()
    assert (report.entries, report.signed, report.receipts) == (5, 5, 4)
    assert report.is_independent is False


def test_receipt_from_before_the_chain_is_told_and_a_later_one_without_entry_is_a_fault(
    database: Database, keys: KeyRing
) -> None:
    receipts = filled(database, keys)
    with database.writing() as session:
        for name, at in (("old", NOW - DAY), ("put_in", NOW + DAY)):
            row = {"id": name, "created_at": at, "seq": 1, "body": b"{}", "of": None}
            catalogue.add(session, [row])

    report = receipts.all_verified()

    assert report.unchained == 1
    assert report.faults == ("the receipt put_in is in no entry",)


def test_unsigned_chain_is_valid_and_says_so(database: Database) -> None:
    report = filled(database, None).all_verified()

    assert (report.faults, report.signed) == ((), 0)


def test_many_writers_make_one_chain(database: Database, keys: KeyRing) -> None:
    books = [ReceiptBook(database, Chain(KeyRing(keys.directory))) for _ in range(4)]

    def keep(book: ReceiptBook, first: int) -> None:
        for number in range(first, first + 15):
            book.keep(receipt(number))

    threads = [threading.Thread(target=keep, args=(book, 100 * i)) for i, book in enumerate(books)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for book in books:
        book.close()

    report = Receipts(database, Chain(keys), FakeClock()).all_verified()
    assert report.faults == ()
    assert report.receipts == 60


class TestTampering:
    @pytest.fixture
    def whole(self, database: Database, keys: KeyRing) -> list[Link]:
        return chain_of(filled(database, keys))

    def test_left_out_link(self, whole: list[Link]) -> None:
        assert faults([*whole[:2], *whole[3:]]) == (
            "entry 3: has the position 4: one is missing or moved",
        )

    def test_reordered_links(self, whole: list[Link]) -> None:
        assert "one is missing or moved" in faults([whole[0], whole[2], whole[1], *whole[3:]])[0]

    def test_swapped_bodies(self, whole: list[Link]) -> None:
        one, other = whole[2], whole[3]
        swapped = [
            *whole[:2],
            dataclasses.replace(one, body=other.body),
            dataclasses.replace(other, body=one.body),
            *whole[4:],
        ]

        assert faults(swapped) == (
            "entry 3: the receipt rcpt_1 is not what it was",
            "entry 4: the receipt rcpt_2 is not what it was",
        )

    def test_missing_body(self, whole: list[Link]) -> None:
        changed = [dataclasses.replace(whole[1], body=None), whole[0]][::-1]

        assert faults([*changed, *whole[2:]]) == ("entry 2: the receipt rcpt_0 is missing",)

    def test_link_that_was_put_in(self, whole: list[Link]) -> None:
        assert faults([*whole[:3], whole[2], *whole[3:]])

    def test_truncation_is_found_with_a_digest_that_was_written_down(
        self, whole: list[Link]
    ) -> None:
        head = whole[-1].sealed.digest

        assert faults(whole[:-1]) == ()
        assert faults(whole[:-1], Verifier(must_contain=head)) == (
            f"no entry has the digest {head}",
        )
        assert faults(whole, Verifier(must_contain=head)) == ()

    def test_chain_rewritten_with_another_key(self, whole: list[Link], tmp_path: Path) -> None:
        own = KeyRing(tmp_path / "keys").current()
        other = new_key(tmp_path / "other")
        trusted = {other.name: other.public}

        assert "a key that nobody vouched for" in faults(whole, Verifier(trusted))[0]
        assert faults(whole, Verifier({own.name: own.public})) == ()

    def test_signature_that_was_taken_off(self, whole: list[Link]) -> None:
        bare = dataclasses.replace(whole[2].sealed, key=None, signature=None)

        assert faults([*whole[:2], Link(bare, whole[2].body), *whole[3:]]) == (
            "entry 3: is not signed",
        )


class TestKeys:
    def test_rotated_key_is_vouched_for_by_the_one_before(
        self, database: Database, keys: KeyRing
    ) -> None:
        receipts = filled(database, keys)
        first = keys.current()
        old, new = receipts.rotate()
        ReceiptBook(database, receipts.chain).keep(receipt(10))

        report = receipts.all_verified({first.name: first.public})

        assert old == first.name
        assert keys.current().name == new
        assert report.faults == ()
        assert report.keys == (old, new)
        assert report.is_independent

    def test_rotation_that_is_not_committed_leaves_the_key_in_use(
        self, database: Database, keys: KeyRing
    ) -> None:
        receipts = filled(database, keys)
        first = keys.current()

        def fail(connection: Connection) -> None:
            raise OSError("no space left on device")

        event.listen(database.engine, "commit", fail)
        with pytest.raises(OSError, match="no space"):
            receipts.rotate()
        event.remove(database.engine, "commit", fail)
        ReceiptBook(database, receipts.chain).keep(receipt(10))

        report = receipts.all_verified({first.name: first.public})
        assert keys.current() == first
        assert (report.faults, report.keys) == ((), (first.name,))

    def test_key_after_a_lost_one_is_vouched_for_by_nobody(
        self, database: Database, keys: KeyRing
    ) -> None:
        receipts = filled(database, keys)
        first = keys.current()
        (keys.directory / SIGNING).unlink()
        second = new_key(keys.directory)
        ReceiptBook(database, receipts.chain).keep(receipt(10))

        assert receipts.all_verified().faults == ()
        with_first = receipts.all_verified({first.name: first.public})
        assert "nobody vouched for" in with_first.faults[0]
        both = {each.name: each.public for each in (first, second)}
        assert receipts.all_verified(both).faults == ()

    def test_receipts_are_not_kept_unsigned_when_the_key_is_lost(
        self, database: Database, keys: KeyRing
    ) -> None:
        receipts = filled(database, keys)
        (keys.directory / SIGNING).unlink()
        book = ReceiptBook(database, receipts.chain)

        with pytest.raises(KeyUnusable, match="grounding keys new"):
            book.keep(receipt(10))
        assert receipts.all_verified().receipts == 4

    def test_private_key_is_its_owners_alone(self, keys: KeyRing) -> None:
        assert (keys.directory / SIGNING).stat().st_mode & 0o777 == 0o600

    def test_key_in_use_is_not_overwritten(self, keys: KeyRing) -> None:
        with pytest.raises(KeyUnusable, match="keys rotate"):
            new_key(keys.directory)

    def test_what_is_no_key_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / SIGNING).write_text("no key")

        with pytest.raises(KeyUnusable, match="no signing key"):
            KeyRing(tmp_path).current()

    def test_a_key_is_called_by_its_digest(self, keys: KeyRing) -> None:
        key = keys.current()

        assert name_of(key.public) == key.name
        assert len(key.name) == 16


class TestRetention:
    def test_deleted_bodies_leave_the_chain_valid(self, database: Database, keys: KeyRing) -> None:
        receipts = filled(database, keys)

        count = receipts.prune_before(NOW + DAY)

        report: Report = receipts.all_verified()
        assert (count, report.deleted, report.faults) == (4, 4, ())

    def test_body_that_nothing_says_was_deleted_is_a_fault(
        self, database: Database, keys: KeyRing
    ) -> None:
        receipts = filled(database, keys)
        receipts.prune_before(NOW + DAY)
        entries = chain_of(receipts)
        kinds = [read_entry(link.sealed.content).kind for link in entries]

        assert kinds[-1] is Kind.RETENTION
        assert len(faults(entries[:-1])) == 4
