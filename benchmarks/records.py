"""What a benchmark measures and how it stands against what was expected."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Skipped(Exception):
    """A task cannot run here; the message says what is missing and how to provide it."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a figure is compared with: another way to do the same, with its exact settings."""

    settings: str
    value: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    cpu_seconds: processor time behind it, child processes included; None where it cost none of
        its own.
    """

    name: str
    value: float
    unit: str
    baseline: Baseline | None = None
    cpu_seconds: float | None = None
    notes: str = ""

    @property
    def ratio(self) -> float | None:
        if self.baseline is None or self.baseline.value == 0:
            return None
        return self.value / self.baseline.value


class Direction(StrEnum):
    """Which deviation from the expected figure is a loss."""

    HIGHER = "higher"
    LOWER = "lower"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One entry of `expected.toml`; `tolerance` is relative to `value`."""

    command: str
    task: str
    figure: str
    value: float
    tolerance: float
    direction: Direction
    date: str


class Verdict(StrEnum):
    OK = "OK"
    NEAR = "near"
    FAIL = "FAIL"
    NONE = "no expectation"


@dataclass(frozen=True, slots=True)
class Judged:
    """A figure with its expectation, if there is one, and the verdict."""

    figure: Figure
    expectation: Expectation | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one task: its figures, or why there are none."""

    task: str
    figures: tuple[Judged, ...] = ()
    skipped: str | None = None
    error: str | None = None
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def has_failed(self) -> bool:
        return self.error is not None or any(j.verdict is Verdict.FAIL for j in self.figures)


@dataclass(frozen=True, slots=True)
class Context:
    """What a task may use.

    workspace: an empty folder, removed afterwards.
    archive: the unpacked folder of a named archive; raises `Skipped` where it is absent.
    say: reports progress to whoever watches.
    """

    is_full: bool
    seed: int
    workspace: Path
    archive: Callable[[str], Path]
    say: Callable[[str], None]
