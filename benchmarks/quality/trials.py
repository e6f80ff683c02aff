"""Questions asked twice: with what answers them in the index, and with it removed.

    question ─▶ found ─┬─▶ all that was ranked          enough if one of the best ten answers
                       └─▶ without what answers it      never enough

Removing is simulated: more is looked for, and what is of the documents that answer is left out.
`agreement` removes the documents really for a sample of questions and compares.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.quality.collections import Collection, Question
from benchmarks.quality.held import Held, document_of
from benchmarks.quality.metrics import is_said, normalised
from grounding.query.fuse import fuse
from grounding.query.records import Candidate
from grounding.query.sufficiency import LOOKED_AT
from indexer.hits import Hit, Hits
from indexer.records import Legs

HITS = 150
"""Of each leg: as many as say what a deviation is, and enough to replace what is left out."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One question and what was ranked for it, best first.

    had_answer: documents that answer it were in the index.
    is_enough: one of them is among the best ten, so that the evidence found answers it.
    """

    question: str
    candidates: tuple[Candidate, ...]
    had_answer: bool
    is_enough: bool


def trials(
    holding: Held, collection: Collection, *, most: int | None = None, hits: int = HITS
) -> tuple[Trial, ...]:
    """Ask each question that has an answer, up to `most` of them spread over all."""
    answering = answers(collection)
    asked = [each for each in collection.questions if answering.get(each.id)]
    made: list[Trial] = []
    for question in _spread(asked, most):
        found = holding.found(question, hits=hits)
        made += with_and_without(question.text, found, answering[question.id])
    return tuple(made)


def with_and_without(
    question: str, found: Sequence[Candidate], answering: frozenset[str]
) -> tuple[Trial, Trial]:
    left = [each for each in found if document_of(each) not in answering]
    has_some = any(document_of(each) in answering for each in found[:LOOKED_AT])
    return (
        Trial(question, _fused_anew(found), True, has_some),
        Trial(question, _fused_anew(left), False, False),
    )


def answers(collection: Collection) -> Mapping[str, frozenset[str]]:
    """Return the documents that answer each question, by judgement or by an answer's words."""
    if collection.qrels:
        return {
            question: frozenset(document for document, grade in grades.items() if grade > 0)
            for question, grades in collection.qrels.items()
        }
    texts = [(each.id, normalised(each.text)) for each in collection.documents]
    return {question.id: _saying(question, texts) for question in collection.questions}


def agreement(
    holding: Held,
    collection: Collection,
    judge: Callable[[str, Sequence[Candidate]], float],
    *,
    questions: int,
) -> float:
    """Return the largest difference that really removing makes to what `judge` says."""
    answering = answers(collection)
    given = {each.id: each for each in collection.documents}
    differences = [0.0]
    for question in _spread([q for q in collection.questions if answering.get(q.id)], questions):
        gone = sorted(answering[question.id])
        simulated = with_and_without(
            question.text, holding.found(question, hits=HITS), frozenset(gone)
        )[1]
        holding.take_away(gone)
        really = holding.found(question, hits=HITS)
        holding.give([given[each] for each in gone])
        differences.append(
            abs(judge(question.text, simulated.candidates) - judge(question.text, really))
        )
    return max(differences)


def _fused_anew(found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Fuse the legs' scores as if these were all hits; the order stays.

    A fused score says how far a hit stands out among all of them, so what was left out would show
    in what remains.
    """
    legs = Legs(
        dense=Hits.of(Hit(c.chunk, c.scores.dense) for c in found if c.scores.dense is not None),
        lexical=Hits.of(
            Hit(c.chunk, c.scores.lexical) for c in found if c.scores.lexical is not None
        ),
        seq=0,
    )
    fused = fuse(legs)
    return tuple(
        replace(each, scores=each.scores._replace(fused=fused.get(each.chunk, each.scores).fused))
        for each in found
    )


def _saying(question: Question, texts: Sequence[tuple[str, str]]) -> frozenset[str]:
    wanted = [normalised(each) for each in question.answers]
    return frozenset(id_ for id_, text in texts if any(is_said(each, text) for each in wanted))


def _spread(asked: Sequence[Question], most: int | None) -> Sequence[Question]:
    return asked if most is None or most >= len(asked) else asked[:: -(-len(asked) // most)]
