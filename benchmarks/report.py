"""Outcomes for people (a table) and for machines (one JSON object)."""

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import IntEnum

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.records import Judged, Outcome, Verdict

STYLES = {Verdict.OK: "green", Verdict.NEAR: "yellow", Verdict.FAIL: "red", Verdict.NONE: "dim"}


class ExitCode(IntEnum):
    """0 means no figure failed; 3 that every task was skipped, so nothing was shown at all."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOTHING_RAN = 3


def exit_code(outcomes: Sequence[Outcome]) -> ExitCode:
    if any(o.has_failed for o in outcomes):
        return ExitCode.FAILED
    if all(o.skipped is not None for o in outcomes):
        return ExitCode.NOTHING_RAN
    return ExitCode.OK


def print_table(outcomes: Iterable[Outcome], console: Console) -> None:
    for outcome in outcomes:
        console.print(_heading(outcome))
        if outcome.error is not None:
            console.print(escape(outcome.error))
        if outcome.figures:
            console.print(_table(outcome.figures))


def as_json(outcomes: Sequence[Outcome]) -> dict[str, object]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": {"system": platform.platform(), "cores": os.cpu_count()},
        "exit_code": int(exit_code(outcomes)),
        "tasks": [_outcome_json(o) for o in outcomes],
    }


def _heading(outcome: Outcome) -> str:
    cost = f"{outcome.wall_seconds:.1f} s, {outcome.cpu_seconds:.1f} CPU s"
    if outcome.skipped is not None:
        return f"[bold]{outcome.task}[/bold] skipped: {escape(outcome.skipped)}"
    if outcome.error is not None:
        return f"[bold]{outcome.task}[/bold] [red]FAIL[/red] after {cost}"
    return f"[bold]{outcome.task}[/bold] ({cost})"


def _table(figures: Iterable[Judged]) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for column in ("figure", "baseline, settings", "ratio", "CPU s", "expected"):
        table.add_column(column, justify="right" if column in {"ratio", "CPU s"} else "left")
    for judged in figures:
        table.add_row(*_cells(judged))
    return table


def _cells(judged: Judged) -> tuple[str, str, str, str, str]:
    figure, expectation = judged.figure, judged.expectation
    name = f"{figure.name}: [bold]{number(figure.value)}[/bold] {escape(figure.unit)}"
    notes = f"\n[dim]{escape(figure.notes)}[/dim]" if figure.notes else ""
    baseline = figure.baseline
    expected = f" ({expectation.direction} {number(expectation.value)})" if expectation else ""
    return (
        name + notes,
        f"{number(baseline.value)}: {escape(baseline.settings)}" if baseline else "-",
        f"{figure.ratio:.3g}" if figure.ratio is not None else "-",
        f"{figure.cpu_seconds:.1f}" if figure.cpu_seconds is not None else "-",
        f"[{STYLES[judged.verdict]}]{judged.verdict}[/]{expected}",
    )


def number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"


def _outcome_json(outcome: Outcome) -> dict[str, object]:
    return {
        "task": outcome.task,
        "skipped": outcome.skipped,
        "error": outcome.error,
        "wall_seconds": round(outcome.wall_seconds, 3),
        "cpu_seconds": round(outcome.cpu_seconds, 3),
        "figures": [_figure_json(judged) for judged in outcome.figures],
    }


def _figure_json(judged: Judged) -> dict[str, object]:
    figure, expectation = judged.figure, judged.expectation
    return {
        "name": figure.name,
        "value": figure.value,
        "unit": figure.unit,
        "baseline": (
            {"settings": figure.baseline.settings, "value": figure.baseline.value}
            if figure.baseline
            else None
        ),
        "ratio": figure.ratio,
        "cpu_seconds": figure.cpu_seconds,
        "notes": figure.notes,
        "verdict": judged.verdict.value,
        "expected": (
            {
                "value": expectation.value,
                "tolerance": expectation.tolerance,
                "direction": expectation.direction.value,
                "date": expectation.date,
            }
            if expectation
            else None
        ),
    }
