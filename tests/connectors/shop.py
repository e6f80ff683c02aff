"""A small shop in a real database, and sources on it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine, make_url

from connectors.records import Cursor
from tests.connectors.reading import Read, connector, read

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
ITEMS = {"key": "id", "title": "title", "text": "body", "updated_at": "changed_at"}
PRICES = {
    "series": {"key": "{product}", "title": "Price of {product}", "currency": "EUR"},
    "valid_from": "day",
    "value": "price",
}
TABLES = {
    "sqlite": (
        "CREATE TABLE item (id integer PRIMARY KEY, title text, body text, "
        "changed_at text, gone integer DEFAULT 0)",
        "CREATE TABLE price (product text, day text, price text)",
    ),
    "postgresql": (
        "CREATE TABLE item (id integer PRIMARY KEY, title text, body text, "
        "changed_at timestamptz, gone boolean DEFAULT false)",
        "CREATE TABLE price (product text, day date, price numeric(12, 4))",
    ),
}


class Shop:
    """A database with items and prices, and a source on it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = create_engine(url)
        self.dialect = self.engine.dialect.name
        if self.dialect == "postgresql":
            self.run("DROP SCHEMA public CASCADE")
            self.run("CREATE SCHEMA public")
        for statement in TABLES[self.dialect]:
            self.run(statement)

    def __enter__(self) -> "Shop":
        return self

    def __exit__(self, *failure: object) -> None:
        self.engine.dispose()

    def run(self, statement: str, **values: object) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def put(self, key: int, body: str = "Text.", *, minute: int = 0) -> None:
        at = START + timedelta(minutes=minute)
        changed = at.isoformat() if self.dialect == "sqlite" else at
        self.run("DELETE FROM item WHERE id = :id", id=key)
        self.run(
            "INSERT INTO item (id, title, body, changed_at) VALUES (:id, :title, :body, :at)",
            id=key,
            title=f"Item {key}",
            body=body,
            at=changed,
        )

    def source(self, query: str = "SELECT * FROM item ORDER BY id", **options: Any) -> Any:
        if "observations" not in options:
            options = {"documents": ITEMS, **options}
        url = make_url(self.url)
        assert url.password is None
        return connector("sql", url=str(url), query=query, **options)

    def read(self, cursor: Cursor | None = None, **options: Any) -> Read:
        return read(self.source(**options), json.loads(json.dumps(cursor or {})))
