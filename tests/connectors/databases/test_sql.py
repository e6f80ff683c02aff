"""`sql` on real SQLite and real PostgreSQL: what is read, and when again."""

from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import SourceBroken
from connectors.records import Cursor, Semantics
from tests.connectors.shop import PRICES, START, Shop


class TestListing:
    def test_rows_become_documents(self, shop: Shop) -> None:
        shop.put(1, "Gold is a metal: 100% of it.")

        document = shop.read().document

        assert (document.key, document.title) == ("1", "Item 1")
        assert document.text == "Gold is a metal: 100% of it."
        assert document.updated_at == START
        assert document.time_flags == ()

    def test_only_changed_rows_are_given_again(self, shop: Shop) -> None:
        shop.put(1)
        shop.put(2)
        first = shop.read()
        shop.put(2, "Changed.")

        second = shop.read(first.cursor)
        third = shop.read(second.cursor)

        assert (second.keys, second.unchanged) == (["2"], ["1"])
        assert not second.is_unmodified
        assert (third.keys, third.unchanged, third.is_unmodified) == ([], ["1", "2"], True)

    def test_row_that_is_gone_is_absent_from_a_complete_snapshot(self, shop: Shop) -> None:
        shop.put(1)
        shop.put(2)
        first = shop.read(semantics="snapshot")
        shop.run("DELETE FROM item WHERE id = 2")

        second = shop.read(first.cursor, semantics="snapshot")

        assert (first.is_complete, second.is_complete) == (True, True)
        assert (second.keys, second.unchanged, second.is_unmodified) == ([], ["1"], False)

    def test_empty_result_is_no_complete_snapshot(self, shop: Shop) -> None:
        assert not shop.read(semantics="snapshot").is_complete

    def test_row_marked_as_deleted_removes_its_document(self, shop: Shop) -> None:
        shop.put(1)
        shop.put(2)
        first = shop.read(deleted="gone")
        shop.run("UPDATE item SET gone = :yes WHERE id = 1", yes=shop.dialect != "sqlite" or 1)

        second = shop.read(first.cursor, deleted="gone")
        third = shop.read(second.cursor, deleted="gone")

        assert [each for batch in second.batches for each in batch.removed] == ["1"]
        assert (third.is_unmodified, third.unchanged) == (True, ["2"])

    def test_unreadable_row_is_a_failure_and_tried_again(self, shop: Shop) -> None:
        shop.put(1, "")
        shop.run("UPDATE item SET title = '' WHERE id = 1")
        shop.put(2)
        first = shop.read(semantics="snapshot")

        second = shop.read(first.cursor, semantics="snapshot")

        assert (first.keys, second.unchanged) == (["2"], ["2"])
        assert [(each.key, each.reason) for each in second.failures] == [("1", "row 1: no text")]
        assert second.is_complete

    def test_two_rows_with_one_key_are_told_of(self, shop: Shop) -> None:
        shop.put(1, "One.")
        shop.put(2, "Two.")

        result = shop.read(documents={"key": "'same'", "text": "body"})

        assert result.document.text == "One."
        assert result.failures[0].reason == "row 2: duplicate key, kept the first"

    def test_many_rows_come_in_batches_and_only_the_last_moves_the_cursor(self, shop: Shop) -> None:
        shop.run(
            "INSERT INTO item (id, title, body) "
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) "
            "SELECT i, 'T', 'Text.' FROM n"
        )

        result = shop.read()

        assert [len(batch.documents) for batch in result.batches] == [500, 500, 200]
        assert [dict(batch.cursor) for batch in result.batches[:-1]] == [{}, {}]
        assert len(shop.read(result.cursor).unchanged) == 1200

    def test_more_rows_than_allowed_break_the_source(self, shop: Shop) -> None:
        for number in range(3):
            shop.put(number)

        with pytest.raises(SourceBroken, match="more than max_rows = 2"):
            shop.read(max_rows=2)

    def test_changed_options_read_everything_anew(self, shop: Shop) -> None:
        shop.put(1)
        first = shop.read()

        assert shop.read(first.cursor, zone="Europe/Berlin").keys == ["1"]


class TestValues:
    def test_rows_become_values_digit_by_digit(self, shop: Shop) -> None:
        shop.run("INSERT INTO price VALUES ('tea', '2026-03-01', '12.5000')")
        shop.run("INSERT INTO price VALUES ('tea', '2026-03-02', NULL)")

        result = shop.read(query="SELECT * FROM price", observations=PRICES)

        assert result.values == {("tea", "2026-03-01T00:00:00+00:00"): "12.5000"}
        assert shop.source(query="SELECT 1", observations=PRICES).semantics is Semantics.SERIES

    def test_only_changed_values_are_given_again(self, shop: Shop) -> None:
        shop.run("INSERT INTO price VALUES ('tea', '2026-03-01', '12.5')")
        options = {"query": "SELECT * FROM price", "observations": PRICES}
        first = shop.read(**options)
        shop.run("INSERT INTO price VALUES ('tea', '2026-03-02', '13.5')")

        second = shop.read(first.cursor, **options)

        assert [str(Decimal(value).normalize()) for value in second.values.values()] == ["13.5"]
        assert shop.read(second.cursor, **options).is_unmodified


class TestWatermark:
    def test_goes_on_where_the_last_read_ended(self, shop: Shop) -> None:
        shop.put(1, minute=1)
        shop.put(2, minute=2)
        first = shop.read(watermark="changed_at")
        shop.put(3, minute=3)

        second = shop.read(first.cursor, watermark="changed_at")
        third = shop.read(second.cursor, watermark="changed_at")

        assert (first.keys, second.keys) == (["1", "2"], ["3"])
        assert (third.keys, third.is_unmodified) == ([], True)
        assert third.cursor == second.cursor

    def test_rows_at_the_watermark_are_neither_lost_nor_doubled(self, shop: Shop) -> None:
        shop.put(1, minute=1)
        shop.put(2, minute=2)
        first = shop.read(watermark="changed_at")
        shop.put(3, minute=2)
        shop.put(4, minute=2)

        second = shop.read(first.cursor, watermark="changed_at")

        assert sorted(second.keys) == ["3", "4"]
        assert shop.read(second.cursor, watermark="changed_at").is_unmodified

    def test_row_changed_at_the_watermark_is_read_again(self, shop: Shop) -> None:
        shop.put(1, minute=1)
        first = shop.read(watermark="changed_at")
        shop.put(1, "Changed.", minute=1)

        assert shop.read(first.cursor, watermark="changed_at").document.text == "Changed."

    def test_large_table_is_read_in_several_reads(self, shop: Shop) -> None:
        shop.run(
            "INSERT INTO item (id, title, body, changed_at) "
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1700) "
            "SELECT i, 'T', 'Text.', '2026-03-01 10:00:00+00' FROM n"
        )
        cursor: Cursor = {}
        keys: list[str] = []
        sizes = []
        for _ in range(4):
            result = shop.read(cursor, watermark="changed_at", max_rows=600)
            cursor = result.cursor
            keys += result.keys
            sizes.append(len(result.keys))

        assert sorted(map(int, keys)) == list(range(1, 1701))
        assert sizes[-1] == 0

    def test_every_part_moves_the_watermark(self, shop: Shop) -> None:
        for number in range(3):
            shop.run(
                "INSERT INTO item (id, title, body, changed_at) WITH RECURSIVE n(i) AS "
                "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) "
                f"SELECT i + {number * 1000}, 'T', 'Text.', '2026-03-0{number + 1} 10:00:00+00' "
                "FROM n"
            )
        first = shop.read(watermark="changed_at").batches[0]

        rest = shop.read(first.cursor, watermark="changed_at")

        assert len(first.documents) + len(rest.documents) == 1200

    def test_row_without_a_watermark_is_not_read(self, shop: Shop) -> None:
        shop.put(1, minute=1)
        shop.run("INSERT INTO item (id, title, body) VALUES (2, 'T', 'Text.')")

        assert shop.read(watermark="changed_at").keys == ["1"]

    def test_numbers_are_watermarks_too(self, shop: Shop) -> None:
        shop.put(1)
        first = shop.read(watermark="id")
        shop.put(3_000_000 if shop.dialect == "sqlite" else 2)

        assert len(shop.read(first.cursor, watermark="id").keys) == 1

    def test_query_may_hold_casts_percents_comments_and_an_order(self, shop: Shop) -> None:
        shop.put(1, minute=1)
        query = "SELECT * FROM item WHERE body LIKE 'T%' AND ':x' <> '10:30' ORDER BY id; -- :end"

        assert shop.read(query=query.replace("; -- :end", " -- :end"), watermark="id").keys == ["1"]
        assert shop.read(query=f"{query.partition(';')[0]};").keys == ["1"]

    def test_row_committed_late_is_found_within_the_lookback(self, server: Shop) -> None:
        server.put(1, minute=10)
        options: dict[str, Any] = {"watermark": "changed_at", "lookback_seconds": 300}
        first = server.read(**options)
        server.put(2, minute=6)
        server.put(3, minute=4)

        second = server.read(first.cursor, **options)
        third = server.read(second.cursor, **options)

        assert second.keys == ["2"]
        assert third.is_unmodified

    def test_lookback_from_what_is_no_time_breaks_the_source(self, file: Shop) -> None:
        file.put(1)
        file.put(2)

        with pytest.raises(SourceBroken, match="expected a watermark that is a time, not int"):
            file.read(watermark="id", lookback_seconds=5)

    def test_unknown_watermark_is_named_with_what_there_is(self, shop: Shop) -> None:
        with pytest.raises(SourceBroken, match="nope"):
            shop.read(watermark="nope")
