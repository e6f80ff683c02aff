"""The service as its own process with the shipped embedder, from `up` to a signal, end to end."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from grounding import Client
from tests.fakes import HashEmbedder
from tests.grounding.cli.command import Command
from tests.grounding.serving import Plan, document, serving

SETTINGS = """
[index]
device = "cpu"
[[sources]]
name = "docs"
kind = "files"
path = "docs"
schedule = "every 1d"
"""


@dataclass(frozen=True)
class Process:
    running: subprocess.Popen[str]
    ready: dict[str, object]

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    def end(self, number: signal.Signals) -> int:
        self.running.send_signal(number)
        return self.running.wait(60)


def lines(stream: IO[str] | None) -> Iterator[str]:
    assert stream is not None
    return iter(stream)


@contextmanager
def up(folder: Path) -> Iterator[Process]:
    command = [sys.executable, "-m", "grounding.cli.main", "up", "--port", "0", "--json"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GROUNDING_")}
    root = str(Path(__file__).resolve().parents[3])
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment | {"PYTHONPATH": root},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as running:
        try:
            yield Process(running, json.loads(next(lines(running.stdout))))
        finally:
            running.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "grounding.toml").write_text(SETTINGS)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "gold.md").write_text("# Gold\n\nGold is a precious metal.")
    return tmp_path


def test_service_reads_answers_and_ends_cleanly_on_a_signal(folder: Path) -> None:
    with up(folder) as process, Client(process.url, timeout_seconds=60) as client:
        run = client.sync("docs", wait_seconds=60)
        pushed = client.push_documents([document("cat", "A kitten sleeps on the sofa.")])
        found = client.search("jewellery material", min_seq=pushed.seq, max_results=1)
        made = client.augment("Which animal naps?", max_items=1)
        code = process.end(signal.SIGTERM)

    assert process.ready["sources"] == 1
    assert run.status == "ok"
    assert [each.title for each in found.results] == ["Gold"]
    assert [each.title for each in made.evidence] == ["cat"]
    assert code == 0
    assert [path.name for path in (folder / "data/index").glob("snapshot-*")] == ["snapshot-2"]


def test_commands_do_the_work_themselves_when_no_service_runs(
    folder: Path, command: Command
) -> None:
    alone = Command(command.monkeypatch, command.capture, ("-c", str(folder / "grounding.toml")))
    command.monkeypatch.setenv("GROUNDING_SERVER__PORT", "9")

    read = alone("sources", "sync", "docs", "--json")
    found = alone("search", "jewellery material", "--json")
    examined = alone("doctor", "--json")

    assert [each.code for each in (read, found, examined)] == [0, 0, 0]
    assert read.json["new"] == 1
    assert [each["title"] for each in found.json["results"]] == ["Gold"]
    assert {each["verdict"] for each in examined.json["checks"]} <= {"ok", "warning"}


def test_vectors_of_another_embedder_end_with_4(folder: Path, command: Command) -> None:
    with serving(Plan(folder, embedder=HashEmbedder())) as other:
        other.push(document("a", "hashed"))
    command.monkeypatch.setenv("GROUNDING_DATABASE__URL", "sqlite:///grounding.db")
    command.monkeypatch.setenv("GROUNDING_SERVER__PORT", "9")
    config = folder / "grounding.toml"

    searched = command("-c", config, "search", "x")
    examined = command("-c", config, "doctor", "--no-sources", "--json")

    assert searched.code == 4
    assert "grounding embedder add NAME" in searched.sentence
    assert examined.code == 6
    assert [c["name"] for c in examined.json["checks"] if c["verdict"] == "broken"] == ["embedder"]
