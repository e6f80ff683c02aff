"""One process that reads every so many-th mutant, and what it found."""

import faulthandler
import gc
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.corpus.mutants import mutant, seeds
from benchmarks.corpus.suites import suites
from benchmarks.corpus.trial import Bench, Outcome, Trial

WARM_AFTER = 4_000
"""Mutants of all processes together, after which nothing new is loaded."""
SAMPLED_EVERY = 2_000
STUCK_SECONDS = 120
"""After so long within one mutant the process gives up, and says where it is stuck."""
MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True)
class Work:
    """Which mutants one process reads: `number` of each `of`, up to `count`.

    archives: the unpacked recordings, by name.
    """

    number: int
    of: int
    count: int
    seed: int
    archives: Mapping[str, Path]


@dataclass(slots=True)
class Found:
    """What one process found.

    errors: by mutant, the outcome and its detail. slow: those that took over a second once only.
    memory: of the process in MiB, once warm and then now and again.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    errors: dict[int, str] = field(default_factory=dict)
    slow: list[int] = field(default_factory=list)
    longest_seconds: float = 0.0
    memory: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0

    @property
    def gained(self) -> float:
        """Memory at the end above that once warm."""
        return self.memory[-1] - self.memory[0]


def worked(work: Work) -> Found:
    """Read them all; nothing that a mutant does ends this but being stuck in native code."""
    known = seeds(
        [each for suite in suites(work.archives.__getitem__) for each in suite.recordings]
    )
    bench, found = Bench(), Found()
    for number in range(work.number, work.count, work.of):
        faulthandler.dump_traceback_later(STUCK_SECONDS, exit=True)
        made = mutant(number, known, seed=work.seed)
        trial = bench.tried(made)
        if trial.outcome is Outcome.HUNG:
            found.slow.append(number)
            trial = bench.tried(made)
        _add(found, number, made.recording.kind, trial)
        if number // work.of % SAMPLED_EVERY == 0 and number >= WARM_AFTER:
            found.memory.append(_resident())
            _say(work, number, found)
    faulthandler.cancel_dump_traceback_later()
    found.memory.append(_resident())
    found.cpu_seconds = time.process_time()
    return found


def _add(found: Found, number: int, kind: str, trial: Trial) -> None:
    found.outcomes[trial.outcome] += 1
    found.kinds[kind] += 1
    found.longest_seconds = max(found.longest_seconds, trial.cpu_seconds)
    if trial.outcome not in {Outcome.READ, Outcome.REFUSED}:
        last = trial.detail.strip().splitlines()[-1:] or [""]
        found.errors[number] = f"mutant {number} ({kind}) {trial.outcome}: {last[0].strip()}"


def _say(work: Work, number: int, found: Found) -> None:
    message = f"mutations: {number:,} of {work.count:,}, {found.memory[-1]:.0f} MiB"
    print(f"{message}, {len(found.errors)} errors", file=sys.stderr, flush=True)


def _resident() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss) / MEBIBYTE
