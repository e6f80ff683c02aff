from pathlib import Path

import pytest

from benchmarks.records import Context, Skipped


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A task's context without any recorded data."""

    def absent(name: str) -> Path:
        raise Skipped(f"{name} is not there")

    return Context(is_full=False, seed=1, workspace=tmp_path, archive=absent, say=lambda _: None)
