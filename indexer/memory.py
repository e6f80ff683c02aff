"""Memory that was freed goes back to the system, also after a large body was read.

The allocator of glibc keeps what was freed: the end of each of its heaps, of which it has up to
eight a core, and the more of it the larger the largest buffer was. So there is one heap, whose end
it gives back when told to. Told all the time it would slow the embedder down: it is told when the
process has grown.
"""

import ctypes
import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

GROWTH_BYTES = 16_777_216
_ARENA_MAX = -8
"""The number of this option in glibc's malloc.h."""
_STATM = Path("/proc/self/statm")


class Heap:
    """The memory of this process, shared by the threads that read sources."""

    def __init__(
        self,
        *,
        resident: Callable[[], int] | None = None,
        give_back: Callable[[], object] | None = None,
    ) -> None:
        self._resident = resident or _resident_bytes
        self._give_back = give_back or partial(_allocators("malloc_trim"), 0)
        self._settled_at = 0
        self._lock = threading.Lock()

    def tidy(self) -> None:
        """Give freed memory back if much was taken since the last time."""
        with self._lock:
            now = self._resident()
            if now - self._settled_at > GROWTH_BYTES:
                self._give_back()
                self._settled_at = self._resident()
            else:
                self._settled_at = min(self._settled_at, now)


@contextmanager
def lasting() -> Iterator[None]:
    """Load what stays for as long as the process: nothing of it is looked at for garbage.

    While it is loaded, looking would take a sixth of the time; later, tens of milliseconds each
    time, in the midst of a request.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def share_one_heap() -> None:
    """Let all threads of this process take memory from one heap, if called before they start.

    It costs no time here: Python keeps small objects apart, and glibc a cache for each thread.
    """
    _allocators("mallopt")(_ARENA_MAX, 1)


def settle() -> None:
    """Take what is in memory now for what stays, and look no more for garbage among it.

    There are some 200,000 objects once all is loaded. To look through them takes a tenth of a
    second, in which no other thread runs.
    """
    gc.collect()
    gc.freeze()


def _resident_bytes() -> int:
    if sys.platform != "linux":
        return 0
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _allocators(name: str) -> Callable[..., object]:
    """Return a function of glibc's allocator; one that does nothing where there is another."""
    found = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    return _nothing if found is None else found


def _nothing(*_: int) -> None:
    """There is nothing to ask."""
