"""Every example passes the tests that lie beside it, as its reader runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).resolve().parent.parent / "examples").glob("*/pyproject.toml"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.parent.name)
def test_an_example_passes_its_own_tests(example: Path, tmp_path: Path) -> None:
    ours = {"PYTEST_ADDOPTS"}  # options of this run, such as its coverage
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:cov"]

    done = subprocess.run(
        [*command, f"--basetemp={tmp_path / 'base'}"],
        cwd=example.parent,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=110,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_there_are_examples() -> None:
    assert {file.parent.name for file in EXAMPLES} >= {"template"}
