import gc
import subprocess
import sys

import pytest

from indexer.memory import GROWTH_BYTES, Heap, lasting

THREADS_THAT_READ = """
import os, threading
from pathlib import Path
from indexer.memory import Heap, share_one_heap

def resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")

def read():
    body = bytes(20_000_000)
    del body
    pieces = [bytes(100_000) for _ in range(200)]
    barrier.wait()
    del pieces
    barrier.wait()
    barrier.wait()

share_one_heap()
barrier = threading.Barrier(9)
before = resident()
for _ in range(8):
    threading.Thread(target=read).start()
barrier.wait()
barrier.wait()
Heap().tidy()
print(resident() - before)
barrier.wait()
"""


class Memory:
    """Resident memory that a test sets; giving back leaves `kept`."""

    def __init__(self) -> None:
        self.resident = 0
        self.kept = 0
        self.given_back = 0

    def give_back(self) -> None:
        self.given_back += 1
        self.resident = self.kept


def heap_of(memory: Memory) -> Heap:
    return Heap(resident=lambda: memory.resident, give_back=memory.give_back)


def test_memory_is_given_back_once_much_was_taken() -> None:
    memory = Memory()
    heap = heap_of(memory)

    memory.resident = GROWTH_BYTES
    heap.tidy()
    assert memory.given_back == 0

    memory.resident = GROWTH_BYTES + 1
    heap.tidy()
    assert (memory.given_back, memory.resident) == (1, 0)


def test_memory_that_is_in_use_is_not_asked_for_again() -> None:
    memory = Memory()
    heap = heap_of(memory)
    memory.resident = memory.kept = 10 * GROWTH_BYTES

    heap.tidy()
    heap.tidy()

    assert memory.given_back == 1


def test_growth_counts_from_the_least_since() -> None:
    memory = Memory()
    heap = heap_of(memory)
    memory.resident = memory.kept = 10 * GROWTH_BYTES
    heap.tidy()

    memory.resident = GROWTH_BYTES
    heap.tidy()
    memory.resident = 3 * GROWTH_BYTES
    heap.tidy()

    assert memory.given_back == 2


def test_this_machine_can_be_asked() -> None:
    Heap().tidy()


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator is asked")
def test_what_many_threads_freed_goes_back() -> None:
    kept = subprocess.run(
        [sys.executable, "-c", THREADS_THAT_READ], capture_output=True, text=True, check=True
    ).stdout

    assert int(kept) < 4 * 2**20


def test_what_is_loaded_meanwhile_is_never_looked_at_for_garbage() -> None:
    frozen = gc.get_freeze_count()
    try:
        with lasting():
            assert not gc.isenabled()
            kept = [[] for _ in range(100)]

        assert gc.isenabled()
        assert gc.get_freeze_count() >= frozen + len(kept)
    finally:
        gc.unfreeze()
