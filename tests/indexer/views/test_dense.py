"""One contract, run on every dense index that is shipped, beside a plain reference."""

from collections.abc import Callable

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.errors import IndexerError
from indexer.views.dense import DenseIndex, Found, open_dense
from indexer.views.faiss_cpu import FaissCpuDense
from indexer.views.faiss_gpu import FaissGpuDense, has_gpu
from indexer.views.kept import Kept
from tests.indexer.views.gpu_cards import TILE, on_card, on_small_card
from tests.indexer.views.tables import kept_of, table_of

D = 16
NO_PAST = np.zeros(TILE, dtype=bool)


class NumpyDense:
    """What a search must find, spelled out: score everything, sort by (score, position)."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._rows = np.empty((0, dimension), dtype=np.float16)

    def add(self, vectors: NDArray[np.float16]) -> None:
        self._rows = np.concatenate([self._rows, vectors])

    def search(self, queries: NDArray[np.float32], k: int, keep: NDArray[np.bool_]) -> Found:
        kept = np.flatnonzero(keep)
        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        positions = np.full((len(queries), k), -1, dtype=np.int64)
        for line, query in enumerate(queries):
            found = self._rows[kept].astype(np.float32) @ query
            order = np.lexsort((kept, -found))[:k]
            scores[line, : len(order)] = found[order]
            positions[line, : len(order)] = kept[order]
        return scores, positions


def _real_gpu(dimension: int) -> DenseIndex:
    if not has_gpu():
        pytest.skip("FAISS sees no GPU here")
    return FaissGpuDense(dimension, slice_rows=2 * TILE, host_rows=0, tile=TILE)


@pytest.fixture(
    params=[
        pytest.param(lambda d: FaissCpuDense(d, tile=TILE), id="cpu"),
        pytest.param(on_card, id="card"),
        pytest.param(on_small_card, id="small-card"),
        pytest.param(_real_gpu, id="gpu"),
    ]
)
def make(request: pytest.FixtureRequest) -> Callable[[int], DenseIndex]:
    made: Callable[[int], DenseIndex] = request.param
    return made


def unit_rows(rng: np.random.Generator, count: int) -> NDArray[np.float16]:
    rows = rng.standard_normal((count, D))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


def tied_rows(count: int, seed: int = 0) -> NDArray[np.float16]:
    """Return rows of eighths: every inner product is exact, and many are equal."""
    return (np.random.default_rng(seed).integers(-2, 3, (count, D)) / 8).astype(np.float16)


class Searched:
    """An index beside the rows it was given, and a table of them."""

    def __init__(self, index: DenseIndex, *blocks: NDArray[np.float16]) -> None:
        self.index = index
        self.rows = np.concatenate([np.empty((0, D), np.float16), *blocks])
        for block in blocks:
            index.add(block)

    def found(
        self, queries: NDArray[np.float32], k: int, keep: object = None, *, exact: bool = True
    ) -> Found:
        """Search without tiles, with all of them, and with rows in their past."""
        mask = np.ones(len(self.rows), bool) if keep is None else np.asarray(keep, bool)
        found = self.index.search(queries, k, kept_of(table_of(mask, TILE)), exact=exact)
        for past in (NO_PAST, np.arange(TILE) % 3 == 0, np.arange(TILE) < 40):
            kept = self.arranged(mask, past)
            again = self.index.search(queries, k, kept, exact=exact)
            assert again[0].tolist() == found[0].tolist()
            assert again[1].tolist() == found[1].tolist()
        return found

    def arranged(self, mask: NDArray[np.bool_], past: NDArray[np.bool_]) -> Kept:
        """Arrange every tile, each with the same rows in its past, and return what is kept."""
        table = table_of(mask, TILE)
        for tile in range(len(mask) // TILE):
            self.index.arrange(tile, past)()
            table.arrange(tile, past)
        return kept_of(table)

    def assert_exact(self, queries: NDArray[np.float32], k: int, keep: object = None) -> None:
        reference = NumpyDense(D)
        reference.add(self.rows)
        mask = np.ones(len(self.rows), bool) if keep is None else np.asarray(keep, bool)
        scores, positions = self.found(queries, k, mask)
        wanted_scores, wanted = reference.search(queries, k, mask)
        assert positions.tolist() == wanted.tolist()
        assert np.allclose(scores, wanted_scores, rtol=1e-5)
        assert scores.shape == (len(queries), k)
        assert scores.dtype == np.float32
        assert positions.dtype == np.int64


QUERIES = tied_rows(5, seed=9).astype(np.float32)


def test_an_empty_index_finds_nothing(make: Callable[[int], DenseIndex]) -> None:
    scores, positions = Searched(make(D)).found(QUERIES, 3)

    assert positions.tolist() == [[-1] * 3] * 5
    assert np.isneginf(scores).all()


def test_of_equal_scores_the_lower_position_comes_first(make: Callable[[int], DenseIndex]) -> None:
    rows = np.full((3000, D), 0.25, dtype=np.float16)
    rows[2000] = 0.5
    searched = Searched(make(D), rows)

    _, positions = searched.found(np.ones((1, D), dtype=np.float32), 4, exact=False)

    assert positions.tolist() == [[2000, 0, 1, 2]]


@pytest.mark.parametrize("k", [1, 7, 100, 500])
def test_every_row_is_searched_when_nothing_is_filtered(
    make: Callable[[int], DenseIndex], k: int
) -> None:
    searched = Searched(make(D), tied_rows(120), tied_rows(180, seed=1))

    assert len(searched.index) == 300
    searched.assert_exact(QUERIES, k)


def test_a_filter_that_keeps_nothing_finds_nothing(make: Callable[[int], DenseIndex]) -> None:
    searched = Searched(make(D), tied_rows(150))

    _, positions = searched.found(QUERIES, 3, np.zeros(150, dtype=bool))

    assert (positions == -1).all()


@pytest.mark.parametrize(("start", "end"), [(0, 40), (100, 260), (299, 300), (0, 300)])
def test_a_run_of_rows_is_searched_exactly(
    make: Callable[[int], DenseIndex], start: int, end: int
) -> None:
    searched = Searched(make(D), tied_rows(300))
    keep = np.zeros(300, dtype=bool)
    keep[start:end] = True

    searched.assert_exact(QUERIES, 20, keep)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.95])
def test_scattered_rows_are_searched_exactly(
    make: Callable[[int], DenseIndex], share: float
) -> None:
    rng = np.random.default_rng(4)
    searched = Searched(make(D), tied_rows(1003))

    searched.assert_exact(QUERIES, 20, rng.random(1003) < share)


def test_real_valued_rows_are_searched_exactly(make: Callable[[int], DenseIndex]) -> None:
    rng = np.random.default_rng(5)
    searched = Searched(make(D), unit_rows(rng, 2000))
    queries = unit_rows(rng, 4).astype(np.float32)

    searched.assert_exact(queries, 10)
    searched.assert_exact(queries, 10, rng.random(2000) < 0.7)


@pytest.mark.parametrize("share", [1, 0.4])
def test_what_codes_propose_holds_nearly_all_of_the_best(
    make: Callable[[int], DenseIndex], share: float
) -> None:
    rng = np.random.default_rng(11)
    rows, queries = unit_rows(rng, 5000), unit_rows(rng, 40).astype(np.float32)
    searched = Searched(make(D), rows)
    kept = searched.arranged(rng.random(5000) < share, NO_PAST)

    scores, found = searched.index.search(queries, 10, kept)
    best_scores, best = searched.index.search(queries, 10, kept, exact=True)

    in_both = [len({*one} & {*other}) for one, other in zip(found, best, strict=True)]
    assert sum(in_both) >= 0.999 * best.size
    assert (scores <= best_scores).all()
    same = found == best
    assert scores[same].tolist() == best_scores[same].tolist()


def test_a_search_that_looks_wider_finds_no_row_twice(make: Callable[[int], DenseIndex]) -> None:
    """Rows that no code tells apart are all scored, among them those that are in no tile."""
    rng = np.random.default_rng(15)
    rows = (unit_rows(rng, 1)[0] + unit_rows(rng, 900) / 64).astype(np.float16)
    queries = unit_rows(rng, 3).astype(np.float32)
    searched = Searched(make(D), rows[:600], rows[600:])
    table = table_of(np.ones(900, bool), TILE)
    for tile in range(8):
        searched.index.arrange(tile, NO_PAST)()
        table.arrange(tile, NO_PAST)

    found = searched.index.search(queries, 20, kept_of(table))
    best = searched.index.search(queries, 20, kept_of(table), exact=True)

    assert [len({*line}) for line in found[1].tolist()] == [20] * 3
    assert found[1].tolist() == best[1].tolist()


def test_a_row_that_is_there_over_and_over_is_found(make: Callable[[int], DenseIndex]) -> None:
    """What is the mean of all others too must not be lost to the codes around it."""
    rng = np.random.default_rng(16)
    one, others = unit_rows(rng, 1), unit_rows(rng, 1500)
    searched = Searched(make(D), np.repeat(one, 5 * TILE, axis=0), others)
    kept = searched.arranged(np.ones(len(searched.rows), bool), NO_PAST)

    found = searched.index.search(one.astype(np.float32), 20, kept)

    assert found[1].tolist() == [list(range(20))]


@pytest.mark.parametrize("count", [0, 70, 500])
def test_an_index_restored_from_its_contents_answers_the_same(
    make: Callable[[int], DenseIndex], count: int
) -> None:
    rows = unit_rows(np.random.default_rng(6), count)
    searched = Searched(make(D), rows[:30], rows[30:])
    kept = searched.arranged(np.ones(count, bool), np.arange(TILE) < 40)
    again = make(D)

    is_arranged = again.restore(searched.index.contents())

    assert is_arranged == (count >= TILE)
    assert again.rows(np.arange(count)).tobytes() == rows.tobytes()
    for exact in (True, False):
        found = again.search(QUERIES, 5, kept, exact=exact)
        wanted = searched.index.search(QUERIES, 5, kept, exact=exact)
        assert found[0].tolist() == wanted[0].tolist()
        assert found[1].tolist() == wanted[1].tolist()


@given(
    count=st.integers(0, 190),
    k=st.integers(1, 100),
    seed=st.integers(0, 1000),
    share=st.floats(0, 1),
)
def test_any_filter_gives_the_reference_answer(count: int, k: int, seed: int, share: float) -> None:
    keep = np.random.default_rng(seed).random(count) < share
    indexes: list[DenseIndex] = [FaissCpuDense(D, tile=TILE)]
    indexes += [on_card(D), on_small_card(D)]
    for index in indexes:
        Searched(index, tied_rows(count, seed)).assert_exact(QUERIES, k, keep)


def test_scores_have_the_same_bits_whichever_rows_are_kept() -> None:
    rng = np.random.default_rng(7)
    searched = Searched(FaissCpuDense(D, tile=TILE), unit_rows(rng, 3001))
    query = unit_rows(rng, 1).astype(np.float32)
    all_scores, all_positions = searched.found(query, 3001)
    by_position = dict(zip(all_positions[0].tolist(), all_scores[0].tolist(), strict=True))

    for keep in (rng.random(3001) < 0.3, np.arange(3001) % 1000 > 500, np.ones(3001, bool)):
        kept = searched.arranged(keep, NO_PAST)
        scores, positions = searched.index.search(query, 50, kept)
        found = zip(positions[0].tolist(), scores[0].tolist(), strict=True)
        assert all(by_position[position] == score for position, score in found)


def test_rows_of_another_dimension_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected \[n, 16\]"):
        FaissCpuDense(D).add(np.zeros((2, 8), dtype=np.float16))


def test_auto_opens_what_the_machine_has() -> None:
    assert open_dense(D).device == ("gpu" if has_gpu() else "cpu")
    assert open_dense(D, "cpu").device == "cpu"


@pytest.mark.skipif(has_gpu(), reason="this machine has a GPU")
def test_a_gpu_that_is_not_there_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(IndexerError, match="sees no GPU; install the extra"):
        open_dense(D, "gpu")


def test_faiss_itself_breaks_ties_otherwise() -> None:
    """Why `search` looks beyond the last place: were this to change, it could stop."""
    index = faiss.IndexScalarQuantizer(D, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    rows = np.ones((6, D), dtype=np.float32)
    rows[4] = 2
    index.add(rows)

    assert index.search(np.ones((1, D), dtype=np.float32), 3)[1].tolist() != [[4, 0, 1]]
