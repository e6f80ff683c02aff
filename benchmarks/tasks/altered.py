"""Is one altered number, date, unit, name or negation of a supported statement noticed?

Statements that people found supported are held, by the steps of the checker that read facts,
against the evidence that these people named; then with one thing altered. An alarm is a fact that
is missing or differs. One is caught if the altered statement raises an alarm that the original did
not. Tuned on one half of the groups, reported on the other.

Not every supported statement says what its evidence says: people inferred some. So the figures are
given for all, and for those whose every number and capitalised word stands in the evidence, which
is decided without the checker. Hardest is to swap a fact for another one that the evidence has
elsewhere; those are counted apart.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.checking import sets
from benchmarks.checking.alterations import KINDS, SWAPPED
from benchmarks.checking.learning import WHEN
from benchmarks.checking.statements import Statement, is_literal, statements
from benchmarks.records import Baseline, Context, Figure
from grounding.checking.claims import claims
from grounding.checking.facts.findings import findings
from grounding.checking.records import Finding, Match, Shown
from grounding.query.packing.sentences import spans

_SENTENCES: Final = 5_000
_SHORT: Final = 20
_LONG: Final = 400
_FACTS: Final = tuple(kind for kind in KINDS if kind != "negation")
_SETS: Final = ("WiCE", "ClimateFEVER", "RefChecker")
_BASELINE: Final = "any digits or capitalised word that the evidence lacks"


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a statement and of its alteration, here and with the baseline."""

    statement: Statement
    alarms: tuple[Finding, ...]
    is_caught: bool
    is_literal: bool
    is_caught_plainly: bool
    swaps: tuple[tuple[str, bool], ...]

    def kind_of(self) -> str:
        return self.statement.altered.kind

    def set_of(self) -> str:
        return self.statement.case.set


def run(context: Context) -> list[Figure]:
    folders = {name: context.archive(name) for name in (sets.WICE, sets.CLIMATE, sets.REFCHECKER)}
    drawn = statements(folders, context.seed, is_report=True)
    context.say(f"{len(drawn)} statements")
    before = time.process_time()
    tried = [_tried(each) for each in drawn]
    checks = sum(2 + len(each.swapped) for each in drawn)
    spent = 1000 * (time.process_time() - before) / checks
    literal = [each for each in tried if each.is_literal]
    return [
        Figure("statements", len(tried), "statements"),
        Figure("statements in the words of their evidence", len(literal), "statements"),
        *_both("all", tried),
        *_both("in the words of their evidence", literal),
        *_of_each("in the words of their evidence, ", literal, KINDS, Tried.kind_of),
        *_of_each("", tried, _SETS, Tried.set_of),
        *_swapped(tried),
        _word_for_word(drawn),
        _against_own_answers(tried),
        Figure("time for each claim", spent, "CPU ms", notes="its evidence read once"),
    ]


def _tried(statement: Statement) -> Tried:
    case, items, altered = statement.case, statement.items, statement.altered
    before, after = alarms(case.claim, items), alarms(altered.text, items)
    known = {(each.kind, each.text) for each in before}
    was_literal = is_literal(case.claim, items)
    return Tried(
        statement=statement,
        alarms=tuple(before),
        is_caught=_is_new(after, known),
        is_literal=was_literal,
        is_caught_plainly=was_literal and not is_literal(altered.text, items),
        swaps=tuple(
            (each.kind, _is_new(alarms(each.text, items), known)) for each in statement.swapped
        ),
    )


def _is_new(found: Iterable[Finding], known: Collection[tuple[str, str]]) -> bool:
    return any((each.kind, each.text) not in known for each in found)


def alarms(text: str, items: Sequence[Shown]) -> list[Finding]:
    """Return the facts of a text that its evidence lacks or has otherwise."""
    return [
        found
        for claim in claims(text)
        if claim.needs_evidence
        for found in findings(text, claim, items, WHEN)
        if found.match is not Match.MATCHED
    ]


def _both(name: str, tried: Sequence[Tried]) -> list[Figure]:
    facts = [each for each in tried if each.kind_of() in _FACTS]
    return [
        Figure(
            f"{name}: caught, number, date, unit or name",
            _percent(each.is_caught for each in facts),
            "%",
            baseline=Baseline(_BASELINE, _percent(each.is_caught_plainly for each in facts)),
        ),
        Figure(
            f"{name}: false alarms on the originals",
            _percent(bool(each.alarms) for each in tried),
            "%",
            baseline=Baseline(_BASELINE, _percent(not each.is_literal for each in tried)),
            notes=causes(tried),
        ),
    ]


def _of_each(
    prefix: str, tried: Sequence[Tried], names: Sequence[str], name_of: Callable[[Tried], str]
) -> list[Figure]:
    figures = []
    for name in names:
        some = [each for each in tried if name_of(each) == name]
        facts = [each for each in some if each.kind_of() in _FACTS] or some
        note = f"{len(facts)} of {len(some)} statements"
        caught = _percent(each.is_caught for each in facts)
        false = _percent(bool(each.alarms) for each in some)
        figures.append(Figure(f"{prefix}{name}: caught", caught, "%", notes=note))
        figures.append(Figure(f"{prefix}{name}: false alarms", false, "%", notes=causes(some)))
    return figures


def _swapped(tried: Sequence[Tried]) -> list[Figure]:
    figures = []
    for kind in SWAPPED:
        found = [is_caught for each in tried for of, is_caught in each.swaps if of == kind]
        name = f"{kind} swapped for another of the evidence: caught"
        figures.append(Figure(name, _percent(found), "%", notes=f"{len(found)} statements"))
    return figures


def _word_for_word(drawn: Iterable[Statement]) -> Figure:
    """Hold sentences of the evidence against the evidence that they are taken from."""
    sentences = {
        item.text[start:end].strip(): statement.items
        for statement in drawn
        for item in statement.items
        for start, end in spans(item.text)
    }
    held = [(text, items) for text, items in sentences.items() if _SHORT <= len(text) <= _LONG]
    found = [bool(alarms(text, items)) for text, items in held[:_SENTENCES]]
    return Figure(
        "sentences of the evidence, word for word: false alarms",
        _percent(found),
        "%",
        notes=f"{sum(found)} of {len(found):,}",
    )


def causes(tried: Iterable[Tried]) -> str:
    """Count the alarms on originals by what was missing or differed."""
    found = Counter(f"{each.kind} {each.match}" for one in tried for each in one.alarms)
    return ", ".join(f"{name} {count}" for name, count in found.most_common())


def _against_own_answers(tried: Iterable[Tried]) -> Figure:
    """Hold RefChecker's triplets against the answer that each was taken from."""
    cases = [each.statement.case for each in tried if each.statement.case.said_in]
    found = [bool(alarms(case.claim, (Shown(1, "own", case.said_in),))) for case in cases]
    return Figure(
        "RefChecker: false alarms against the answer each was taken from", _percent(found), "%"
    )


def _percent(found: Iterable[bool]) -> float:
    every = list(found)
    return 100 * sum(every) / len(every) if every else 0.0
