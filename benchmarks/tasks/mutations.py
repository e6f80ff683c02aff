"""Does any of 100,000 damaged files crash a connector, hang it, or make it grow?

The files of the corpus are damaged in one to four places: bits flipped, pieces deleted, doubled,
moved and spliced in from other files, tokens replaced, encodings swapped, elements nested
thousands of times. Each is read by the connector for its kind, from its options to its batches;
only the wire is replaced, by one that answers with the damaged body. The same seed makes the same
mutants: `mutants.mutant(number, …)` shows one again.
"""

import multiprocessing
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from benchmarks.corpus.suites import names
from benchmarks.corpus.trial import Outcome
from benchmarks.corpus.worker import Found, Work, worked
from benchmarks.records import Context, Figure

MUTANTS = 100_000
PROCESSES = 2
NAMED = 40


def run(context: Context) -> list[Figure]:
    archives = {name: context.archive(name) for name in names()}
    work = [Work(number, PROCESSES, MUTANTS, context.seed, archives) for number in range(PROCESSES)]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=spawn) as pool:
        found = list(pool.map(worked, work))
    return figures_of(found)


def figures_of(found: Sequence[Found]) -> list[Figure]:
    outcomes = sum((each.outcomes for each in found), Counter[str]())
    kinds = sum((each.kinds for each in found), Counter[str]())
    errors = [error for each in found for error in each.errors.values()]
    growth = max(each.gained for each in found)
    peaks = ", ".join(f"{each.memory[0]:.0f} to {each.memory[-1]:.0f} MiB" for each in found)
    slow = sum(len(each.slow) for each in found)
    return [
        Figure(
            "mutants",
            outcomes.total(),
            "files",
            cpu_seconds=sum(each.cpu_seconds for each in found),
            notes=", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common()),
        ),
        Figure("read", outcomes[Outcome.READ], "files"),
        Figure("refused with a reason", outcomes[Outcome.REFUSED], "files"),
        Figure("crashes", outcomes[Outcome.CRASHED], "files", notes=_named(errors)),
        Figure(
            "hangs over one CPU second",
            outcomes[Outcome.HUNG],
            "files",
            notes=f"{slow} took longer once, not when read again",
        ),
        Figure("read as what cannot be stored", outcomes[Outcome.UNFIT], "files"),
        Figure("longest", max(each.longest_seconds for each in found), "CPU s"),
        Figure("memory gained once warm", growth, "MiB", notes=f"a process: {peaks}"),
    ]


def _named(errors: Sequence[str]) -> str:
    return "; ".join(sorted(errors)[:NAMED])
