"""Whatever tiles and pasts there are, a scope keeps the rows that meet it one by one."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.records import Scope
from indexer.views.kept import Kept, kept_in
from indexer.views.rows import COLUMNS, RowTable
from indexer.views.times import OPEN, UNKNOWN, micros
from tests.indexer.views.fake_log import BEGIN, NOW_SCOPE

TILE = 32
MOMENTS = 12


def at(moment: int) -> datetime:
    return BEGIN + timedelta(minutes=moment)


@st.composite
def tables(draw: st.DrawFn) -> RowTable:
    """Draw rows as a log would give them, many of them with the same times."""
    count = draw(st.integers(0, 5 * TILE))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    observed = np.sort(rng.integers(0, MOMENTS, count))
    rows = {
        "chunk": np.arange(count) * 3,
        "document_row": np.arange(count) // 2,
        "source": np.sort(rng.integers(1, 4, count)) if rng.random() < 0.5 else observed % 4,
        "published_at": instants(observed - rng.integers(0, 3, count)),
        "valid_from": instants(observed - rng.integers(-1, 3, count)),
        "valid_until": instants(observed + rng.integers(1, MOMENTS, count)),
        "observed_at": instants(observed),
        "superseded_at": instants(observed + rng.integers(1, MOMENTS, count)),
        "series": np.where(rng.random(count) < 0.1, 7, 0),
        "dated_at": np.full(count, UNKNOWN),
    }
    rows["valid_until"][rng.random(count) < 0.7] = OPEN
    rows["superseded_at"][rng.random(count) < 0.7] = OPEN
    rows["published_at"][rng.random(count) < 0.2] = UNKNOWN
    table = RowTable(TILE)
    table.append(np.stack([rows[name] for name in COLUMNS]))
    arranged_at = at(draw(st.integers(0, MOMENTS)))
    for tile in range(draw(st.integers(0, count // TILE))):
        table.arrange(tile, table.over(tile, arranged_at))
    return table


def instants(moments: np.ndarray) -> np.ndarray:
    return np.array([micros(at(int(moment))) for moment in moments], dtype=np.int64)


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    moments = st.integers(-1, MOMENTS + 1).map(at)
    maybe = st.none() | moments
    return replace(
        NOW_SCOPE,
        as_of=draw(moments),
        known_at=draw(moments),
        published_after=draw(maybe),
        published_before=draw(maybe),
        sources=draw(st.none() | st.frozensets(st.integers(0, 4), max_size=3)),
        include_history=draw(st.booleans()),
    )


def is_in(scope: Scope, row: dict[str, int]) -> bool:
    """Say it once more, for one row, from the definitions of the times."""
    as_of, known_at = micros(scope.as_of), micros(scope.known_at)
    known = row["observed_at"] <= known_at and row["valid_from"] <= as_of
    ended = row["superseded_at"] <= known_at or row["valid_until"] <= as_of
    later = as_of < known_at and row["published_at"] > as_of
    source = scope.sources is None or row["source"] in scope.sources
    published = True
    if (scope.published_after or scope.published_before) and not row["series"]:
        after = micros(scope.published_after) if scope.published_after else UNKNOWN + 1
        before = micros(scope.published_before) if scope.published_before else OPEN
        published = after <= row["published_at"] < before
    return known and not later and source and published and (scope.include_history or not ended)


def expected(table: RowTable, scope: Scope) -> list[bool]:
    columns = {name: table.column(name).tolist() for name in COLUMNS}
    rows = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    return [is_in(scope, row) for row in rows]


@given(tables(), scopes())
def test_the_rows_in_a_scope_are_those_that_meet_it(table: RowTable, scope: Scope) -> None:
    wanted = expected(table, scope)

    kept = kept_in(table, scope)

    assert kept.mask().tolist() == wanted
    assert kept.count == sum(wanted)
    assert kept.positions().tolist() == np.flatnonzero(wanted).tolist()
    assert kept.admitted(table.column("chunk").tolist()) == wanted
    assert kept.admitted([1, -5, 10**9]) == [False] * 3


@given(tables(), scopes(), st.integers(1, 3))
def test_kept_rows_are_counted_by_stretches(table: RowTable, scope: Scope, tiles: int) -> None:
    wanted = expected(table, scope)
    starts = range(0, len(wanted), tiles * TILE)

    counts = kept_in(table, scope).counts(tiles * TILE)

    assert counts.tolist() == [sum(wanted[at : at + tiles * TILE]) for at in starts]


@given(tables(), scopes())
def test_lists_and_bits_together_say_the_same(table: RowTable, scope: Scope) -> None:
    kept = kept_in(table, scope)

    assert sorted(listed(table, kept) + kept.newest.tolist()) == kept.positions().tolist()


def listed(table: RowTable, kept: Kept) -> list[int]:
    """Return what a search of the lists finds, where it heeds the bits."""
    bits = kept.bits()
    allowed = np.ones(table.tiled, bool)
    if bits is not None:
        allowed = np.unpackbits(bits, bitorder="little", count=table.tiled).astype(bool)
    found = []
    for number in kept.lists.tolist():
        first, end = number // 2 * TILE, (number // 2 + 1) * TILE
        here = table.is_past(first, end) == bool(number % 2)
        found += (first + np.flatnonzero(here & allowed[first:end])).tolist()
    return found


@given(tables(), st.integers(0, MOMENTS), st.lists(st.integers(0, 90), max_size=5))
def test_a_table_restored_from_its_arrays_is_the_same(
    table: RowTable, moment: int, document_rows: list[int]
) -> None:
    again = RowTable(TILE)
    again.restore(table.arrays(), is_arranged=True)

    for each in (table, again):
        each.retire(document_rows, at(moment))

    assert again.tiled == table.tiled
    assert {n: a.tolist() for n, a in again.arrays().items()} == {
        n: a.tolist() for n, a in table.arrays().items()
    }


def two_tiles() -> RowTable:
    """Return rows of two tiles that are not arranged, of a document each, none of which ends."""
    table = RowTable(TILE)
    block = np.zeros((len(COLUMNS), 2 * TILE), dtype=np.int64)
    for name in ("superseded_at", "valid_until"):
        block[COLUMNS.index(name)] = OPEN
    block[COLUMNS.index("document_row")] = np.arange(2 * TILE)
    table.append(block)
    return table


def test_a_question_about_now_does_not_look_at_the_past() -> None:
    table = two_tiles()
    table.retire(range(0, TILE, 2), at(0))
    for tile in range(2):
        table.arrange(tile, table.over(tile, at(1)))

    now = kept_in(table, replace(NOW_SCOPE, known_at=at(5), as_of=at(5)))
    before = kept_in(table, replace(NOW_SCOPE, known_at=at(-1), as_of=at(5)))

    assert (now.lists.tolist(), now.bits()) == ([0, 2], None)
    assert (before.lists.tolist(), before.bits()) == ([0, 1, 2], None)
    assert (now.count, before.count) == (TILE + TILE // 2, 2 * TILE)


def test_tiles_wear_as_their_rows_end_and_are_whole_again_once_arranged() -> None:
    table = two_tiles()
    for tile in range(2):
        table.arrange(tile, np.zeros(TILE, dtype=np.bool_))

    table.retire(range(3), at(0))
    few = table.worn_tiles(at(1))
    table.retire(range(4), at(0))
    many = table.worn_tiles(at(1))
    table.arrange(0, table.over(0, at(1)))

    assert (few, many, table.worn_tiles(at(1))) == ([], [0], [])
    assert table.sizes.tolist() == [TILE - 4, 4, TILE, 0]
