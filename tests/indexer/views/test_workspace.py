import os
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.errors import IndexerError
from indexer.views.workspace import Workspace

MAKE_AND_DIE = """
import os, sys
from pathlib import Path
from indexer.views.workspace import Workspace
workspace = Workspace(Path(sys.argv[1]))
print(workspace.path, flush=True)
os._exit(9)
"""


def test_a_workspace_is_named_after_its_process_and_removed_when_closed(tmp_path: Path) -> None:
    with Workspace(tmp_path / "index") as workspace:
        assert workspace.path.name.startswith(f"work-{os.getpid()}-")
        assert workspace.path.is_dir()

    assert not workspace.path.exists()
    workspace.close()


def test_workspaces_in_use_are_left_alone(tmp_path: Path) -> None:
    with Workspace(tmp_path) as first, Workspace(tmp_path) as second:
        assert first.path.is_dir()
        assert second.path != first.path


def test_what_a_dead_process_left_is_removed_even_if_its_number_lives(tmp_path: Path) -> None:
    died = subprocess.run(
        [sys.executable, "-c", MAKE_AND_DIE, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    left = Path(died.stdout.strip())
    assert left.is_dir()
    same_number = left.rename(tmp_path / f"work-{os.getpid()}-left")

    with Workspace(tmp_path):
        assert not same_number.exists()


def test_a_workspace_whose_folder_was_deleted_closes_quietly(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "index")
    (workspace.path / "in-use").unlink()
    workspace.path.rmdir()

    workspace.close()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file, not a folder")

    with pytest.raises(IndexerError, match=f"index directory {tmp_path}/index"):
        Workspace(tmp_path / "index")
