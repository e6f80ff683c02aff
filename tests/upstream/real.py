"""The small llm of the extra `llm` as an upstream: real weights, a real server, on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from grounding.demo.llm import LlmMissing, require_installed, small_llm


@contextmanager
def real() -> Iterator[str]:
    """Serve it and yield its `base_url`; skip the test where it is not installed."""
    try:
        require_installed()
    except LlmMissing as error:
        pytest.skip(str(error))
    with small_llm() as url:
        yield url
