"""How an answer stands against what it had to be."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from benchmarks.histories import reference
from benchmarks.histories.account import Account
from benchmarks.histories.happenings import Answer, Question, SeenItem, SeenValue
from benchmarks.histories.stage import Stage, Vectors
from grounding.query.records import Evidence
from indexer.hits import Hit
from indexer.records import Scope

SCORE_TOLERANCE = 1e-5
"""Sums of 64 products in float32 differ by less, whatever their order."""


def is_equal(found: Answer, expected: Answer) -> bool:
    """Tell whether an answer is the expected one.

    Of versions of one item with equal texts, and of a series under several names, only one need
    be shown: equal texts collapse.
    """
    return (
        found.values <= expected.values
        and found.items <= expected.items
        and _series(found.values) == _series(expected.values)
        and _texts(found.items) == _texts(expected.items)
    )


def late(shown: Iterable[Evidence], question: Question) -> int:
    """Count results that say of themselves that they were received or ended after known_at."""
    known_at = reference.view(question).known_at
    return sum(any(at > known_at for at in _receipts(evidence)) for evidence in shown)


def leaks(found: Answer, account: Account, question: Question) -> int:
    """Count what an answer shows that had not come in by known_at, or was ahead of as_of."""
    at = reference.view(question)
    rightful = {p.seen for p in reference.parts(account) if not reference.is_ahead(p, at)}
    values = {
        (one.source, one.value.series, one.value.valid_from, one.value.number)
        for one in account.values
        if not reference.is_value_ahead(one, at)
    }
    ahead = found.items - rightful
    return len(ahead) + sum(not _pairs(one) <= values for one in found.values)


def is_in_dense_order(stage: Stage, account: Account, question: Question, stored: Vectors) -> bool:
    """Tell whether the dense leg has what a product with every vector gives, in that order."""
    expected = reference.expectation(account, question).items
    chunks = [chunk for chunk, owner in stored.owners.items() if owner in expected]
    scope = _scope(question, stage.source_rows(), account)
    cards = len(account.cards)
    hits = stage.dense(question.text, scope, len(chunks) + cards + 1)
    found = [hit for hit in hits if hit.chunk in stored.owners]
    return {hit.chunk for hit in found} == set(chunks) and _is_sorted(
        found, stored, stage.query_vector(question.text)
    )


def _is_sorted(hits: Sequence[Hit], stored: Vectors, query: NDArray[np.float32]) -> bool:
    scores = [float(stored.vectors[hit.chunk] @ query) for hit in hits]
    told = [hit.score for hit in hits]
    is_told_right = np.allclose(scores, told, rtol=0, atol=SCORE_TOLERANCE)
    return is_told_right and all(
        later <= earlier + SCORE_TOLERANCE for earlier, later in pairwise(scores)
    )


def _scope(question: Question, rows: dict[str, int], account: Account) -> Scope:
    at = reference.view(question)
    return Scope(
        as_of=at.as_of,
        known_at=at.known_at,
        published_after=at.after,
        published_before=at.before,
        sources=frozenset(
            rows[name]
            for name, source in account.sources.items()
            if reference.is_asked(source, question)
        ),
        include_history=question.include_history,
    )


def _receipts(evidence: Evidence) -> Iterator[datetime]:
    yield from (evidence.observed_at, evidence.checked_at)
    if evidence.superseded_at is not None:
        yield evidence.superseded_at
    if evidence.observation is not None:
        yield evidence.observation.observed_at


def _series(values: Iterable[SeenValue]) -> set[tuple[str, str]]:
    return {(value.source, value.series) for value in values}


def _texts(items: Iterable[SeenItem]) -> set[str]:
    return {item.text for item in items}


def _pairs(seen: SeenValue) -> set[tuple[object, ...]]:
    pairs = [(seen.number, seen.valid_from), *([seen.previous] if seen.previous else [])]
    return {(seen.source, seen.series, begins, number) for number, begins in pairs}
