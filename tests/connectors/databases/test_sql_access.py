"""`sql` on real SQLite and real PostgreSQL: types, trouble and secrets."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from connectors.errors import InvalidOptions, RetryLater, SourceBroken
from tests.connectors.reading import connector, read
from tests.connectors.shop import ITEMS, PRICES, Shop


class TestColumns:
    def test_postgresql_types_are_read(self, server: Shop) -> None:
        query = """
            SELECT 1 AS id, 'Text.' AS body, 10.50::numeric AS price, '\\x616263'::bytea AS raw,
                   '{"tags": ["a", "b"]}'::jsonb AS extra, ARRAY[1, 2] AS list,
                   'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS uuid,
                   timestamp '2026-03-01 10:30' AS local, date '2026-03-01' AS day,
                   interval '90 seconds' AS took, NULL AS nothing, true AS yes"""
        names = ("price", "raw", "list", "uuid", "day", "took", "nothing", "yes")
        mapping = {
            "key": "id",
            "text": "body",
            "published_at": "local",
            "metadata": {name: name for name in names} | {"first": "extra.tags[0]"},
        }

        document = server.read(query=query, documents=mapping, zone="Europe/Berlin").document

        assert document.published_at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
        assert document.metadata == {
            "price": 10.5,
            "raw": "abc",
            "list": [1, 2],
            "uuid": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            "day": "2026-03-01",
            "took": "0:01:30",
            "yes": True,
            "first": "a",
        }

    def test_time_without_a_zone_is_flagged_unless_one_is_set(self, server: Shop) -> None:
        query = "SELECT 1 AS id, 'Text.' AS body, timestamp '2026-03-01 10:30' AS at"
        mapping = {"key": "id", "text": "body", "published_at": "at"}

        document = server.read(query=query, documents=mapping).document

        assert document.time_flags == ("published_at: names no zone, read as UTC",)

    def test_bytes_that_are_no_text_are_base64(self, file: Shop) -> None:
        query = "SELECT 1 AS id, x'ff00' AS body"

        assert file.read(query=query, documents={"key": "id", "text": "body"}).document.text == (
            "/wA="
        )

    def test_text_that_holds_json_is_decoded_where_told(self, file: Shop) -> None:
        query = """SELECT 1 AS id, '{"a": {"b": "Text."}}' AS extra
                   UNION ALL SELECT 2, '{' UNION ALL SELECT 3, NULL"""
        mapping = {"key": "id", "text": "extra.a.b"}

        result = file.read(query=query, documents=mapping, json_columns=["extra"])

        assert result.document.text == "Text."
        assert "column 'extra' holds no JSON" in result.failures[0].reason

    def test_missing_column_is_named_with_those_there_are(self, shop: Shop) -> None:
        with pytest.raises(SourceBroken, match="text: 'nope' is no column; there are: id, title"):
            shop.read(documents={"key": "id", "text": "nope"})
        with pytest.raises(SourceBroken, match="json_columns: 'nope' is no column"):
            shop.read(json_columns=["nope"])

    def test_missing_optional_column_is_remarked(self, shop: Shop) -> None:
        shop.put(1)

        result = shop.read(documents=ITEMS | {"author": "writer"})

        assert result.batches[0].remarks == ("author: 'writer' is no column",)

    def test_change_of_columns_is_remarked(self, shop: Shop) -> None:
        shop.put(1)
        first = shop.read()
        shop.run("ALTER TABLE item ADD COLUMN color text")

        remarks = shop.read(first.cursor).batches[0].remarks

        assert remarks == ("new columns: color",)

    def test_column_that_appears_twice_breaks_the_source(self, shop: Shop) -> None:
        with pytest.raises(SourceBroken, match="column 'id' appears twice"):
            shop.read(query="SELECT id, body, id FROM item")


class TestTrouble:
    @pytest.mark.parametrize(
        "query",
        [
            "DELETE FROM item RETURNING *",
            "INSERT INTO item (id, body) VALUES (9, 'x') RETURNING *",
            "CREATE TABLE more (id integer)",
        ],
    )
    def test_query_cannot_write(self, shop: Shop, query: str) -> None:
        shop.put(1)

        with pytest.raises(SourceBroken, match="the database refuses the query"):
            shop.read(query=query)

        assert shop.read().keys == ["1"]

    def test_query_cannot_write_through_a_function(self, server: Shop) -> None:
        server.run("CREATE SEQUENCE tickets")

        with pytest.raises(SourceBroken, match=r"nextval.. in a read-only transaction"):
            server.read(query="SELECT nextval('tickets') AS id, 'x' AS body, 1 AS title")

    @pytest.mark.parametrize("query", ["SELEC 1", "SELECT nope FROM item", "SELECT * FROM nope"])
    def test_wrong_query_breaks_the_source(self, shop: Shop, query: str) -> None:
        with pytest.raises(SourceBroken, match="source here: the database refuses the query"):
            shop.read(query=query)

    def test_missing_file_is_tried_again_and_not_made(self, tmp_path: Path) -> None:
        path = tmp_path / "none.db"

        with pytest.raises(RetryLater, match="unable to open database file"):
            read(connector("sql", url=f"sqlite:///{path}", query="SELECT 1", documents=ITEMS))
        assert not path.exists()

    def test_file_that_is_no_database_breaks_the_source(self, tmp_path: Path) -> None:
        path = tmp_path / "text.db"
        path.write_text("This is no database." * 100)

        with pytest.raises(SourceBroken, match="not a database"):
            read(
                connector(
                    "sql", url=f"sqlite:///{path}", query="SELECT * FROM item", documents=ITEMS
                )
            )

    def test_locked_file_is_tried_again_later(self, file: Shop) -> None:
        with file.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN EXCLUSIVE")

            with pytest.raises(RetryLater, match="locked"):
                file.read(connect_seconds=1)

    def test_server_that_is_not_there_is_tried_again_later(self) -> None:
        url = "postgresql+psycopg://reader@127.0.0.1:9/none"

        with pytest.raises(RetryLater, match="cannot be read now"):
            read(connector("sql", url=url, query="SELECT 1", documents=ITEMS))

    @pytest.mark.parametrize("dialect", ["file", "server"])
    def test_slow_query_is_stopped(self, dialect: str, request: pytest.FixtureRequest) -> None:
        shop: Shop = request.getfixturevalue(dialect)
        forever = (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT max(i) AS id, 'x' AS body FROM n"
        )

        with pytest.raises(RetryLater, match=r"interrupted|statement timeout"):
            shop.read(query=forever, timeout_seconds=0.3)

    def test_value_that_the_database_quotes_is_not_repeated(self, server: Shop) -> None:
        server.put(1, "a secret value")

        with pytest.raises(SourceBroken) as caught:
            server.read(query="SELECT id, body::integer AS body FROM item")

        assert str(caught.value) == (
            "source here: the database refuses the query: InvalidTextRepresentation 22P02"
        )
        assert caught.value.__cause__ is None or "secret" not in str(caught.value.__cause__)

    def test_connections_are_closed_after_each_read(self, server: Shop) -> None:
        server.put(1)
        source = server.source(query="SELECT * FROM item")
        reading = source.read({})
        next(reading)

        with server.engine.connect() as connection:
            count = connection.execute(
                text(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND pid <> pg_backend_pid() AND query NOT LIKE '%pg_stat_activity%' "
                    "AND state LIKE 'idle in transaction%'"
                )
            ).scalar()
        assert count == 0


class TestSecrets:
    def test_url_may_be_a_secret(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        shop.put(1)
        monkeypatch.setenv("SHOP_URL", shop.url)

        source = connector("sql", url="env:SHOP_URL", query="SELECT * FROM item", documents=ITEMS)

        assert read(source).keys == ["1"]

    def test_secret_that_is_no_url_is_not_repeated(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SHOP_URL", "hunter2")
        source = connector("sql", url="env:SHOP_URL", query="SELECT 1", documents=ITEMS)

        with pytest.raises(InvalidOptions, match="expected an SQLAlchemy URL") as caught:
            read(source)
        assert "hunter2" not in str(caught.value)

    def test_password_is_taken_from_where_it_is_kept_and_not_shown(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SHOP_PASSWORD", "hunter2")
        source = connector(
            "sql",
            url="postgresql+psycopg://reader@127.0.0.1:9/none",
            password="env:SHOP_PASSWORD",
            query="SELECT 1",
            documents=ITEMS,
        )

        with pytest.raises(RetryLater) as caught:
            read(source)
        assert "hunter2" not in str(caught.value)

    @pytest.mark.parametrize(
        ("options", "complaint"),
        [
            ({"url": "postgresql://reader:hunter2@host/x"}, "give password = env:NAME"),
            ({"url": "mysql+pymysql://host/x?password=hunter2"}, "give password = env:NAME"),
            ({"password": "hunter2"}, "expected env:NAME or file:PATH"),
            ({"url": "hunter2"}, "expected an SQLAlchemy URL"),
            ({"semantics": "snapshot", "watermark": "id"}, "leave watermark out"),
            ({"lookback_seconds": 5}, "goes with watermark"),
            ({"query": "SELECT 1 WHERE a >= :watermark"}, "leave :watermark out"),
            ({"observations": PRICES}, "exactly one of documents and observations"),
            ({"documents": None}, "exactly one of documents and observations"),
            (
                {"documents": None, "observations": PRICES, "deleted": "gone"},
                "deleted goes with documents",
            ),
            (
                {"documents": None, "observations": PRICES, "semantics": "snapshot"},
                "semantics goes with documents",
            ),
        ],
    )
    def test_wrong_options_are_named(self, options: Mapping[str, Any], complaint: str) -> None:
        given = {"url": "sqlite:///x.db", "query": "SELECT 1", "documents": ITEMS, **options}

        with pytest.raises(InvalidOptions, match=complaint) as caught:
            connector("sql", **given)
        assert "hunter2" not in str(caught.value)

    @pytest.mark.parametrize(
        ("url", "complaint"),
        [
            ("oracle+oracledb://host/x", "needs a package: pip install oracledb"),
            ("mysql+pymysql://host/x", "needs a package: pip install pymysql"),
            ("nowhere://host/x", "nothing here speaks nowhere"),
            ("postgresql+psycopg_async://host/x", "is asynchronous"),
        ],
    )
    def test_driver_that_cannot_be_used_is_named(self, url: str, complaint: str) -> None:
        source = connector("sql", url=url, query="SELECT 1", documents=ITEMS)

        with pytest.raises(InvalidOptions, match=complaint):
            read(source)
