"""One history, played and asked about: the count of what was equal, and what was not."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from benchmarks.histories import compare, translate
from benchmarks.histories.account import Account, Stamps
from benchmarks.histories.happenings import Answer, Happening, Question
from benchmarks.histories.questions import instants_of, question
from benchmarks.histories.reference import expectation
from benchmarks.histories.stage import Stage

DENSE_SHARE = 5
"""The dense leg is checked on its own for every so many questions."""
MORE = 2
"""So many results more are asked for than there must be, to see any that must not be."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A question with another answer than it should have; `step`: happenings before it."""

    step: int
    question: Question
    found: Answer
    expected: Answer

    def __str__(self) -> str:
        """Name the question, and what is too much or missing in the answer."""
        found = self.found.items | self.found.values
        expected = self.expected.items | self.expected.values
        return (
            f"after {self.step} happenings: {self.question}: "
            f"too much {sorted(map(str, found - expected))}, "
            f"missing {sorted(map(str, expected - found))}"
        )


@dataclass(slots=True)
class Tally:
    """What was counted over one history or many."""

    histories: int = 0
    happenings: int = 0
    questions: int = 0
    equal: int = 0
    results: int = 0
    leaks: int = 0
    dense: int = 0
    dense_equal: int = 0
    cpu_seconds: float = 0.0
    differences: list[Difference] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.histories += other.histories
        self.happenings += other.happenings
        self.questions += other.questions
        self.equal += other.equal
        self.results += other.results
        self.leaks += other.leaks
        self.dense += other.dense
        self.dense_equal += other.dense_equal
        self.cpu_seconds += other.cpu_seconds
        self.differences += other.differences


def played(
    happenings: Sequence[Happening], draw: Random, folder: Path, *, questions: int, rounds: int
) -> Tally:
    """Play a history on a new service and ask that many questions, spread over rounds.

    Raises:
        Differs: something else was stored than the contract demands.
    """
    tally, account = Tally(histories=1, happenings=len(happenings)), Account()
    stage = Stage(folder)
    stops = {len(happenings) * number // rounds for number in range(1, rounds + 1)}
    try:
        for step, happening in enumerate(happenings, start=1):
            account.take(happening, Stamps(stage.play(happening)))
            if step in stops:
                _ask(stage, account, draw, tally, questions // rounds, step)
    finally:
        stage.close()
    return tally


def _ask(
    stage: Stage, account: Account, draw: Random, tally: Tally, questions: int, step: int
) -> None:
    instants = instants_of(account) or [stage.now]
    stage.settle()
    stored = stage.vectors()
    for number in range(questions):
        asked = question(draw, account, instants, stage.now)
        _compare(stage, account, asked, tally, step)
        if number % DENSE_SHARE == 0:
            tally.dense += 1
            tally.dense_equal += compare.is_in_dense_order(stage, account, asked, stored)


def _compare(stage: Stage, account: Account, asked: Question, tally: Tally, step: int) -> None:
    expected = expectation(account, asked)
    most = len(expected.items) + len(expected.values)
    began = time.process_time()
    shown = stage.ask(asked, at_most=most + MORE)
    tally.cpu_seconds += time.process_time() - began
    found = translate.answer(shown)
    tally.questions += 1
    tally.results += most
    tally.leaks += compare.leaks(found, account, asked) + compare.late(shown, asked)
    if compare.is_equal(found, expected):
        tally.equal += 1
    else:
        tally.differences.append(Difference(step, asked, found, expected))
