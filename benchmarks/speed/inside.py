"""What a search is made of: the same pipeline in this process, without HTTP, step by step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.speed.baseline import Cost, cost_of, timed
from benchmarks.speed.built import opened
from benchmarks.speed.scopes import present
from grounding.query import pipeline
from grounding.query.look import FEWEST_HITS
from grounding.query.question import Filters
from indexer.embed import Embedder


@dataclass(frozen=True, slots=True)
class Inside:
    """What the whole costs, and what its two first steps do by themselves."""

    whole: Cost
    reading: Cost
    legs: Cost


def inside(folder: Path, embedder: Embedder, asked: Sequence[str]) -> Inside:
    """Ask a service on `folder`, in this process, a third of the questions for each figure."""
    service = opened(folder, embedder)
    service.start(serves=True, reads=False)
    try:
        retrieval, views = service.parts.retrieval, service.parts.views
        whole = _costs(
            lambda question: pipeline.search(
                question, Filters(), max_results=10, retrieval=retrieval
            ),
            asked[::3],
        )
        reading = _costs(views.query, asked[1::3])
        read = [views.query(question) for question in asked[2::3]]
        legs = _costs(lambda query: views.search(query, present(), FEWEST_HITS), read)
    finally:
        service.stop()
    return Inside(whole, reading, legs)


def _costs(step: Callable[..., object], given: Sequence[object]) -> Cost:
    """Take the first few as a warm-up."""
    taken = [timed(partial(step, each)) for each in given]
    return cost_of(taken[len(taken) // 5 :])
