"""Memory that was freed goes back to the system, also after a large body was read.

The allocator of glibc keeps what was freed, once for every thread, and the more the larger the
largest buffer was. Told to give it back all the time it would slow the embedder down, so it is
told only when the process has grown.
"""

import ctypes
import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

GROWTH_BYTES = 16_777_216
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
        self._give_back = give_back or _trimmed()
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


def _resident_bytes() -> int:
    if sys.platform != "linux":
        return 0
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _trimmed() -> Callable[[], object]:
    """Return what asks the allocator; nothing where it is not that of glibc."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    return _nothing if trim is None else partial(trim, 0)


def _nothing() -> None:
    """There is nothing to ask."""
