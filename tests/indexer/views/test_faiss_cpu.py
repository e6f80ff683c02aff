import numpy as np
import pytest

from indexer.views.faiss_cpu import FaissCpuDense
from tests.indexer.views.gpu_cards import TILE
from tests.indexer.views.tables import kept_of, table_of
from tests.indexer.views.test_dense import NO_PAST, QUERIES, D, Searched, unit_rows


def test_rows_that_codes_hardly_tell_apart_are_all_found() -> None:
    """Directions at random are all about equally unlike a question, so the proposals do not do."""
    rng = np.random.default_rng(17)
    rows, queries = unit_rows(rng, 20_000), unit_rows(rng, 60).astype(np.float32)
    index = FaissCpuDense(D, tile=TILE)
    kept = Searched(index, rows).arranged(np.ones(len(rows), bool), np.arange(TILE) % 5 == 0)

    found = index.search(queries, 100, kept)
    best = index.search(queries, 100, kept, exact=True)

    assert found[1][:, :10].tolist() == best[1][:, :10].tolist()
    in_both = [len({*one} & {*other}) for one, other in zip(found[1], best[1], strict=True)]
    assert sum(in_both) >= 0.999 * best[1].size


@pytest.mark.parametrize("width", [1, 3, 12])
def test_windows_of_many_tiles_find_what_an_exact_search_finds(width: int) -> None:
    rng = np.random.default_rng(18)
    rows, queries = unit_rows(rng, 30_000), unit_rows(rng, 40).astype(np.float32)
    index = FaissCpuDense(D, tile=TILE)
    places = np.arange(len(rows))
    window = (places >= 7_000) & (places < 7_000 + 1_500 * width)
    kept = Searched(index, rows).arranged(window, NO_PAST)

    found = index.search(queries, 10, kept)
    best = index.search(queries, 10, kept, exact=True)

    assert found[1].tolist() == best[1].tolist()
    assert found[0].tolist() == best[0].tolist()


def test_a_query_without_direction_finds_the_first_rows() -> None:
    rows = unit_rows(np.random.default_rng(19), 6_000)
    index = FaissCpuDense(D, tile=TILE)
    kept = Searched(index, rows).arranged(np.ones(len(rows), bool), NO_PAST)

    _, positions = index.search(np.zeros((1, D), dtype=np.float32), 5, kept)

    assert positions.tolist() == [[0, 1, 2, 3, 4]]


def test_lists_that_may_hold_what_is_wanted_but_hold_nothing_are_no_trouble() -> None:
    """Here every kept row is in no tile yet, which the ranges of the tiles do not tell."""
    rows = unit_rows(np.random.default_rng(20), 3_000)
    index = FaissCpuDense(D, tile=TILE)
    searched = Searched(index, rows)
    tiled = 10 * TILE
    block = np.arange(len(rows)) >= tiled
    table = table_of(block, TILE)
    source = table.column("source")
    source[:tiled] = np.where(np.arange(tiled) % 2, 0, 2)
    for tile in range(10):
        index.arrange(tile, NO_PAST)()
        table.arrange(tile, NO_PAST)

    found = index.search(QUERIES, 5, kept_of(table))

    searched.assert_exact(QUERIES, 5, block)
    assert found[1].tolist() == index.search(QUERIES, 5, kept_of(table), exact=True)[1].tolist()
