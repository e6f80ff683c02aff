import numpy as np
import pytest

from benchmarks.speed.baseline import FP16, FP32, alternated, cost_of, fastest


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    drawn = np.random.default_rng(1).standard_normal((300, 32)).astype(np.float32)
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16)


@pytest.mark.parametrize("kind", [FP32, FP16])
@pytest.mark.parametrize("batch", [1, 8])
def test_the_fastest_way_is_as_right_as_any(vectors: np.ndarray, kind: str, batch: int) -> None:
    queries = vectors[:8].astype(np.float32)

    found = fastest(vectors, queries, batch=batch, threads=(1,), kinds=(kind,))

    wanted = np.argsort(-(queries @ vectors.astype(np.float32).T), axis=1)[:, :10]
    assert found.kind == kind
    assert (np.sort(found.search(queries)) == np.sort(wanted)).all()


def test_settings_of_a_baseline_are_told_exactly(vectors: np.ndarray) -> None:
    found = fastest(vectors, vectors[:8].astype(np.float32), batch=8, threads=(1,), kinds=(FP32,))

    assert "IndexFlatIP, fp32, 1 OpenMP thread(s), distance_compute_blas_threshold" in (
        found.settings
    )


def test_ways_take_turns_and_their_first_round_does_not_count() -> None:
    called: list[str] = []

    costs = alternated([lambda: called.append("a"), lambda: called.append("b")], 2)

    assert called == ["a", "b"] * 3
    assert len(costs) == 2


def test_a_cost_is_the_median_time_and_the_mean_processor_time() -> None:
    cost = cost_of([(1.0, 1.0), (2.0, 1.0), (9.0, 4.0)])

    assert (cost.seconds, cost.cpu_seconds) == (2.0, 2.0)
