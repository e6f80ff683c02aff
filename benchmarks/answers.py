"""What the service answers to a list of queries, in a form that can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from benchmarks.service import Json, Service


@dataclass(frozen=True, slots=True)
class Found:
    """One result: which text, from where, and with what scores."""

    id: str
    source: str
    digest: str
    dense: float | None
    lexical: float | None
    score: float
    value: str | None


Answers = list[tuple[Found, ...]]


def answers(service: Service, queries: Sequence[str], *, at: datetime) -> Answers:
    """Results at one instant on both time axes, so that ages and visibility cannot differ."""
    return [tuple(map(_found, service.search(query, at=at)["results"])) for query in queries]


def same(one: Answers, other: Answers, *, score_tolerance: float = 1e-4) -> int:
    """Queries with the same results in the same order, every score within the tolerance."""
    return sum(
        len(left) == len(right)
        and all(_alike(a, b, score_tolerance) for a, b in zip(left, right, strict=True))
        for left, right in zip(one, other, strict=True)
    )


def found_nothing(replies: Answers) -> int:
    return sum(not reply for reply in replies)


def _alike(one: Found, other: Found, tolerance: float) -> bool:
    identity = (one.id, one.source, one.digest, one.value)
    scores = ((one.dense, other.dense), (one.lexical, other.lexical), (one.score, other.score))
    return identity == (other.id, other.source, other.digest, other.value) and all(
        (a is None and b is None)
        or (a is not None and b is not None and abs(a - b) <= tolerance * max(1.0, abs(a)))
        for a, b in scores
    )


def _found(evidence: Json) -> Found:
    observation = evidence["observation"]
    return Found(
        id=evidence["id"],
        source=evidence["source"],
        digest=evidence["digest"],
        dense=evidence["scores"]["dense"],
        lexical=evidence["scores"]["lexical"],
        score=evidence["score"],
        value=observation["value"] if observation else None,
    )
