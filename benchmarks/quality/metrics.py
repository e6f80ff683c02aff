"""Measures of a ranking against judgements, as trec_eval computes them, and tests of a difference.

    run, qrels ──▶ per_query ──▶ {question: value} ──▶ mean
                                        └───────────▶ compared(one, other): is a difference chance?

A document without a grade, or with grade 0 or less, is not relevant. Every question of the qrels
has a value: 0 where no document is relevant to it, as trec_eval has it, and 0 where the run lacks
it, as with trec_eval's `-c`. Questions that only the run has are not looked at.
"""

import math
import random
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import numpy as np

from indexer.tuning.judge import chance

Grades: TypeAlias = Mapping[str, int]
Ranking: TypeAlias = Sequence[str] | Sequence[tuple[str, float]]
Measure: TypeAlias = Callable[[Ranking, Grades], float]

_ROUNDS = 10_000
_ARTICLES = re.compile(r"\b(a|an|the)\b")


class _Punctuation(dict[int, str]):
    """What each character becomes, for `str.translate`; found out when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category in ("Pi", "Pf") or (character.isascii() and category[0] in "PS"):
            self[code] = ""
        else:
            self[code] = " " if category[0] == "P" else character
        return self[code]


_WITHOUT_PUNCTUATION = _Punctuation()


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two systems differ over the same questions.

    difference: mean of the first minus mean of the second.
    p_value: chance of a difference at least as large, were the systems' names exchanged at random
        for each question (two-sided).
    lowest, highest: between them lie 95 % of the differences over questions drawn with
        replacement.
    """

    difference: float
    p_value: float
    lowest: float
    highest: float


def order(ranking: Ranking) -> list[str]:
    """Return the documents best first: as given, or by score where scores are given.

    Equal scores are ordered as trec_eval does, the later name first. Scores are compared as they
    are; trec_eval rounds them to single precision before.

    Raises:
        ValueError: a document stands in the ranking twice.
    """
    if ranking and not isinstance(ranking[0], str):
        scored = cast(Sequence[tuple[str, float]], ranking)
        documents = [each for each, _ in sorted(scored, key=_score_then_name, reverse=True)]
    else:
        documents = list(cast(Sequence[str], ranking))
    if len(set(documents)) != len(documents):
        twice = next(each for each in documents if documents.count(each) > 1)
        raise ValueError(f"document {twice} is ranked twice: keep its best place only")
    return documents


def ndcg(ranking: Ranking, grades: Grades, *, k: int) -> float:
    """Return nDCG@k with the grade itself as gain (not 2^grade - 1), over log2(1 + rank)."""
    gains = [max(0, grades.get(each, 0)) for each in order(ranking)[:k]]
    ideal = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:k]
    return _discounted(gains) / _discounted(ideal) if ideal else 0.0


def recall(ranking: Ranking, grades: Grades, *, k: int) -> float:
    """Return which share of the relevant documents is among the first k."""
    relevant = _relevant(grades)
    return len(relevant.intersection(order(ranking)[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranking: Ranking, grades: Grades, *, k: int | None = None) -> float:
    """Return 1 / rank of the first relevant document, 0 if none is among the first k (of all)."""
    relevant = _relevant(grades)
    for rank, document in enumerate(order(ranking)[:k], start=1):
        if document in relevant:
            return 1 / rank
    return 0.0


def answer_in_evidence(texts: Sequence[str], answers: Sequence[str], *, k: int) -> bool:
    """Say whether an answer occurs, word for word, in the first k texts put together."""
    evidence = normalised(" ".join(texts[:k]))
    return any(is_said(normalised(each), evidence) for each in answers)


def is_said(answer: str, evidence: str) -> bool:
    """Say whether the words of an answer stand in the evidence together; both are normalised."""
    return bool(answer) and f" {answer} " in f" {evidence} "


def normalised(text: str) -> str:
    """Return the text as SQuAD compares answers: lower case, no punctuation, no articles.

    SQuAD deletes ASCII punctuation, so that "U.S." is "us"; other quotation marks are deleted
    here too, and any other punctuation, such as a dash, parts words.
    """
    kept = text.lower().translate(_WITHOUT_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", kept).split())


def per_query(
    measure: Measure, run: Mapping[str, Ranking], qrels: Mapping[str, Grades]
) -> dict[str, float]:
    """Return the measure's value for every question of the qrels."""
    return {query: measure(run.get(query, ()), grades) for query, grades in qrels.items()}


def mean(values: Mapping[str, float]) -> float:
    """Return the mean over questions.

    Raises:
        ValueError: there are none.
    """
    if not values:
        raise ValueError("no question has a value, so there is no mean")
    return math.fsum(values.values()) / len(values)


def compared(one: Mapping[str, float], other: Mapping[str, float], *, seed: int) -> Comparison:
    """Compare two systems by a paired randomisation test and a paired bootstrap.

    Raises:
        ValueError: the two do not have the same questions, or have none.
    """
    if one.keys() != other.keys() or not one:
        raise ValueError("both systems must have values for the same questions, and for some")
    ours, theirs = (np.array([each[query] for query in sorted(one)]) for each in (one, other))
    differences = (ours - theirs).tolist()
    draw, count = random.Random(seed), len(differences)
    drawn = sorted(math.fsum(draw.choices(differences, k=count)) / count for _ in range(_ROUNDS))
    return Comparison(
        difference=math.fsum(differences) / count,
        p_value=chance(theirs, ours, seed=seed),
        lowest=drawn[int(0.025 * (_ROUNDS - 1))],
        highest=drawn[math.ceil(0.975 * (_ROUNDS - 1))],
    )


def _score_then_name(scored: tuple[str, float]) -> tuple[float, str]:
    document, score = scored
    return score, document


def _discounted(gains: Sequence[int]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _relevant(grades: Grades) -> frozenset[str]:
    return frozenset(document for document, grade in grades.items() if grade > 0)
