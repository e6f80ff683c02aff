import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from indexer.batching import Batcher, BatchStatistics
from indexer.caller import Caller, asked_by
from indexer.errors import CallerLeft
from tests.waiting import until

CALLERS = 6


class Doubling:
    """Doubles numbers, remembers its batches, and holds the first until it is let go."""

    def __init__(self, *, spoilt: Sequence[int] = ()) -> None:
        self.batches: list[list[int]] = []
        self.threads: list[int] = []
        self.begun = threading.Event()
        self.let_go = threading.Event()
        self._spoilt = spoilt

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        self.threads.append(threading.get_ident())
        self.begun.set()
        assert self.let_go.wait(30)
        for number in numbers:
            if number in self._spoilt:
                raise ValueError(f"{number} is spoilt")
        return [2 * number for number in numbers]


def batcher_of(run: Doubling, *, most: int = 64) -> Batcher[int, int]:
    return Batcher(run, most=most, statistics=BatchStatistics())


@contextmanager
def waiting(
    run: Doubling, batcher: Batcher[int, int], callers: Sequence[Caller]
) -> Iterator[tuple[Future[int], list[Future[int]]]]:
    """Submit 0, which is held, and 1, 2, ... behind it; let go at the end of the block."""

    def submit(number: int, caller: Caller) -> int:
        with asked_by(caller):
            return batcher.submit(number)

    with ThreadPoolExecutor(len(callers) + 1) as pool:
        first = pool.submit(batcher.submit, 0)
        assert run.begun.wait(30)
        others = []
        for number, caller in enumerate(callers, start=1):
            others.append(pool.submit(submit, number, caller))
            until(lambda: batcher.waiting == len(others))
        try:
            yield first, others
        finally:
            run.let_go.set()


def here() -> list[Caller]:
    return [Caller() for _ in range(CALLERS)]


def results(futures: Sequence[Future[int]]) -> list[int]:
    return [each.result(30) for each in futures]


def test_one_who_comes_alone_runs_at_once_in_their_own_thread() -> None:
    run = Doubling()
    run.let_go.set()

    assert batcher_of(run).submit(4) == 8

    assert run.threads == [threading.get_ident()]


def test_those_who_wait_meanwhile_form_the_next_batch() -> None:
    run = Doubling()
    batcher = batcher_of(run)

    with waiting(run, batcher, here()) as (first, others):
        pass

    assert first.result(30) == 0
    assert results(others) == [2, 4, 6, 8, 10, 12]
    assert run.batches == [[0], [1, 2, 3, 4, 5, 6]]


def test_no_batch_is_larger_than_the_most() -> None:
    run = Doubling()
    batcher = batcher_of(run, most=4)

    with waiting(run, batcher, here()) as (_, others):
        pass

    assert results(others) == [2, 4, 6, 8, 10, 12]
    assert run.batches == [[0], [1, 2, 3, 4], [5, 6]]


def test_after_a_busy_time_one_alone_runs_at_once_again() -> None:
    run = Doubling()
    batcher = batcher_of(run)
    with waiting(run, batcher, here()) as (_, others):
        pass
    results(others)

    assert batcher.submit(50) == 100

    assert run.threads[-1] == threading.get_ident()
    assert batcher.waiting == 0


def test_one_bad_item_fails_alone() -> None:
    run = Doubling(spoilt=[3])
    batcher = batcher_of(run)

    with waiting(run, batcher, here()) as (_, others):
        pass

    with pytest.raises(ValueError, match="3 is spoilt"):
        others[2].result(30)
    assert results([*others[:2], *others[3:]]) == [2, 4, 8, 10, 12]


def test_a_batch_that_cannot_be_run_at_all_fails_for_each_of_its_own_only() -> None:
    run = Doubling(spoilt=[1, 2])
    batcher = batcher_of(run, most=2)

    with waiting(run, batcher, here()) as (first, others):
        pass

    assert first.result(30) == 0
    for number, future in enumerate(others[:2], start=1):
        with pytest.raises(ValueError, match=f"{number} is spoilt"):
            future.result(30)
    assert results(others[2:]) == [6, 8, 10, 12]


def test_too_few_results_are_no_results() -> None:
    batcher: Batcher[int, int] = Batcher(lambda _: [], most=4, statistics=BatchStatistics())

    with pytest.raises(ValueError, match="shorter"):
        batcher.submit(1)


@pytest.mark.parametrize("gone", [[0], [1], [5], [0, 1, 2, 3, 4, 5]])
def test_whose_caller_left_while_waiting_is_not_run(gone: list[int]) -> None:
    run = Doubling()
    statistics = BatchStatistics()
    batcher: Batcher[int, int] = Batcher(run, most=64, statistics=statistics)
    callers = here()

    with waiting(run, batcher, callers) as (_, others):
        for place in gone:
            callers[place].leave()

    for place, future in enumerate(others):
        if place in gone:
            with pytest.raises(CallerLeft):
                future.result(30)
        else:
            assert future.result(30) == 2 * (place + 1)
    run_at_all = {number for batch in run.batches for number in batch}
    assert run_at_all == set(range(CALLERS + 1)) - {place + 1 for place in gone}
    assert statistics.dropped == len(gone)
    assert batcher.submit(9) == 18


def test_a_thread_that_is_ended_leaves_nobody_waiting() -> None:
    run = Doubling()

    def ending(numbers: Sequence[int]) -> list[int]:
        if numbers[0] == 1:
            raise SystemExit
        return run(numbers)

    batcher: Batcher[int, int] = Batcher(ending, most=3, statistics=BatchStatistics())
    with waiting(run, batcher, here()) as (_, others):
        pass

    for future in others[:3]:
        with pytest.raises(SystemExit):
            future.result(30)
    assert results(others[3:]) == [8, 10, 12]


def test_sizes_and_waits_are_counted() -> None:
    run = Doubling()
    statistics = BatchStatistics()
    batcher: Batcher[int, int] = Batcher(run, most=4, statistics=statistics)

    with waiting(run, batcher, here()):
        pass

    assert statistics.sizes.buckets()[:3] == [("1", 1), ("2", 2), ("4", 3)]
    assert statistics.sizes.sum == 7
    assert statistics.wait_seconds.buckets()[-1] == ("+Inf", 7)


def test_many_threads_each_get_their_own_result() -> None:
    batcher: Batcher[int, int] = Batcher(
        lambda numbers: [2 * each for each in numbers], most=7, statistics=BatchStatistics()
    )
    numbers = range(3_000)

    with ThreadPoolExecutor(32) as pool:
        found = list(pool.map(batcher.submit, numbers))

    assert found == [2 * each for each in numbers]
