from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from indexer.records import IndexedChunk, Scope
from indexer.views.kept import kept_in
from indexer.views.rows import RowTable, as_block, observed_order
from indexer.views.times import OPEN, UNKNOWN, micros, micros_or
from tests.indexer.views.fake_log import BEGIN, NOW_SCOPE, minutes

CHUNK = IndexedChunk(
    chunk=1,
    document_row=1,
    source=1,
    title="",
    text="",
    section="",
    vector=b"",
    published_at=None,
    valid_from=BEGIN,
    valid_until=None,
    observed_at=BEGIN,
    superseded_at=None,
)
TICK = timedelta(microseconds=1)


def table(*chunks: IndexedChunk) -> RowTable:
    rows = RowTable()
    rows.append(as_block(chunks))
    return rows


def is_kept(chunk: IndexedChunk, scope: Scope) -> bool:
    return kept_in(table(chunk), scope).mask().tolist() == [True]


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_instants_keep_their_microseconds(at: datetime) -> None:
    assert datetime(1970, 1, 1, tzinfo=UTC) + micros(at) * TICK == at
    assert UNKNOWN < micros(at) < OPEN


def test_missing_instants_take_the_stand_in() -> None:
    assert micros_or(None, OPEN) == OPEN
    assert micros_or(BEGIN, OPEN) == micros(BEGIN)


def test_a_version_is_known_from_its_observation_until_it_is_superseded() -> None:
    chunk = replace(CHUNK, observed_at=minutes(1), superseded_at=minutes(2))
    known = [minutes(1) - TICK, minutes(1), minutes(2) - TICK, minutes(2)]

    kept = [is_kept(chunk, replace(NOW_SCOPE, known_at=at)) for at in known]

    assert kept == [False, True, True, False]


def test_a_statement_is_valid_from_its_start_until_its_end() -> None:
    chunk = replace(CHUNK, valid_from=minutes(1), valid_until=minutes(2))
    asked = [minutes(1) - TICK, minutes(1), minutes(2) - TICK, minutes(2)]

    kept = [is_kept(chunk, replace(NOW_SCOPE, as_of=at)) for at in asked]

    assert kept == [False, True, True, False]


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (minutes(0), False),
        (minutes(1), True),
        (minutes(2) - TICK, True),
        (minutes(2), False),
        (None, False),
    ],
)
def test_publication_window_is_half_open_and_excludes_the_unknown(
    published: datetime | None, expected: bool
) -> None:
    chunk = replace(CHUNK, published_at=published, observed_at=minutes(9))
    scope = replace(NOW_SCOPE, published_after=minutes(1), published_before=minutes(2))

    assert is_kept(chunk, scope) is expected


def test_one_publication_bound_alone_excludes_the_unknown() -> None:
    assert not is_kept(CHUNK, replace(NOW_SCOPE, published_after=minutes(5)))
    assert not is_kept(CHUNK, replace(NOW_SCOPE, published_before=minutes(5)))


@pytest.mark.parametrize(
    ("sources", "expected"), [(None, True), ({1, 2}, True), ({2}, False), (set(), False)]
)
def test_only_the_asked_sources_are_kept(sources: set[int] | None, expected: bool) -> None:
    wanted = None if sources is None else frozenset(sources)

    assert is_kept(CHUNK, replace(NOW_SCOPE, sources=wanted)) is expected


def test_retiring_twice_is_retiring_once() -> None:
    rows = table(CHUNK, replace(CHUNK, chunk=2, document_row=2), replace(CHUNK, chunk=3))

    rows.retire([1], minutes(3))
    once = rows.arrays()["rows"]
    rows.retire([1, 77], minutes(3))

    assert rows.arrays()["rows"].tolist() == once.tolist()
    assert rows.column("superseded_at").tolist() == [micros(minutes(3)), OPEN, micros(minutes(3))]


def test_kept_answers_by_chunk() -> None:
    rows = table(CHUNK, replace(CHUNK, chunk=9, source=2))

    kept = kept_in(rows, replace(NOW_SCOPE, sources=frozenset({2})))

    assert [chunk in kept for chunk in (1, 9, 50)] == [False, True, False]
    assert kept.admitted([50, 9, 1]) == [False, True, False]
    assert kept.share == 0.5
    assert kept_in(rows, NOW_SCOPE).share == kept_in(RowTable(), NOW_SCOPE).share == 1.0


def test_rows_survive_growth() -> None:
    rows = RowTable()
    for number in range(3000):
        rows.append(as_block([replace(CHUNK, chunk=number)]))

    assert rows.column("chunk").tolist() == list(range(3000))
    assert rows.positions_of([2999, 3000, 0]).tolist() == [2999, -1, 0]


def test_rows_read_in_another_order_are_put_in_the_order_of_observation() -> None:
    chunks = [
        replace(CHUNK, chunk=1, observed_at=minutes(2)),
        replace(CHUNK, chunk=3, observed_at=minutes(1)),
        replace(CHUNK, chunk=2, observed_at=minutes(1)),
    ]

    order = observed_order(as_block(chunks))

    assert order is not None
    assert order.tolist() == [2, 1, 0]
    assert observed_order(as_block([chunks[2], chunks[1], chunks[0]])) is None
    assert observed_order(np.empty((8, 0), dtype=np.int64)) is None


@pytest.mark.parametrize(("as_of", "expected"), [(2, False), (3, True), (4, True)])
def test_what_was_published_later_is_not_seen_however_early_it_holds(
    as_of: int, expected: bool
) -> None:
    chunk = replace(CHUNK, valid_from=minutes(0), published_at=minutes(3), observed_at=minutes(5))
    scope = replace(NOW_SCOPE, as_of=minutes(as_of), known_at=minutes(6))

    assert is_kept(chunk, scope) == expected


def test_a_publication_time_after_receipt_hides_nothing_that_was_received() -> None:
    chunk = replace(CHUNK, valid_from=minutes(0), published_at=minutes(9), observed_at=minutes(5))

    assert is_kept(chunk, replace(NOW_SCOPE, as_of=minutes(5), known_at=minutes(6)))


@pytest.mark.parametrize(
    ("published", "updated", "expected"),
    [
        (None, None, None),
        (minutes(1), None, minutes(1)),
        (minutes(1), minutes(2), minutes(2)),
        (minutes(2), minutes(1), minutes(2)),
        (minutes(1), minutes(9), minutes(5)),
    ],
)
def test_rows_tell_their_source_and_the_latest_time_that_it_gives(
    published: datetime | None, updated: datetime | None, expected: datetime | None
) -> None:
    observed = minutes(5)
    chunk = replace(CHUNK, published_at=published, updated_at=updated, observed_at=observed)

    dates = table(chunk).dates(np.array([0]))
    assert (dates.sources.tolist(), dates.is_told.tolist()) == ([chunk.source], [True])
    assert dates.at[dates.is_dated].tolist() == ([] if expected is None else [micros(expected)])


def test_of_the_card_of_a_series_no_date_is_told() -> None:
    assert table(replace(CHUNK, series=7)).dates(np.array([0])).is_told.tolist() == [False]
