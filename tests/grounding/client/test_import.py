"""The client is used in programs that have nothing to do with the service's machinery."""

import subprocess
import sys

import grounding
from grounding import client

HEAVY = {"torch", "faiss", "fastapi", "sqlalchemy", "pydantic", "numpy", "httpx", "tantivy"}
CPU_SECONDS = 0.3


def loaded_by(statement: str) -> set[str]:
    """Names of all modules in a fresh interpreter after the statement."""
    program = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def import_seconds(module: str) -> float:
    """CPU time of the import in a fresh interpreter."""
    program = (
        "import time\nbegun = time.process_time()\n"
        f"import {module}\nprint(time.process_time() - begun)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def test_importing_the_client_loads_nothing_heavy() -> None:
    loaded = loaded_by("from grounding import Client, AsyncClient, Busy")

    assert "grounding.client.synchronous" in loaded
    assert not loaded & HEAVY


def test_importing_the_client_is_quick() -> None:
    best = min(import_seconds("grounding.client") for _ in range(3))

    assert best < CPU_SECONDS


def test_making_a_client_loads_httpx_and_nothing_else_that_is_heavy() -> None:
    assert loaded_by("from grounding import Client; Client().close()") & HEAVY == {"httpx"}


def test_importing_the_package_loads_no_part_of_it() -> None:
    assert not [name for name in loaded_by("import grounding") if name.startswith("grounding.")]


def test_all_that_is_promised_can_be_had() -> None:
    assert {name: getattr(grounding, name) for name in grounding.__all__} == {
        name: getattr(client, name) for name in client.__all__
    }
