import numpy as np
import pytest

from benchmarks.records import Context, Skipped
from benchmarks.speed.bound import bound_seconds
from benchmarks.speed.dense import Leg
from benchmarks.speed.machine import Watch
from benchmarks.tasks import gpu
from indexer.views.faiss_gpu import has_gpu


@pytest.fixture(scope="module")
def leg() -> Leg:
    """The same rows as on a card, on the CPU: what is compared does not depend on it."""
    return Leg(gpu._rows(9_000, np.random.default_rng(1)))


def questions(count: int) -> np.ndarray:
    return gpu._vectors(count, np.random.default_rng(2)).astype(np.float32)


@pytest.mark.skipif(has_gpu(), reason="there is a GPU here, on which the task would run")
def test_without_a_gpu_the_task_is_skipped_with_what_the_bound_would_be(context: Context) -> None:
    with pytest.raises(Skipped, match=r"FAISS sees no GPU.*1,000,000 x 384.*0\.23 ms on an H100"):
        gpu.run(context)


def test_what_is_found_is_compared_with_brute_force_in_windows_too(leg: Leg) -> None:
    figures = list(gpu._checks(leg, questions(8), Watch()))

    assert [figure.name.removeprefix("recall@10, ") for figure in figures] == [
        "everything",
        "half",
        "a tenth",
        "one in a hundred",
    ]
    assert all(figure.value == 1.0 for figure in figures)


def test_a_time_stands_beside_the_time_of_reading_every_row_once(leg: Leg) -> None:
    took, share = gpu._speed(leg, questions(4), 4.0, "as told here")

    bound = bound_seconds(9_000, gpu.DIMENSION, 4.0)
    assert took.baseline is not None
    assert took.baseline.value == pytest.approx(bound * 1_000)
    assert share.value == pytest.approx(bound * 1_000 / took.value)
