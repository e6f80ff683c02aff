import os
from pathlib import Path

import pytest

from tests.grounding.cli.command import Command
from tests.grounding.serving import Running


@pytest.fixture
def command(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """The command line in an empty folder, without our variables, on a wide terminal."""
    for name in [name for name in os.environ if name.startswith("GROUNDING_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Command(monkeypatch, capsys)


@pytest.fixture
def remote(running: Running, command: Command) -> Command:
    """The command line, asking a running service."""
    return Command(command.monkeypatch, command.capture, ("--url", running.url))
