"""The client is used in programs that have nothing to do with the service's machinery."""

import re
import subprocess
import sys

import grounding
from grounding import client

HEAVY = {"torch", "faiss", "fastapi", "sqlalchemy", "pydantic", "numpy", "httpx", "tantivy"}
BUDGET_MICROSECONDS = 300_000


def loaded_by(statement: str) -> set[str]:
    """Names of all modules in a fresh interpreter after the statement."""
    program = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def import_microseconds(module: str) -> int:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {module}"],
        capture_output=True,
        text=True,
        check=True,
    )
    row = re.search(rf"\|\s+(\d+) \|\s+{re.escape(module)}$", done.stderr, re.MULTILINE)
    assert row is not None
    return int(row[1])


def test_importing_the_client_loads_nothing_heavy() -> None:
    loaded = loaded_by("from grounding import Client, AsyncClient, Busy")

    assert "grounding.client.synchronous" in loaded
    assert not loaded & HEAVY


def test_importing_the_client_is_quick() -> None:
    best = min(import_microseconds("grounding.client") for _ in range(3))

    assert best < BUDGET_MICROSECONDS


def test_making_a_client_loads_httpx_and_nothing_else_that_is_heavy() -> None:
    assert loaded_by("from grounding import Client; Client().close()") & HEAVY == {"httpx"}


def test_importing_the_package_loads_no_part_of_it() -> None:
    assert not [name for name in loaded_by("import grounding") if name.startswith("grounding.")]


def test_all_that_is_promised_can_be_had() -> None:
    assert {name: getattr(grounding, name) for name in grounding.__all__} == {
        name: getattr(client, name) for name in client.__all__
    }
