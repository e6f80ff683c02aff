import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url, select, text

from indexer.catalogue import changes
from indexer.database import Database, open_database
from indexer.errors import DatabaseUnusable
from indexer.records import ChangeKind
from indexer.tables import PropertyRow
from tests.fakes import START
from tests.postgres import fresh_database


def _write(database: Database, name: str) -> None:
    with database.writing() as session:
        session.add(PropertyRow(name=name, value="x"))


def _names(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(PropertyRow.name).order_by(PropertyRow.name)))


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("", r'cannot be read: expected "sqlite:///'),
        ("grounding.db", r'cannot be read: expected "sqlite:///'),
        ("postgresql://host:port/name", r'cannot be read: expected "sqlite:///'),
        ("sqlite://", "give a file path"),
        ("sqlite:///:memory:", "give a file path"),
        ("mysql://host/name", r'mysql: not supported, expected "sqlite:///'),
        ("postgresql+nodriver://host/name", r'no such driver, expected "sqlite:///'),
        ("postgresql+pg8000://host/name", r"install the extra `grounding\[postgres\]`"),
    ],
)
def test_a_url_that_cannot_work_is_refused_with_advice(url: str, advice: str) -> None:
    with pytest.raises(DatabaseUnusable, match=advice):
        open_database(url)


def test_an_unreachable_server_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnusable, match="refused") as caught:
        open_database("postgresql+psycopg://me:secret@127.0.0.1:1/name")

    assert "127.0.0.1:1" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="unable to open"):
        open_database(f"sqlite:///{tmp_path}")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    with pytest.raises(DatabaseUnusable, match=r"data/grounding\.db"):
        open_database(f"sqlite:///{tmp_path}/data/grounding.db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database" * 100)

    with pytest.raises(DatabaseUnusable, match="not a database"):
        open_database(f"sqlite:///{tmp_path}/notes.txt")


def test_a_folder_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(DatabaseUnusable, match="/proc/nowhere"):
        open_database("sqlite:////proc/nowhere/grounding.db")


def test_the_folder_of_a_new_file_is_made(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path}/a/b/grounding.db").close()

    assert (tmp_path / "a" / "b" / "grounding.db").is_file()


def test_an_error_rolls_a_writing_session_back(database: Database) -> None:
    def fail_at_the_end() -> None:
        with database.writing() as session:
            session.add(PropertyRow(name="lost", value="x"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_at_the_end()

    assert _names(database) == []


def test_a_reading_session_sees_one_snapshot(database: Database) -> None:
    _write(database, "before")

    with database.reading() as session:
        first = session.scalars(select(PropertyRow.name)).all()
        _write(database, "meanwhile")
        second = session.scalars(select(PropertyRow.name)).all()

    assert first == second == ["before"]
    assert _names(database) == ["before", "meanwhile"]


def test_a_second_writer_waits_for_the_first(database: Database) -> None:
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            session.add(PropertyRow(name="first", value="x"))
            second: Future[None] = pool.submit(_write, database, "second")
            with pytest.raises(StillWaiting):
                second.result(timeout=0.2)
        second.result(timeout=20)

    assert _names(database) == ["first", "second"]


def test_a_writer_that_failed_is_not_waited_for(database: Database) -> None:
    with pytest.raises(RuntimeError, match="broken"), database.writing():
        raise RuntimeError("broken")

    with ThreadPoolExecutor(1) as pool:
        pool.submit(_write, database, "next").result(timeout=20)

    assert _names(database) == ["next"]


def test_a_writer_waits_for_a_file_another_program_has_locked(sqlite_database: Database) -> None:
    file = make_url(sqlite_database.engine.url).database
    assert file is not None
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        other.execute("BEGIN IMMEDIATE")
        writing: Future[None] = pool.submit(_write, sqlite_database, "patient")
        with pytest.raises(StillWaiting):
            writing.result(timeout=0.2)
        other.execute("ROLLBACK")
        writing.result(timeout=20)

    assert _names(sqlite_database) == ["patient"]


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    with database.writing() as session:
        session.add(PropertyRow(name="unfinished", value="x"))
        session.flush()

        assert _names(database) == []


def test_the_last_day_of_the_calendar_is_read_back_wherever_the_server_is(
    postgresql_server: str,
) -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    with fresh_database(postgresql_server, "far_east") as url:
        database = open_database(url)
        with database.engine.begin() as connection:
            connection.execute(text("ALTER DATABASE far_east SET timezone = 'Asia/Tokyo'"))
        database.close()
        database = open_database(url)

        with database.writing() as session:
            changes.append(session, ChangeKind.ADDED, at=last, source_id=None)
        with database.reading() as session:
            found = changes.head(session)
        database.close()

    assert found == (1, last)


def test_a_writer_sees_what_it_waited_for_whatever_the_server_s_default(
    empty_postgresql_url: str,
) -> None:
    opened = open_database(empty_postgresql_url)
    name = opened.engine.url.database
    with opened.engine.begin() as connection:
        connection.execute(
            text(f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'")
        )
    opened.engine.dispose()

    def append(_: int) -> int:
        with opened.writing() as session:
            return changes.append(session, ChangeKind.OBSERVED, at=START, source_id=None)

    with ThreadPoolExecutor(4) as threads:
        seqs = list(threads.map(append, range(40)))

    opened.close()
    assert sorted(seqs) == list(range(1, 41))
