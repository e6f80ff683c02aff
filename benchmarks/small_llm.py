"""The small llm of the extra `llm`, served by a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def small_llm_process() -> Iterator[str]:
    """Serve it while the block runs; yield what to take as `base_url`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "grounding.demo.llm"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError("the small llm did not start")
        yield url
    finally:
        process.stdin.close()
        process.wait(30)
