from pathlib import Path

import pytest

from grounding.settings import load
from tests.grounding.cli.command import Command


def test_written_file_is_accepted_and_names_real_sources(command: Command) -> None:
    done = command("init")

    settings = load(Path("grounding.toml"))
    assert done.code == 0
    assert "grounding up" in done.out
    assert len(settings.sources) >= 3
    assert all(source.schedule for source in settings.sources)


def test_path_is_told_to_machines(command: Command) -> None:
    assert command("init", "my.toml", "--json").json == {"written": "my.toml"}
    assert Path("my.toml").exists()


def test_file_that_is_there_is_kept_unless_forced(command: Command) -> None:
    Path("grounding.toml").write_text("# mine")

    refused = command("init")
    kept = Path("grounding.toml").read_text()
    forced = command("init", "--force")

    assert (refused.code, kept) == (2, "# mine")
    assert forced.code == 0
    assert Path("grounding.toml").read_text() != "# mine"


@pytest.mark.parametrize("path", ["no/such/folder/x.toml", "/proc/x.toml"])
def test_place_that_cannot_be_written_is_wrong_usage(command: Command, path: str) -> None:
    done = command("init", path)

    assert done.code == 2
    assert "Traceback" not in done.err
