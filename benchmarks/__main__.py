"""`python -m benchmarks [TASK …]`: run tasks, compare their figures with `expected.toml`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.expected import expectations
from benchmarks.records import Outcome
from benchmarks.report import ExitCode, as_json, exit_code, print_table
from benchmarks.runner import Options, outcome, task_names, task_run, task_summary

EXPECTED = Path(__file__).with_name("expected.toml")


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parsed(arguments)
    if chosen.list:
        for name in task_names():
            print(f"{name:<14} {task_summary(name)}")
        return ExitCode.OK
    options = Options(is_full=chosen.full, seed=chosen.seed, say=_say)
    outcomes = _outcomes(chosen.tasks or task_names(), options)
    if chosen.json:
        print(json.dumps(as_json(outcomes), indent=2))
    else:
        print_table(outcomes, Console())
    return exit_code(outcomes)


def _outcomes(names: Sequence[str], options: Options) -> list[Outcome]:
    expected = expectations(EXPECTED)
    outcomes = []
    for name in names:
        _say(f"{name}: started")
        outcomes.append(outcome(name, task_run(name), options, expected=expected))
    return outcomes


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="default: every task")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--full", action="store_true", help="all of the data, not a sample")
    parser.add_argument("--list", action="store_true", help="name the tasks and end")
    parser.add_argument("--seed", type=int, default=1, help="for what is drawn at random")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.tasks) - set(task_names())
    if unknown:
        parser.error(f"no such task: {', '.join(sorted(unknown))}; see --list")
    return chosen


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
