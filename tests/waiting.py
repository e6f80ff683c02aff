"""Waiting in tests for what other threads do, as long as it takes within reason."""

import time
from collections.abc import Callable


def until(is_so: Callable[[], bool], *, seconds: float = 30) -> None:
    """Return once it is so.

    Raises:
        AssertionError: it never is.
    """
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never came to be so"
        time.sleep(0.001)
