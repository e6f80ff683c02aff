import faiss
from threadpoolctl import ThreadpoolController

from indexer.threads import use_one_thread_for_numpy


def threads() -> dict[str, int]:
    """Return how many threads each library takes, by its file."""
    return {each["filepath"]: each["num_threads"] for each in ThreadpoolController().info()}


def test_numpy_takes_one_thread_and_nobody_else_fewer_than_before() -> None:
    assert faiss.__version__  # its own libraries are there to be spared
    before = threads()

    use_one_thread_for_numpy()

    of_numpy = {file: count for file, count in threads().items() if "numpy" in file}
    assert of_numpy
    assert set(of_numpy.values()) == {1}
    assert before | of_numpy == threads()
