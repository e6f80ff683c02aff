"""Run the command line in this process, as its entry point does."""

import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from grounding.cli.main import main


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return what standard output holds: one JSON value and nothing else."""
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """Return the one sentence that a failed command ends with."""
        assert self.out == ""
        (line,) = self.err.splitlines()
        return line


@dataclass(frozen=True)
class Command:
    """The command line with the options that come first."""

    monkeypatch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]
    first: tuple[str, ...] = ()

    def __call__(self, *arguments: object) -> Done:
        self.capture.readouterr()
        given = ["grounding", *self.first, *map(str, arguments)]
        self.monkeypatch.setattr(sys, "argv", given)
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        said = self.capture.readouterr()
        return Done(code, said.out, said.err)
