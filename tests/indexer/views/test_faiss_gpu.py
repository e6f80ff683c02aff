from weakref import WeakSet

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.views.card import Card
from indexer.views.dense import DenseIndex
from indexer.views.faiss_cpu import FaissCpuDense
from indexer.views.faiss_gpu import FaissGpuDense, has_gpu
from tests.indexer.views.gpu_cards import TILE, BrokenCard, SimulatedCard, on_card, on_small_card
from tests.indexer.views.tables import kept_of, table_of
from tests.indexer.views.test_dense import NO_PAST, QUERIES, D, Searched, unit_rows

LONG = 64 * TILE
"""Rows of a slice of which only some can be asked for."""

needs_gpu = pytest.mark.skipif(not has_gpu(), reason="FAISS sees no GPU here")


class Opened:
    """Opens simulated cards and keeps them, in the order of their slices."""

    def __init__(self, dimension: int = D, *, is_forgetful: bool = False) -> None:
        self._dimension = dimension
        self._is_forgetful = is_forgetful
        self.cards: list[SimulatedCard] = []

    def __call__(self) -> SimulatedCard:
        self.cards.append(SimulatedCard(self._dimension, is_forgetful=self._is_forgetful))
        return self.cards[-1]

    @property
    def searches(self) -> list[int]:
        return [card.searches for card in self.cards]


def test_the_card_answers_where_it_can_and_the_host_where_few_rows_are_kept() -> None:
    opened = Opened()
    index = on_card(D, 1024, open_slice=opened, host_rows=500)
    index.add(np.random.default_rng(8).standard_normal((1000, D)).astype(np.float16))

    index.search(QUERIES, 5, kept_of(table_of(np.arange(1000) < 400)))
    assert opened.searches == [0]

    index.search(QUERIES, 5, kept_of(table_of(np.arange(1000) < 600)))
    assert opened.searches == [1]


def test_slices_in_which_no_row_is_kept_are_not_searched() -> None:
    opened = Opened()
    rows = unit_rows(np.random.default_rng(12), 4 * TILE)
    searched = Searched(on_card(D, TILE, open_slice=opened), rows)
    kept = searched.arranged((np.arange(4 * TILE) // TILE) % 2 == 1, NO_PAST)

    searched.index.search(QUERIES, 5, kept)

    assert opened.searches == [0, 1, 0, 1]


def test_a_window_is_searched_in_its_slices_alone() -> None:
    opened = Opened()
    rows = unit_rows(np.random.default_rng(21), 40 * TILE)
    searched = Searched(on_card(D, 4 * TILE, open_slice=opened), rows)
    places = np.arange(len(rows))

    searched.assert_exact(QUERIES, 10, (places >= 13 * TILE + 5) & (places < 22 * TILE - 3))

    assert np.flatnonzero(opened.searches).tolist() == [3, 4, 5]


def test_slices_of_which_few_rows_are_kept_are_searched_by_the_host() -> None:
    opened = Opened()
    rows = unit_rows(np.random.default_rng(22), 4 * LONG)
    searched = Searched(on_card(D, LONG, open_slice=opened), rows)
    number, place = np.divmod(np.arange(len(rows)), LONG)

    searched.assert_exact(QUERIES, 100, (number == 1) | (place % 500 == 0))

    assert np.flatnonzero(opened.searches).tolist() == [1]


def test_no_row_is_found_twice_where_the_host_must_help_and_few_rows_are_kept_elsewhere() -> None:
    opened = Opened(is_forgetful=True)
    rows = unit_rows(np.random.default_rng(23), 2 * LONG)
    searched = Searched(on_card(D, LONG, open_slice=opened), rows)
    places = np.arange(len(rows))

    searched.assert_exact(QUERIES, 100, (places < LONG) | (places % 500 == 0))

    assert np.flatnonzero(opened.searches).tolist() == [0]


@pytest.mark.parametrize(("bytes_", "slices"), [(0, 0), (5 * TILE * 2 * D, 2), (10**9, 5)])
def test_the_newest_rows_are_on_the_card_as_far_as_it_may_hold_them(
    bytes_: int, slices: int
) -> None:
    opened: WeakSet[SimulatedCard] = WeakSet()

    def open_slice() -> SimulatedCard:
        card = SimulatedCard(D)
        opened.add(card)
        return card

    index = on_card(D, open_slice=open_slice, max_bytes=bytes_)
    searched = Searched(index, unit_rows(np.random.default_rng(13), 9 * TILE + 7))

    assert len(opened) == slices
    searched.assert_exact(QUERIES, 20)
    assert sum(card.searches for card in opened) > 0 or not slices


def test_a_card_that_runs_out_of_memory_gives_up_its_oldest_rows(
    caplog: pytest.LogCaptureFixture,
) -> None:
    searched = Searched(on_small_card(D), unit_rows(np.random.default_rng(14), 5 * TILE))

    searched.assert_exact(QUERIES, 20)

    assert "the GPU holds 3 slices of rows: cudaMalloc error out of memory" in caplog.text


def test_where_the_card_fails_the_processor_answers(caplog: pytest.LogCaptureFixture) -> None:
    rows = unit_rows(np.random.default_rng(24), 5 * TILE)
    searched = Searched(on_card(D, open_slice=lambda: BrokenCard(D)), rows)

    searched.assert_exact(QUERIES, 20)

    assert "the GPU failed, so the processor searches: cudaMalloc error" in caplog.text


def test_questions_that_half_floats_do_not_hold_are_answered_by_the_host() -> None:
    rows = unit_rows(np.random.default_rng(25), 5 * TILE)
    queries = np.concatenate([QUERIES, 1e6 * QUERIES + 1])
    index, host = on_card(D), FaissCpuDense(D, tile=TILE)
    kept = kept_of(table_of(np.ones(len(rows), bool), TILE))
    for each in (index, host):
        each.add(rows)

    with np.errstate(over="ignore", invalid="ignore"):
        found = index.search(queries, 10, kept)

    wanted = host.search(queries, 10, kept, exact=True)
    assert found[1].tolist() == wanted[1].tolist()
    assert found[0].tolist() == wanted[0].tolist()


def test_the_best_of_several_slices_come_best_first() -> None:
    cards = {number: SimulatedCard(D) for number in range(3)}
    unopened = iter(cards.values())
    card = Card(2 * TILE, lambda: next(unopened))
    rows = unit_rows(np.random.default_rng(28), 5 * TILE)
    for number in range(3):
        card.add(number, rows[2 * TILE * number : 2 * TILE * (number + 1)])
    query = unit_rows(np.random.default_rng(29), 1).astype(np.float32)
    card.remove(0)
    card.remove(7)

    scores, positions = card.search(query, 9, [1, 2])

    wanted = rows[2 * TILE :].astype(np.float32) @ query[0]
    assert positions[0].tolist() == (2 * TILE + np.argsort(-wanted)[:9]).tolist()
    assert np.allclose(scores[0], np.sort(wanted)[::-1][:9], atol=1e-6)


def test_single_rows_are_scored_to_the_bit_as_in_a_search() -> None:
    index = FaissCpuDense(D, tile=TILE)
    index.add(unit_rows(np.random.default_rng(26), 500))
    kept = kept_of(table_of(np.ones(500, bool), TILE))
    queries = unit_rows(np.random.default_rng(27), 3).astype(np.float32)
    scores, positions = index.search(queries, 40, kept, exact=True)
    positions[1, 3:7] = -1

    again = index.scores(queries, positions)

    scores[1, 3:7] = -np.inf
    assert again.tolist() == scores.tolist()


@needs_gpu
@pytest.mark.parametrize("lines", [1, 8, 64, 150])
def test_the_gpu_finds_what_the_processor_finds(lines: int) -> None:
    rows = rows_of(384, 300_000, 3)
    queries = rows_of(384, lines, 4).astype(np.float32)
    places = np.arange(len(rows))
    gpu, cpu = FaissGpuDense(384, slice_rows=1 << 16), FaissCpuDense(384)
    for index in (gpu, cpu):
        add(index, rows)
    windows = [places >= 0, places > 200_000, (places > 100_000) & (places < 160_000)]

    for keep in [*windows, places % 7 == 0, places % 333 == 0]:
        kept = kept_of(table_of(keep, 4096))
        for k in (1, 10, 300):
            found, wanted = (each.search(queries, k, kept, exact=True) for each in (gpu, cpu))
            assert found[1].tolist() == wanted[1].tolist()
            assert found[0].tolist() == wanted[0].tolist()


@needs_gpu
def test_a_gpu_holds_no_more_slices_than_it_may() -> None:
    slice_rows = 1 << 16
    rows = rows_of(384, 4 * slice_rows + 100, 7)
    queries = rows_of(384, 8, 6).astype(np.float32)
    kept = kept_of(table_of(np.ones(len(rows), bool), 4096))
    size = 2 * 384 * slice_rows
    gpu = FaissGpuDense(384, slice_rows=slice_rows, max_bytes=2 * size + size // 2)
    cpu = FaissCpuDense(384)
    for index in (gpu, cpu):
        add(index, rows)

    found, wanted = (index.search(queries, 10, kept, exact=True) for index in (gpu, cpu))

    assert sorted(gpu._numbers) == [3, 4]
    assert found[1].tolist() == wanted[1].tolist()


def rows_of(dimension: int, count: int, seed: int) -> NDArray[np.float16]:
    rows = np.random.default_rng(seed).standard_normal((count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


def add(index: DenseIndex, rows: NDArray[np.float16]) -> None:
    for first in range(0, len(rows), 50_000):
        index.add(rows[first : first + 50_000])
