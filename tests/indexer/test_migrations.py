import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Row, create_engine, inspect, text

from connectors.records import Series
from indexer.catalogue import changes, observations, sources
from indexer.database import (
    Database,
    current_revision,
    migrating,
    open_database,
    upgrade,
)
from indexer.errors import SchemaMismatch
from indexer.tables import REVISION, Base
from indexer.upgrading import migrations
from tests.fakes import START

OLD_SOURCE = """
INSERT INTO source (id, name, kind, semantics, options, collection, origin, jitter_seconds,
    is_enabled, cursor, created_at, failures_in_row)
VALUES (1, 'metals', 'csv', 'series', '{}', 'default', 'api', 0, true, '{}',
    '2026-01-01 00:00:00', 0)
"""
OLD_SERIES = """
INSERT INTO series (id, source_id, key, title, unit, description, aliases, metadata, created_at)
VALUES (1, 1, 'gold', 'Gold', 'USD', 'Spot.', '["XAU"]', '{}', '2026-01-01 00:00:00')
"""
OLD_CARD = """
INSERT INTO document (id, source_id, series_id, uid, key, version, content_hash, title, text,
    metadata, valid_from, observed_at, checked_at, absent_reads)
VALUES (1, 1, 1, 'u', '~series/gold', 1, 'h', 'Gold', 'Gold.', '{}', '2026-01-01 00:00:00',
    '2026-01-01 00:00:00', '2026-01-01 00:00:00', 0)
"""
OLD_CHUNK = """
INSERT INTO chunk (id, document_id, ordinal, text, section, start_offset, end_offset, token_count,
    embedded_hash, embedder, vector, valid_from)
VALUES (7, 1, 0, 'Gold.', '', 0, 5, 2, 'e', 'small', 'four', '2026-01-02 03:04:05.678901')
"""
OLD_EMBEDDING = """
INSERT INTO embedding (chunk_id, embedder, embedded_hash, vector) VALUES (7, 'new', 'e', 'five')
"""
OPEN_WHEN_TOLD = """
import sys
from indexer.database import open_database
print("ready", flush=True)
sys.stdin.readline()
open_database(sys.argv[1]).close()
"""


def test_an_empty_database_receives_every_table(empty_url: str) -> None:
    database = open_database(empty_url)

    names = set(inspect(database.engine).get_table_names())
    database.close()

    assert names == {"alembic_version", *Base.metadata.tables}


def test_migrations_make_what_the_tables_declare(empty_url: str) -> None:
    database = open_database(empty_url)

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    database.close()

    assert differences == []


def test_sources_of_an_older_database_have_the_half_life_of_their_kind(empty_url: str) -> None:
    database = _at_revision(empty_url, "0004", OLD_SOURCE)

    upgrade(database)

    with database.reading() as session:
        (source,) = sources.all_sources(session)
    assert (source.name, source.half_life_seconds) == ("metals", None)
    database.close()


def test_the_last_migration_is_the_one_that_starts_ask_for() -> None:
    assert ScriptDirectory.from_config(migrations()).get_current_head() == REVISION


def test_tables_that_are_current_are_opened_without_alembic(empty_url: str) -> None:
    open_database(empty_url).close()
    script = (
        "import sys; from indexer.database import open_database;"
        " open_database(sys.argv[1]).close(); print('alembic' in sys.modules)"
    )

    told = subprocess.run(
        [sys.executable, "-c", script, empty_url], capture_output=True, text=True, check=True
    )

    assert told.stdout == "False\n"


def test_upgrading_again_keeps_what_is_stored(empty_url: str) -> None:
    database = open_database(empty_url)
    with database.writing() as session:
        identity = changes.create_database_id(session)

    upgrade(database)

    with database.reading() as session:
        found = changes.database_id(session)
    head = ScriptDirectory.from_config(migrations()).get_current_head()
    assert (found, current_revision(database)) == (identity, head)
    database.close()


def test_processes_that_start_together_upgrade_once(empty_url: str) -> None:
    command = [sys.executable, "-c", OPEN_WHEN_TOLD, empty_url]
    starting = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    for process in starting:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"

    for process in starting:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()

    ended = [(process.communicate(timeout=60)[1], process.returncode) for process in starting]
    assert ended == [(b"", 0)] * 3


def test_threads_that_start_together_upgrade_once(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(open_database, [empty_url] * 4))

    revisions = {current_revision(database) for database in opened}
    for database in opened:
        database.close()

    assert len(revisions) == 1


def test_tables_of_a_newer_program_are_refused(empty_url: str) -> None:
    database = open_database(empty_url)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()

    with pytest.raises(SchemaMismatch, match=r"9999.*install the newer program"):
        open_database(empty_url)


def test_opening_without_upgrade_asks_for_one(empty_url: str) -> None:
    with pytest.raises(SchemaMismatch, match="grounding db upgrade"):
        open_database(empty_url, migrate=False)


def test_cards_of_an_older_database_get_the_description_of_their_series(empty_url: str) -> None:
    database = _at_revision(empty_url, "0001", OLD_SOURCE, OLD_SERIES, OLD_CARD)

    upgrade(database)

    with database.reading() as session:
        ((source, stored),) = observations.series_seen(session, known_at=START)
    described = Series("gold", "Gold", unit="USD", description="Spot.", aliases=("XAU",))
    assert (source, stored.series) == ("metals", described)
    database.close()


def test_tables_that_are_written_anew_keep_rows_keys_and_indexes(empty_url: str) -> None:
    statements = (OLD_SOURCE, OLD_SERIES, OLD_CARD, OLD_CHUNK, OLD_EMBEDDING)
    database = _at_revision(empty_url, "0004", *statements)
    before, indexes = _rows(database), _indexes(database)

    upgrade(database)

    assert _rows(database) == before
    assert [len(rows) for rows in before.values()] == [1, 1, 1]
    assert _indexes(database) == indexes
    with database.writing() as session:
        session.execute(text("DELETE FROM document"))
    assert [len(rows) for rows in _rows(database).values()] == [0, 0, 0]
    database.close()


def test_tables_are_not_written_anew_where_that_would_delete_what_refers_to_them(
    empty_sqlite_url: str,
) -> None:
    statements = (OLD_SOURCE, OLD_SERIES, OLD_CARD, OLD_CHUNK, OLD_EMBEDDING)
    database = _at_revision(empty_sqlite_url, "0004", *statements)
    before = _rows(database)

    with (
        pytest.raises(RuntimeError, match="foreign_keys is on"),
        database.engine.begin() as connection,
    ):
        command.upgrade(_config(connection), "head")

    assert _rows(database) == before
    database.close()


def test_after_an_upgrade_foreign_keys_are_enforced(empty_sqlite_url: str) -> None:
    database = open_database(empty_sqlite_url)

    with database.reading() as session:
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
    database.close()


def test_migrations_make_tables_as_sqlite_would_from_the_declarations(
    empty_sqlite_url: str,
) -> None:
    """Whether ids are used once is nothing that Alembic compares."""
    database = open_database(empty_sqlite_url)
    declared = create_engine("sqlite://")
    Base.metadata.create_all(declared)
    query = text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%' ORDER BY name")

    with database.engine.connect() as migrated, declared.connect() as other:
        found = list(migrated.scalars(query))
        wanted = list(other.scalars(query))
    database.close()

    assert found == wanted == ["chunk", "document"]


def _at_revision(url: str, revision: str, *statements: str) -> Database:
    """Open a database of an older program, in which these statements were run."""
    database = open_database(url)
    with migrating(database) as connection:
        command.downgrade(_config(connection), revision)
    with database.writing() as session:
        for statement in statements:
            session.execute(text(statement))
    return database


def _config(connection: Connection) -> Config:
    config = migrations()
    config.attributes["connection"] = connection
    return config


def _rows(database: Database) -> dict[str, list[Row[Any]]]:
    with database.reading() as session:
        return {
            table: list(session.execute(text(f"SELECT * FROM {table}")))
            for table in ("document", "chunk", "embedding")
        }


def _indexes(database: Database) -> list[tuple[object, ...]]:
    found = inspect(database.engine)
    return [
        (index["name"], index["unique"], *map(str, index["dialect_options"].values()))
        for table in ("document", "chunk")
        for index in sorted(found.get_indexes(table), key=str)
    ]
