"""Expected figures: read from `expected.toml`, compared with measured ones."""

import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.records import Direction, Expectation, Figure, Judged, Verdict

COMMAND = "python -m benchmarks "

NEAR_FACTOR = 2
"""A figure within this many tolerances is near, not failed: shared machines differ."""


def expectations(path: Path) -> list[Expectation]:
    """Read one table a command, in it one entry a figure."""
    tables = tomllib.loads(path.read_text())
    return [
        Expectation(
            command=command,
            task=command.removeprefix(COMMAND).split()[0],
            figure=figure,
            value=float(entry["value"]),
            tolerance=float(entry["tolerance"]),
            direction=Direction(entry["direction"]),
            date=str(entry["date"]),
        )
        for command, figures in tables.items()
        for figure, entry in figures.items()
    ]


def judged(
    figures: Iterable[Figure], *, command: str, expected: Sequence[Expectation]
) -> tuple[Judged, ...]:
    """Pair every figure with the expectation for the same command, if there is one."""
    by_name = {e.figure: e for e in expected if e.command == command}
    return tuple(
        Judged(figure, by_name.get(figure.name), verdict(figure.value, by_name.get(figure.name)))
        for figure in figures
    )


def verdict(value: float, expectation: Expectation | None) -> Verdict:
    if expectation is None:
        return Verdict.NONE
    loss = _loss(value, expectation)
    allowed = expectation.tolerance * abs(expectation.value)
    if loss <= allowed:
        return Verdict.OK
    return Verdict.NEAR if loss <= NEAR_FACTOR * allowed else Verdict.FAIL


def _loss(value: float, expectation: Expectation) -> float:
    match expectation.direction:
        case Direction.HIGHER:
            return expectation.value - value
        case Direction.LOWER:
            return value - expectation.value
        case Direction.EQUAL:
            return abs(value - expectation.value)
