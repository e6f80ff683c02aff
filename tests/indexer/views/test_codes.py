import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.views.codes import Codes

D = 48
TILE = 256
LISTS = 6
ALL = np.arange(LISTS, dtype=np.int64)


def unit_rows(seed: int, count: int, dimension: int = D) -> NDArray[np.float16]:
    rows = np.random.default_rng(seed).standard_normal((count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


def coded(rows: NDArray[np.float16]) -> Codes:
    """Return codes of rows that stand list after list."""
    codes = Codes.fitting(rows)
    for number in ALL.tolist():
        first = number * TILE
        positions = np.arange(first, first + TILE)
        codes.put(number, codes.encode(rows[first : first + TILE], positions))
    return codes


ROWS = unit_rows(1, LISTS * TILE)
QUERIES = unit_rows(2, 50).astype(np.float32)


def errors(codes: Codes, rows: NDArray[np.float16], queries: NDArray[np.float32]) -> object:
    """Return by how much every estimate is too high, [q, n]."""
    estimates, positions = codes.search(queries, len(rows), ALL, None)
    exact = queries @ rows.astype(np.float32).T
    return estimates - np.take_along_axis(exact, positions, axis=1)


@pytest.mark.parametrize("dimension", [47, 48, 100])
def test_estimates_have_no_bias_and_err_as_much_as_is_said(dimension: int) -> None:
    rows = unit_rows(3, LISTS * TILE, dimension)
    queries = 2 * unit_rows(4, 50, dimension).astype(np.float32)
    codes = coded(rows)

    found = errors(codes, rows, queries)

    said = codes.deviations(queries)
    assert np.allclose(said, said[0], rtol=1e-3)
    assert abs(np.mean(found)) < 0.05 * said[0]
    assert 0.9 * said[0] < np.std(found) < 1.05 * said[0]


def test_the_best_estimates_come_first_and_lists_and_bits_are_heeded() -> None:
    codes = coded(ROWS)
    allowed = np.arange(len(ROWS)) % 3 == 0
    lists = np.array([1, 4])

    estimates, positions = codes.search(
        QUERIES, 100, lists, np.packbits(allowed, bitorder="little")
    )

    assert (np.diff(estimates, axis=1) <= 0).all()
    assert set(np.unique(positions // TILE)) == {1, 4}
    assert allowed[positions].all()


def test_what_is_above_an_estimate_is_what_a_search_finds_until_there() -> None:
    codes = coded(ROWS)
    estimates, positions = codes.search(QUERIES[:1], len(ROWS), ALL, None)

    levels = np.unique(estimates)
    for place in (-2, -11, len(levels) // 2):
        between = float(levels[place] + levels[place + 1]) / 2
        above = codes.above(QUERIES[:1], between)
        assert sorted(above.tolist()) == sorted(positions[estimates > between].tolist())


def test_restored_codes_are_the_same_and_others_are_refused() -> None:
    codes = coded(ROWS)
    arrays = codes.arrays()

    again = Codes.restored(arrays)

    assert again is not None
    for one, other in zip(
        codes.search(QUERIES, 50, ALL, None), again.search(QUERIES, 50, ALL, None), strict=True
    ):
        assert one.tobytes() == other.tobytes()
    assert Codes.restored({**arrays, "packed_by": np.array("1.15.1")}) is None


def test_codes_put_anew_take_the_place_of_those_before() -> None:
    codes = coded(ROWS)
    codes.put(2, codes.encode(ROWS[:10], np.arange(5000, 5010)))
    codes.put(200, codes.encode(ROWS[10:20], np.arange(6000, 6010)))

    _, positions = codes.search(QUERIES, 20, np.array([2, 200]), None)

    assert sorted(positions[0].tolist()) == [*range(5000, 5010), *range(6000, 6010)]
