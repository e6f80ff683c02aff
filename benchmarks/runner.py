"""Finding tasks, running them, and turning whatever happens into outcomes."""

import importlib
import pkgutil
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import cpu, tasks
from benchmarks.data import cache_folder, data_folder, environment, unpacked
from benchmarks.expected import judged
from benchmarks.records import Context, Expectation, Figure, Outcome, Skipped

Run = Callable[[Context], list[Figure]]


@dataclass(frozen=True, slots=True)
class Options:
    """How the tasks of one invocation are to run."""

    is_full: bool
    seed: int
    say: Callable[[str], None]

    def command(self, task: str) -> str:
        """The command that reproduces this run; expectations are filed under it."""
        return f"python -m benchmarks {task}" + (" --full" if self.is_full else "")


def task_names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(tasks.__path__))


def task_summary(name: str) -> str:
    module = importlib.import_module(f"benchmarks.tasks.{name}")
    return (module.__doc__ or "").strip().partition("\n")[0]


def task_run(name: str) -> Run:
    run: Run = importlib.import_module(f"benchmarks.tasks.{name}").run
    return run


def outcome(task: str, run: Run, options: Options, *, expected: Sequence[Expectation]) -> Outcome:
    """Run one task. Whatever it raises ends this task only, and is reported as its error."""
    started, cpu_before = time.monotonic(), cpu.own_seconds()
    figures: list[Figure] = []
    skipped = error = None
    with ExitStack() as stack:
        try:
            figures = run(_context(options, stack))
        except Skipped as reason:
            skipped = str(reason)
        except Exception:  # noqa: BLE001 - a task is foreign code to the harness
            error = traceback.format_exc()
    return Outcome(
        task=task,
        figures=judged(figures, command=options.command(task), expected=expected),
        skipped=skipped,
        error=error,
        wall_seconds=time.monotonic() - started,
        cpu_seconds=cpu.own_seconds() - cpu_before,
    )


def _context(options: Options, stack: ExitStack) -> Context:
    workspace = Path(tempfile.mkdtemp(prefix="grounding-benchmark-"))
    stack.callback(shutil.rmtree, workspace, ignore_errors=True)
    variables = environment()
    return Context(
        is_full=options.is_full,
        seed=options.seed,
        workspace=workspace,
        archive=partial(unpacked, data=data_folder(variables), cache=cache_folder(variables)),
        say=options.say,
    )
