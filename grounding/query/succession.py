"""Of items that follow each other under one title, the newest stands first.

A feed does not say that an item replaces the one before it: "Ferry timetable" of March is an item
like that of May, and says nearly the same. Which of the two fits a question better is chance, and
after some half-lives recency no longer tells them apart. So where several items of sources that age
have one title and say nearly the same, the newest takes the place of the best, the next that of
the second, and so on.
"""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from grounding.query.records import Candidate, EvidenceKind, EvidenceState
from grounding.query.words import words_of

FARTHEST = 2.5
"""How many deviations below the best of its title an item may be and still succeed it."""

ALIKE = 0.4
"""The share of its words, or of the best one's if those are fewer, that both must have."""


def succeeded(ranked: Sequence[Candidate], *, ageing: Collection[str]) -> list[Candidate]:
    """Return the candidates, best first, each newest of a title in the place of its best.

    What that adds to a score, or takes from it, is in its `succession`. Of each document only the
    best passage takes part; passages without a date, series, and what no longer holds do not.

    Args:
        ranked: best first.
        ageing: names of sources whose items grow old.
    """
    of_title: dict[str, list[Candidate]] = {}
    for each in _best_of_each(ranked):
        if _can_follow(each, ageing) and (title := _title(each)):
            of_title.setdefault(title, []).append(each)
    moved: dict[int, Candidate] = {}
    for some in of_title.values():
        if len(some) > 1:
            moved |= {each.chunk: each for each in _newest_first(some)}
    if not moved:
        return list(ranked)
    placed = [moved.get(each.chunk, each) for each in ranked]
    return sorted(placed, key=lambda each: (-each.scores.total, each.chunk))


def _best_of_each(ranked: Sequence[Candidate]) -> list[Candidate]:
    best: dict[str, Candidate] = {}
    for candidate in ranked:
        best.setdefault(candidate.evidence.document_id, candidate)
    return list(best.values())


def _can_follow(candidate: Candidate, ageing: Collection[str]) -> bool:
    evidence = candidate.evidence
    return (
        evidence.kind is EvidenceKind.DOCUMENT
        and evidence.state is EvidenceState.CURRENT
        and evidence.source in ageing
        and evidence.dated_at is not None
    )


def _title(candidate: Candidate) -> str:
    return " ".join(candidate.evidence.title.casefold().split())


def _newest_first(best_first: Sequence[Candidate]) -> list[Candidate]:
    lowest = best_first[0].scores.total - FARTHEST
    best = set(words_of(best_first[0].evidence.text))
    near = [
        each
        for each in best_first
        if each.scores.total >= lowest and _alike(best, set(words_of(each.evidence.text)))
    ]
    newest_first = sorted(near, key=_date, reverse=True)
    return [
        _lifted(candidate, place.scores.total)
        for candidate, place in zip(newest_first, near, strict=True)
    ]


def _alike(one: AbstractSet[str], other: AbstractSet[str]) -> bool:
    """Whether two texts share words enough; one without any is like each."""
    return len(one & other) >= ALIKE * min(len(one), len(other))


def _date(candidate: Candidate) -> datetime:
    return candidate.evidence.dated_at or candidate.evidence.observed_at


def _lifted(candidate: Candidate, total: float) -> Candidate:
    scores = candidate.scores
    return replace(
        candidate, scores=scores._replace(succession=scores.succession + total - scores.total)
    )
