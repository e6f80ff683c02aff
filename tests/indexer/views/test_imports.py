import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["indexer", "indexer.views.changelog", "indexer.views.dense"])
def test_importing_the_seams_loads_no_heavy_library(module: str) -> None:
    heavy = "{'faiss', 'tantivy', 'torch'}"
    script = f"import sys, {module}; print(sorted({heavy} & sys.modules.keys()))"

    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == "[]"
