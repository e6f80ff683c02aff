"""The real service with two serving processes, for tests; either of them can be held still."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.waiting import until

SETTINGS = """
[index]
device = "cpu"
[[sources]]
name = "docs"
kind = "files"
path = "docs"
"""
_ONE = httpx.Limits(max_connections=1, keepalive_expiry=None)
_READY = re.compile(r"serving process 2 is ready, pid (\d+)")


@dataclass(frozen=True)
class Two:
    """Two processes on one address; each connection belongs to one of them."""

    first: subprocess.Popen[str]
    url: str
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    @property
    def second_pids(self) -> list[int]:
        """Return the processes that were ready beside the first, the newest last."""
        return [int(pid) for pid in _READY.findall(self.log)]

    @property
    def pids(self) -> tuple[int, int]:
        return self.first.pid, self.second_pids[-1]

    @contextmanager
    def through(self, number: int) -> Iterator[httpx.Client]:
        """Give callers of process 1 or 2; the other is held still meanwhile."""
        other = self.pids[2 - number]
        until(lambda: self._held_outside_a_transaction(other))
        try:
            with closing(self.connected()) as http:
                yield http
        finally:
            os.kill(other, signal.SIGCONT)

    def connected(self) -> httpx.Client:
        """Return callers that keep the first connection on which anybody answers."""
        while True:
            http = httpx.Client(base_url=self.url, timeout=60, trust_env=False, limits=_ONE)
            try:
                http.get("/healthz", timeout=1)
            except httpx.TimeoutException:
                http.close()
            else:
                return http

    def _held_outside_a_transaction(self, pid: int) -> bool:
        """Hold a process still, unless it would keep all others from writing meanwhile."""
        os.kill(pid, signal.SIGSTOP)
        until(lambda: state_of(pid) in "Tt")
        database = sqlite3.connect(self.log_file.parent / "data/grounding.db", timeout=0)
        try:
            database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            os.kill(pid, signal.SIGCONT)
            return False
        finally:
            database.close()
        return True


@contextmanager
def two(folder: Path) -> Iterator[Two]:
    (folder / "grounding.toml").write_text(SETTINGS)
    (folder / "docs").mkdir()
    (folder / "docs" / "gold.md").write_text("# Gold\n\nGold is a precious metal.")
    command = [sys.executable, "-m", "grounding.cli.main", "up", "--port", "0", "--json"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GROUNDING_")}
    root = str(Path(__file__).resolve().parents[3])
    log = folder / "service.log"
    with (
        log.open("w") as told,
        subprocess.Popen(
            [*command, "--processes", "2"],
            cwd=folder,
            env=environment | {"PYTHONPATH": root},
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
        ) as first,
    ):
        try:
            assert first.stdout is not None
            ready: dict[str, Any] = json.loads(first.stdout.readline())
            found = Two(first, str(ready["url"]), log)
            until(lambda: found.second_pids != [], seconds=100)
            yield found
        finally:
            first.kill()


def is_running(pid: int) -> bool:
    return state_of(pid) not in {"", "Z"}


def state_of(pid: int) -> str:
    """Return the letter for how a process stands, "" for one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
