"""Does the service see exactly what could be known at any two instants, and never more?

Random histories of seven kinds of sources are played on a real service (SQLite, FAISS, tantivy):
inserts, edits, removals, absences, returns, revisions, expiry, removed sources, restarts, clocks
that stand still or step back. Every answer is compared with one worked out from the list of what
happened, in plain Python that shares no code with the service (`benchmarks/histories/`).
"""

from random import Random

from benchmarks import cpu
from benchmarks.histories.account import Differs
from benchmarks.histories.generate import history
from benchmarks.histories.play import Tally, played
from benchmarks.records import Baseline, Context, Figure

HISTORIES = 200
LENGTH = 50
QUESTIONS = 500
ROUNDS = 5
SHOWN = 5
"""Differences that are told in full."""


def run(context: Context) -> list[Figure]:
    tally, stored_wrongly = Tally(), 0
    before = cpu.own_seconds()
    for number in range(HISTORIES):
        try:
            tally.add(_one(context, number))
        except Differs as difference:
            stored_wrongly += 1
            context.say(f"history {number}: {difference}")
        if (number + 1) % 10 == 0:
            context.say(f"{number + 1} histories: {tally.equal} of {tally.questions} equal")
    return _figures(tally, stored_wrongly, cpu.own_seconds() - before)


def _one(context: Context, number: int) -> Tally:
    draw = Random(f"{context.seed} {number}")
    folder = context.workspace / str(number)
    folder.mkdir()
    tally = played(history(draw, LENGTH), draw, folder, questions=QUESTIONS, rounds=ROUNDS)
    for difference in tally.differences[:SHOWN]:
        context.say(f"history {number}, {difference}")
    return tally


def _figures(tally: Tally, stored_wrongly: int, cpu_seconds: float) -> list[Figure]:
    reference = Baseline("every version ever stored, gone through in plain Python", tally.questions)
    return [
        Figure("queries", tally.questions, "queries"),
        Figure("queries equal", tally.equal, "queries", reference, cpu_seconds),
        Figure("look-ahead leaks", tally.leaks, "results"),
        Figure("histories", tally.histories, "histories"),
        Figure("histories stored otherwise", stored_wrongly, "histories"),
        Figure("operations", tally.happenings, "operations"),
        Figure("results expected", tally.results, "results"),
        Figure("queries with dense order checked", tally.dense, "queries"),
        Figure("queries with dense order equal", tally.dense_equal, "queries"),
        Figure("processor time a query", 1e3 * tally.cpu_seconds / max(1, tally.questions), "ms"),
    ]
