"""Questions about the past with known answers, put to the service and judged."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from benchmarks import cpu
from benchmarks.service import Json
from benchmarks.simulated import SimulatedService

MAX_RESULTS = 5
BASELINE_EVERY = 5
"""Of so many questions one is also asked about the present."""
TOLD_EVERY = 1000


class Truth(Protocol):
    """What was true at one moment of one thing, and how to see it in a result."""

    def is_about_same(self, result: Json) -> bool: ...

    def is_told_by(self, result: Json) -> bool: ...


@dataclass(frozen=True, slots=True)
class Question:
    """Words, the two instants to look through, and what the answer has to be.

    kind: what sort of question it is, for the account of how each sort went.
    """

    query: str
    as_of: datetime
    known_at: datetime
    truth: Truth
    kind: str

    @property
    def body(self) -> dict[str, object]:
        """What is sent without looking into the past."""
        return {"query": self.query, "max_results": MAX_RESULTS}

    @property
    def body_then(self) -> dict[str, object]:
        instants = {"as_of": self.as_of.isoformat(), "known_at": self.known_at.isoformat()}
        return self.body | instants


@dataclass(frozen=True, slots=True)
class Cost:
    """What one query took, client and service together: both are this process."""

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Present:
    """How the service answered the same words asked about the present."""

    is_equal: bool
    cost: Cost


@dataclass(frozen=True, slots=True)
class Answer:
    """How the service answered one question.

    is_equal: exactly one result is about the thing asked for, and says what was true of it.
    later: instants in any of the results that had not come yet.
    checked_later: results of which it says that a read confirmed them at such an instant.
    present: the baseline; None where it was not asked.
    """

    question: Question
    is_equal: bool
    is_first: bool
    later: int
    checked_later: int
    cost: Cost
    present: Present | None


def ask(
    service: SimulatedService, questions: Sequence[Question], *, say: Callable[[str], None]
) -> list[Answer]:
    """Ask every question about its past, and some about the present right after or before."""
    answers: list[Answer] = []
    for number, question in enumerate(questions):
        has_baseline, is_before = number % BASELINE_EVERY == 0, number % (2 * BASELINE_EVERY) == 0
        present = _present(service, question) if has_baseline and is_before else None
        results, cost = _timed(service, question.body_then)
        if has_baseline and not is_before:
            present = _present(service, question)
        answers.append(answer(question, results, cost, present))
        if not answers[-1].is_equal:
            say(f"wrong: {question} got {results}")
        if (number + 1) % TOLD_EVERY == 0:
            say(f"{number + 1} of {len(questions)} questions asked")
    return answers


def answer(
    question: Question, results: Sequence[Json], cost: Cost, present: Present | None
) -> Answer:
    truth = question.truth
    later = [
        name
        for result in results
        for name in later_instants(result, as_of=question.as_of, known_at=question.known_at)
    ]
    return Answer(
        question,
        is_equal=is_equal(results, truth),
        is_first=bool(results) and truth.is_about_same(results[0]),
        later=len(later) - later.count("checked_at"),
        checked_later=later.count("checked_at"),
        cost=cost,
        present=present,
    )


def is_equal(results: Sequence[Json], truth: Truth) -> bool:
    about = [result for result in results if truth.is_about_same(result)]
    return len(about) == 1 and truth.is_told_by(about[0])


def later_instants(result: Json, *, as_of: datetime, known_at: datetime) -> list[str]:
    """Name the instants in a result that lie after the moment it was asked for.

    Until when a statement holds may lie ahead: forecasts say so.
    """
    bounds = {
        "published_at": as_of,
        "updated_at": as_of,
        "valid_from": as_of,
        "observed_at": known_at,
        "checked_at": known_at,
    }
    observation = result["observation"] or {}
    previous = observation.get("previous") or {}
    return [
        name
        for part in (result, observation, previous)
        for name, bound in bounds.items()
        if _is_after(part, name, bound)
    ]


def _is_after(part: Mapping[str, object], name: str, bound: datetime) -> bool:
    written = part.get(name)
    return isinstance(written, str) and datetime.fromisoformat(written) > bound


def _timed(service: SimulatedService, body: Mapping[str, object]) -> tuple[list[Json], Cost]:
    started, cpu_before = time.perf_counter(), cpu.own_seconds()
    reply = service.search(body)
    cost = Cost(time.perf_counter() - started, cpu.own_seconds() - cpu_before)
    return reply["results"], cost


def _present(service: SimulatedService, question: Question) -> Present:
    results, cost = _timed(service, question.body)
    return Present(is_equal(results, question.truth), cost)
