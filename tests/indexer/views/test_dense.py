"""One contract, run on a plain reference and on every dense index that is shipped."""

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

D = 16


class NumpyDense:
    """The contract, spelled out: score everything, sort by (score, position)."""

    device = "numpy"

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._rows = np.empty((0, dimension), dtype=np.float16)

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, vectors: NDArray[np.float16]) -> None:
        self._rows = np.concatenate([self._rows, vectors])

    def search(
        self, queries: NDArray[np.float32], k: int, keep: NDArray[np.bool_] | None = None
    ) -> Found:
        kept = np.arange(len(self)) if keep is None else np.flatnonzero(keep)
        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        positions = np.full((len(queries), k), -1, dtype=np.int64)
        for line, query in enumerate(queries):
            found = self._rows[kept].astype(np.float32) @ query
            order = np.lexsort((kept, -found))[:k]
            scores[line, : len(order)] = found[order]
            positions[line, : len(order)] = kept[order]
        return scores, positions

    def rows(self, positions: NDArray[np.int64]) -> NDArray[np.float16]:
        return self._rows[positions]

    def vectors(self) -> NDArray[np.float16]:
        return self._rows.copy()


class SimulatedCard:
    """A card without a card: half-precision queries, 2048 rows at most, ties to the later row."""

    def __init__(self, dimension: int) -> None:
        self._rows = np.empty((0, dimension), dtype=np.float32)
        self.searches = 0

    def add(self, vectors: NDArray[np.float32]) -> None:
        self._rows = np.concatenate([self._rows, vectors])

    def search(self, queries: NDArray[np.float32], k: int) -> Found:
        assert 0 < k <= min(2048, len(self._rows))
        self.searches += 1
        scores = queries.astype(np.float16).astype(np.float32) @ self._rows.T
        order = np.lexsort((-np.tile(np.arange(len(self._rows)), (len(queries), 1)), -scores))
        order = order[:, :k].astype(np.int64)
        return np.take_along_axis(scores, order, 1), order


def _real_gpu(dimension: int) -> DenseIndex:
    if not has_gpu():
        pytest.skip("FAISS sees no GPU here")
    return FaissGpuDense(dimension, host_rows=0)


@pytest.fixture(
    params=[
        pytest.param(NumpyDense, id="numpy"),
        pytest.param(FaissCpuDense, id="cpu"),
        pytest.param(lambda d: FaissGpuDense(d, card=SimulatedCard(d), host_rows=0), id="card"),
        pytest.param(_real_gpu, id="gpu"),
    ]
)
def make(request: pytest.FixtureRequest) -> Callable[[int], DenseIndex]:
    made: Callable[[int], DenseIndex] = request.param
    return made


def tied_rows(count: int, seed: int = 0) -> NDArray[np.float16]:
    """Return rows of eighths: every inner product is exact, and many are equal."""
    return (np.random.default_rng(seed).integers(-2, 3, (count, D)) / 8).astype(np.float16)


def assert_same(
    index: DenseIndex, queries: NDArray[np.float32], k: int, keep: object = None
) -> None:
    reference = NumpyDense(index.dimension)
    reference.add(index.vectors())
    scores, positions = index.search(queries, k, keep)  # type: ignore[arg-type]
    wanted_scores, wanted = reference.search(queries, k, keep)  # type: ignore[arg-type]
    assert positions.tolist() == wanted.tolist()
    assert np.allclose(scores, wanted_scores, rtol=1e-5)
    assert scores.shape == (len(queries), k)
    assert scores.dtype == np.float32
    assert positions.dtype == np.int64


QUERIES = tied_rows(5, seed=9).astype(np.float32)


def test_an_empty_index_finds_nothing(make: Callable[[int], DenseIndex]) -> None:
    index = make(D)

    scores, positions = index.search(QUERIES, 3)

    assert positions.tolist() == [[-1] * 3] * 5
    assert np.isneginf(scores).all()
    assert index.vectors().shape == (0, D)


def test_of_equal_scores_the_lower_position_comes_first(make: Callable[[int], DenseIndex]) -> None:
    index = make(D)
    rows = np.full((3000, D), 0.25, dtype=np.float16)
    rows[2000] = 0.5
    index.add(rows)

    _, positions = index.search(np.ones((1, D), dtype=np.float32), 4)

    assert positions.tolist() == [[2000, 0, 1, 2]]


@pytest.mark.parametrize("k", [1, 7, 100, 500])
def test_every_row_is_searched_when_nothing_is_filtered(
    make: Callable[[int], DenseIndex], k: int
) -> None:
    index = make(D)
    index.add(tied_rows(120))
    index.add(tied_rows(180, seed=1))

    assert len(index) == 300
    assert_same(index, QUERIES, k)


def test_a_filter_that_keeps_nothing_finds_nothing(make: Callable[[int], DenseIndex]) -> None:
    index = make(D)
    index.add(tied_rows(50))

    _, positions = index.search(QUERIES, 3, np.zeros(50, dtype=bool))

    assert (positions == -1).all()


@pytest.mark.parametrize(("start", "end"), [(0, 40), (100, 260), (299, 300), (0, 300)])
def test_a_run_of_rows_is_searched_exactly(
    make: Callable[[int], DenseIndex], start: int, end: int
) -> None:
    index = make(D)
    index.add(tied_rows(300))
    keep = np.zeros(300, dtype=bool)
    keep[start:end] = True

    assert_same(index, QUERIES, 20, keep)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.95])
def test_scattered_rows_are_searched_exactly(
    make: Callable[[int], DenseIndex], share: float
) -> None:
    index = make(D)
    rng = np.random.default_rng(4)
    index.add(tied_rows(1003))

    assert_same(index, QUERIES, 20, rng.random(1003) < share)


def test_real_valued_rows_are_searched_exactly(make: Callable[[int], DenseIndex]) -> None:
    rng = np.random.default_rng(5)
    index = make(D)
    rows = rng.standard_normal((2000, D))
    index.add((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16))
    queries = rng.standard_normal((4, D)).astype(np.float32)

    assert_same(index, queries, 10)
    assert_same(index, queries, 10, rng.random(2000) < 0.7)


def test_vectors_come_back_as_they_were_added(make: Callable[[int], DenseIndex]) -> None:
    index = make(D)
    rows = np.random.default_rng(6).standard_normal((70, D)).astype(np.float16)

    index.add(rows[:30])
    first = index.vectors()
    index.add(rows[30:])

    assert first.tobytes() == rows[:30].tobytes()
    assert index.vectors().tobytes() == rows.tobytes()


@given(
    count=st.integers(0, 90),
    k=st.integers(1, 100),
    seed=st.integers(0, 1000),
    share=st.floats(0, 1),
)
def test_any_filter_gives_the_reference_answer(count: int, k: int, seed: int, share: float) -> None:
    keep = np.random.default_rng(seed).random(count) < share
    for index in (FaissCpuDense(D), FaissGpuDense(D, card=SimulatedCard(D), host_rows=0)):
        index.add(tied_rows(count, seed))
        assert_same(index, QUERIES, k, keep)


def test_scores_have_the_same_bits_whichever_rows_are_kept() -> None:
    rng = np.random.default_rng(7)
    index = FaissCpuDense(D)
    index.add(rng.standard_normal((1001, D)).astype(np.float16))
    query = rng.standard_normal((1, D)).astype(np.float32)
    all_scores, all_positions = index.search(query, 1001)
    by_position = dict(zip(all_positions[0].tolist(), all_scores[0].tolist(), strict=True))

    for keep in (rng.random(1001) < 0.3, np.arange(1001) % 1000 > 500):
        scores, positions = index.search(query, 50, keep)
        found = zip(positions[0].tolist(), scores[0].tolist(), strict=True)
        assert all(by_position[position] == score for position, score in found)


def test_the_card_answers_where_it_can_and_the_host_where_few_rows_are_kept() -> None:
    card = SimulatedCard(D)
    index = FaissGpuDense(D, card=card, host_rows=500)
    index.add(np.random.default_rng(8).standard_normal((1000, D)).astype(np.float16))

    index.search(QUERIES, 5, np.arange(1000) < 400)
    assert card.searches == 0

    index.search(QUERIES, 5, np.arange(1000) < 600)
    assert card.searches == 1


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
